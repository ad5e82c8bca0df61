#include "src/analysis/capacity/fit_search.h"

#include <algorithm>

namespace ttmem {

std::string_view fit_search_verdict_name(FitSearchVerdict verdict) {
    switch (verdict) {
        case FitSearchVerdict::kFound:
            return "found";
        case FitSearchVerdict::kNone:
            return "none";
        case FitSearchVerdict::kHostMemoryShort:
            return "host_memory_short";
        case FitSearchVerdict::kUnknown:
            break;
    }
    return "unknown";
}

std::vector<uint64_t> FitSearch::untried(std::vector<uint64_t> positions) const {
    std::erase_if(positions, [&](uint64_t position) { return position >= values_ || tried_.contains(position); });
    std::ranges::sort(positions);
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    return positions;
}

// They part what lies between into equal pieces.
std::vector<uint64_t> FitSearch::between(uint64_t fits, uint64_t does_not) const {
    const uint64_t inside = does_not - fits - 1, count = std::min(std::max<uint64_t>(at_once_, 1), inside);
    std::vector<uint64_t> positions;
    for (uint64_t i = 1; i <= count; ++i) {
        const auto offset = static_cast<uint64_t>(static_cast<unsigned __int128>(inside + 1) * i / (count + 1));
        positions.push_back(fits + offset);
    }
    return positions;
}

std::vector<uint64_t> FitSearch::next_round() const {
    const FitSearchAnswer known = answer();
    if (known.unknown || known.contrary) return {};
    if (std::vector<uint64_t> ends = untried({0, values_ - 1}); !ends.empty()) return ends;
    const std::optional<uint64_t> bound = known.host_memory_short ? known.host_memory_short : known.next;
    if (!bound) return untried({values_ / 2, values_ - 2});  // of one value: out of range
    if (!known.largest) return untried({1, values_ / 2});
    if (*bound - *known.largest > 1) return between(*known.largest, *bound);
    return untried({*known.largest - 1, *bound + 1});  // below 0 is out of range as well
}

FitSearchAnswer FitSearch::answer() const {
    FitSearchAnswer answer;
    std::optional<uint64_t> smallest_that_does_not;
    for (const auto& [position, tried] : tried_) {
        const FitVerdict verdict = tried.verdict;
        if (tried.lacked_host_memory) {
            if (!answer.host_memory_short && !smallest_that_does_not) answer.host_memory_short = position;
            continue;
        }
        if (verdict == FitVerdict::kUnknown && !answer.unknown) answer.unknown = position;
        if (verdict == FitVerdict::kDoesNotFit && !smallest_that_does_not) smallest_that_does_not = position;
        if (verdict != FitVerdict::kFits) continue;
        if (smallest_that_does_not && !answer.contrary) answer.contrary = {*smallest_that_does_not, position};
        answer.largest = position;
        answer.host_memory_short.reset();  // a larger one did not lack it
    }
    answer.next = smallest_that_does_not;
    if (tried_.empty() || answer.unknown || answer.contrary) {
        answer.largest.reset(), answer.next.reset(), answer.host_memory_short.reset();
        return answer;
    }
    if (answer.host_memory_short) {
        answer.verdict = FitSearchVerdict::kHostMemoryShort;
        return answer;
    }
    answer.verdict = answer.largest ? FitSearchVerdict::kFound : FitSearchVerdict::kNone;
    return answer;
}

uint64_t FitSearch::most_left() const {
    constexpr uint64_t kNeighbors = 2;
    const FitSearchAnswer known = answer();
    if (known.unknown || known.contrary) return 0;
    const uint64_t at_once = std::max<uint64_t>(at_once_, 1);
    const auto parting = [at_once](uint64_t inside) {  // as between() does, as long as anything lies between
        uint64_t count = 0;
        while (inside != 0) {
            const uint64_t tried = std::min(at_once, inside);
            count += tried;
            inside = inside / (tried + 1);
        }
        return count;
    };
    const uint64_t ends = untried({0, values_ - 1}).size();
    if (ends != 0) return ends + (values_ < 3 ? 0 : parting(values_ - 2) + kNeighbors);
    const std::optional<uint64_t> bound = known.host_memory_short ? known.host_memory_short : known.next;
    const uint64_t inside = bound && known.largest ? *bound - *known.largest - 1 : 0;
    return inside != 0 ? parting(inside) + kNeighbors : next_round().size();
}

}  // namespace ttmem
