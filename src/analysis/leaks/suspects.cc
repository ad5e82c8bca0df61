#include "src/analysis/leaks/suspects.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr size_t kMostPlacesNamed = 3;

// The same place in several processes.
struct Named {
    WallTime span = 0;
    uint64_t times = 0;
    uint32_t op = 0, line = 0;
};

}  // namespace

void Suspects::add(const Allocation& allocation, uint32_t line) {
    Made& made = made_[{allocation.process.value, allocation.op, line}];
    made.first = made.times == 0 ? allocation.since : std::min(made.first, allocation.since);
    made.last = std::max(made.last, allocation.since);
    ++made.times;
}

WallTime Suspects::Made::span(WallTime newest) const {
    if (times < 3 || first == 0 || newest < last) return 0;
    const WallTime from_one_to_the_next = (last - first) / static_cast<WallTime>(times - 1);
    return newest - last <= 2 * from_one_to_the_next ? last - first : 0;
}

std::string Suspects::in_words(const Snapshot& snapshot, const std::vector<WallTime>& newest) const {
    std::map<std::pair<uint32_t, uint32_t>, Named> by_name;
    for (const auto& [place, made] : made_) {
        if (place.op == 0 && place.line == 0) continue;
        Named& named = by_name[{place.op, place.line}];
        named.op = place.op, named.line = place.line;
        named.times += made.times;
        named.span = std::max(named.span, made.span(newest[place.process]));
    }
    std::vector<Named> most;
    for (const auto& [name, named] : by_name) most.push_back(named);
    std::ranges::stable_sort(
        most, [](const Named& a, const Named& b) { return std::pair(a.span, a.times) > std::pair(b.span, b.times); });
    std::string text;
    for (size_t i = 0; i < most.size() && i < kMostPlacesNamed; ++i) {
        const std::string line = line_of(snapshot, most[i].line);
        const std::string& op = snapshot.texts[most[i].op];
        text += fmt::format("{}{}{}{}{}", i == 0 ? "" : ", ", op, op.empty() ? "" : " ", with_commas(most[i].times),
                            line.empty() ? "" : " at " + line);
    }
    const bool has_lines = std::ranges::any_of(most, [](const Named& named) { return named.line != 0; });
    if (most.size() > kMostPlacesNamed)
        text += fmt::format(" and {} more", counted(most.size() - kMostPlacesNamed, has_lines ? "place" : "operation"));
    return text;
}

}  // namespace ttmem
