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

std::string leaks_remarks(const Sum& once, const Sum& handed_on, const Sum& left, const Look& look) {
    std::string text;
    if (once.allocations != 0) {
        text += fmt::format(
            "Did not repeat: {} came with the first iterations or with programs that were compiled, as caches do, "
            "and nothing later left more; `--suppressions tt-metal` leaves that out where ttnn made it.\n",
            amount(once, left, look));
    }
    if (handed_on.allocations != 0) {
        text += fmt::format(
            "Made last: {} came from the last iterations, and what earlier ones left likewise was freed in an "
            "iteration "
            "after them, as a result that a loop keeps until the next one. Freed before the device is closed, it is no "
            "leak.\n",
            amount(handed_on, left, look));
    }
    return text;
}

}  // namespace ttmem
