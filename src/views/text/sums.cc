#include "src/views/text/sums.h"

#include <fmt/format.h>

#include "src/base/text.h"

namespace ttmem {

std::string bound_bytes(uint64_t bytes, bool is_bound, const Look& look) {
    return look.at_least(is_bound || bytes == UINT64_MAX, look.bytes(bytes));
}

std::string sum_text(const Sum& sum, bool is_bound, const Look& look, char sign) {
    return fmt::format(
        "{}{} {} requested, {} reserved", look.at_least(is_bound, counted(sum.allocations, "allocation")), sign,
        bound_bytes(sum.requested_bytes, is_bound, look), bound_bytes(sum.reserved_bytes, is_bound, look));
}

}  // namespace ttmem
