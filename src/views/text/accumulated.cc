#include "src/views/text/accumulated.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

constexpr size_t kMostLines = 10;

std::string line_of(const Accumulated& owner, const Look& look) {
    const Grown& grown = owner.grown;
    const uint64_t bytes = grown.last.reserved_bytes - std::min(grown.last.reserved_bytes, grown.first.reserved_bytes);
    const std::string who = owner.several        ? "memory of several operations"
                            : !owner.op.empty()  ? "`" + printable(owner.op) + "`"
                            : !owner.tag.empty() ? "memory tagged `" + printable(owner.tag) + "`"
                                                 : "memory without an operation";
    return fmt::format(
        "{} {}, {} an iteration in {}: it grew in {} of {} {}, by {} on all chips "
        "together{}\n",
        look.paint(Tone::kBad, "leaked and freed later:"), who,
        look.bytes(owner.iterations == 0 ? 0 : bytes / owner.iterations), pool_name(owner.pool),
        with_commas(grown.grew_in), counted(owner.iterations, "iteration"),
        grown.until_freed != 0 ? "until it was freed" : "after the warm-up", look.bytes(bytes),
        grown.certainty == Certainty::kCertain ? "" : " (probable)");
}

}  // namespace

std::string accumulated_lines(const std::vector<Accumulated>& owners, const Look& look) {
    std::string text;
    const size_t shown = std::min(owners.size(), kMostLines);
    for (size_t i = 0; i < shown; ++i) text += line_of(owners[i], look);
    if (shown == owners.size()) return text;
    return text + fmt::format("leaked and freed later: {} more\n", counted(owners.size() - shown, "owner"));
}

}  // namespace ttmem
