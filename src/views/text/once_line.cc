#include "src/views/text/once_line.h"

#include <fmt/format.h>

#include "src/base/text.h"

namespace ttmem {

std::string once_line(const Sum& once, const Sum& left, const Look& look) {
    const std::string amount =
        once.allocations == left.allocations
            ? std::string("all of it")
            : fmt::format("{} of it, {},", counted(once.allocations, "allocation"), look.bytes(once.reserved_bytes));
    return fmt::format(
        "Did not repeat: {} was made in the first iterations or with programs that were compiled, as caches are, and "
        "nothing later left more; `--suppressions tt-metal` leaves that out where ttnn made it.",
        amount);
}

}  // namespace ttmem
