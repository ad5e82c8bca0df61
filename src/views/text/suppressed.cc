#include "src/views/text/suppressed.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "src/base/text.h"

namespace ttmem {

std::string suppressed_line(const Suppressed& suppressed, Over over, const Look& look) {
    constexpr size_t kMostNamed = 4;
    if (suppressed.empty()) return "";
    Sum all;
    std::vector<std::pair<std::string, uint64_t>> lines;
    for (const auto& [line, sum] : suppressed) {
        all += sum;
        lines.emplace_back(line, sum.allocations);
    }
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::string text =
        fmt::format("{} suppressed, {} reserved {}: ", with_commas(all.allocations), look.bytes(all.reserved_bytes),
                    over == Over::kOneChip ? "on this chip" : "on all chips together");
    for (size_t i = 0; i < std::min(lines.size(), kMostNamed); ++i) {
        text += fmt::format("{}{} by {}", i == 0 ? "" : ", ", with_commas(lines[i].second), name_cell(lines[i].first));
    }
    if (lines.size() > kMostNamed)
        text += fmt::format(", the rest by {}", counted(lines.size() - kMostNamed, "other line"));
    return text + "\n";
}

}  // namespace ttmem
