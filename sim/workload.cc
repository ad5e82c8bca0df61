#include "sim/workload.h"

#include <algorithm>

namespace ttmem::sim {

bool is_numbered(const std::string& point, const std::string& prefix, uint64_t last) {
    if (!point.starts_with(prefix)) return false;
    const std::string digits = point.substr(prefix.size());
    if (digits.empty() || digits.size() > 18 || digits[0] == '0') return false;
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return false;
    return std::stoull(digits) <= last;
}

}  // namespace ttmem::sim
