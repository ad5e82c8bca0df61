#include "src/views/text/accumulated.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/growth_words.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

constexpr size_t kMostLines = 10;

std::string line_of(const Accumulated& owner, const Look& look, Over over) {
    const GrownIn in{owner.iterations, owner.outlived,
                     name_of_kind(owner.iterations_called, owner.iterations_numbered)};
    return fmt::format("{} {}, {} an iteration in {}: {}{}\n", look.paint(Tone::kBad, "leaked and freed later:"),
                       grower_words(owner.op, owner.tag, owner.several), growth_rate_words(owner.grown, in, look),
                       pool_name(owner.pool), growth_words(owner.grown, in, look, over),
                       owner.grown.certainty == Certainty::kCertain ? "" : " (probable)");
}

}  // namespace

std::string accumulated_lines(const std::vector<Accumulated>& owners, const Look& look, Over over) {
    std::string text;
    const size_t shown = std::min(owners.size(), kMostLines);
    for (size_t i = 0; i < shown; ++i) text += line_of(owners[i], look, over);
    if (shown == owners.size()) return text;
    return text + fmt::format("leaked and freed later: {} more\n", counted(owners.size() - shown, "owner"));
}

}  // namespace ttmem
