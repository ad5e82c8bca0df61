#include "src/views/text/growth_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"

namespace ttmem {

std::string grower_words(const std::string& op, const std::string& tag, bool several) {
    if (several) return "memory of several operations together";
    if (!op.empty()) return "`" + printable(op) + "`";
    return tag.empty() ? "memory without an operation" : "memory tagged `" + printable(tag) + "`";
}

std::string growth_rate_words(const Grown& grown, const GrownIn& in, const Look& look) {
    if (in.iterations == 0) return "-";
    const Sum growth = grown.growth();
    if (growth.reserved_bytes != 0) return look.bytes(growth.reserved_bytes / in.iterations);
    return counted(std::max<uint64_t>(growth.allocations / in.iterations, 1), "allocation") + " of 0 B";
}

std::string growth_words(const Grown& grown, const GrownIn& in, const Look& look, Over over) {
    const std::string bytes = look.bytes(grown.growth().reserved_bytes) +
                              (over == Over::kOneChip ? " on this chip" : " on all chips together");
    const std::string kind = in.called.empty() ? "" : "`" + printable(in.called) + "` ";
    if (in.too_few) {
        return fmt::format("{} of {} {}iterations ended with more than any before, {}; more of them would tell",
                           with_commas(grown.grew_in), with_commas(in.iterations), kind, bytes);
    }
    if (in.outlived) {
        return fmt::format("{} of {} {}iterations left something that outlived three more, {}",
                           with_commas(grown.grew_in), with_commas(in.iterations), kind, bytes);
    }
    return fmt::format("it grew in {} of {} {}, by {}", with_commas(grown.grew_in), counted(in.iterations, "iteration"),
                       grown.until_freed != 0 ? "until it was freed" : "after the warm-up", bytes);
}

}  // namespace ttmem
