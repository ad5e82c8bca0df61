#include "src/views/text/leaks_remarks.h"

#include <fmt/format.h>

#include "src/base/text.h"

namespace ttmem {
namespace {

std::string amount(const Sum& part, const Sum& left, const Look& look) {
    if (part.allocations == left.allocations) return "all of it";
    return fmt::format("{} of it, {},", counted(part.allocations, "allocation"), look.bytes(part.reserved_bytes));
}

}  // namespace

std::string leaks_remarks(const Sum& once, const Sum& left, const Look& look) {
    if (once.allocations == 0) return "";
    return fmt::format(
        "Did not repeat: {} came with the first iterations or with programs that were compiled, as caches do, and "
        "nothing later left more; a line `once:OPERATION` for --suppressions leaves that out.\n",
        amount(once, left, look));
}

std::string kept_line(const Sum& kept, const Look& look) {
    if (kept.allocations == 0) return "";
    return fmt::format("kept to the end, and no growth: {}, {} requested\n", counted(kept.allocations, "allocation"),
                       look.bytes(kept.requested_bytes));
}

std::string open_line(const Sum& open, const Look& look) {
    if (open.allocations == 0) return "";
    return fmt::format("Not counted, because their iteration has not ended: {}, {} requested\n",
                       counted(open.allocations, "allocation"), look.bytes(open.requested_bytes));
}

}  // namespace ttmem
