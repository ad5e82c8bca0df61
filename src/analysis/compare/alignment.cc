#include "src/analysis/compare/alignment.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace ttmem {
namespace {

// What two iterations have alike that go together: name, number, and how many such began before.
using Key = std::tuple<std::string, uint64_t, uint64_t>;

struct Span {
    double begin = 0;
    std::optional<double> end;  // none: it did not end
};

struct Iterations {
    std::map<Key, Span> by_key;
    uint64_t count = 0;
};

double slot_of(const Timeline& axis, const Event& event, uint64_t number) {
    const auto slots = static_cast<double>(axis.slot_count);
    if (axis.by_time) {
        const auto all = static_cast<double>(std::max<WallTime>(1, axis.to - axis.from));
        return static_cast<double>(event.at - axis.from) / all * slots;
    }
    return static_cast<double>(number) / static_cast<double>(std::max<uint64_t>(1, axis.events)) * slots;
}

Iterations iterations_of(const Recording& recording, const Timeline& axis, bool by_number) {
    Iterations found;
    if (!recording.source) return found;
    std::map<std::pair<std::string, uint64_t>, uint64_t> begun;
    std::map<std::pair<uint32_t, uint64_t>, Span*> open;  // by process and number
    uint64_t number = 0;
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) {
        for (const Event& event : block) {
            const double at = slot_of(axis, event, number++);
            if (event.kind == EventKind::kIterationBegun) {
                if (++found.count > kMostAligned) continue;
                const std::string name = event.name != 0 ? recording.end.texts[event.name] : "";
                const uint64_t of = name.empty() || by_number ? event.subject : 0;
                Span& span = found.by_key[{name, of, begun[{name, of}]++}];
                span.begin = at;
                open[{event.process, event.subject}] = &span;
            } else if (event.kind == EventKind::kIterationEnded) {
                const auto it = open.find({event.process, event.subject});
                if (it == open.end()) continue;
                it->second->end = at;
                open.erase(it);
            }
        }
    }
    return found;
}

struct Point {
    Alignment::Anchor at;
    bool begins;
};

// The most of them that rise in both.
std::vector<Point> rising(std::vector<Point> points) {
    std::ranges::sort(points, [](const Point& a, const Point& b) {
        return a.at.own != b.at.own ? a.at.own < b.at.own : a.at.other > b.at.other;
    });
    constexpr size_t kNone = SIZE_MAX;
    std::vector<size_t> last, before(points.size(), kNone);  // last[n]: where the lowest chain of n + 1 ends
    for (size_t i = 0; i < points.size(); ++i) {
        const auto at =
            std::ranges::lower_bound(last, points[i].at.other, {}, [&](size_t of) { return points[of].at.other; });
        if (at != last.begin()) before[i] = *std::prev(at);
        if (at == last.end()) {
            last.push_back(i);
        } else {
            *at = i;
        }
    }
    std::vector<Point> chain;
    for (size_t i = last.empty() ? kNone : last.back(); i != kNone; i = before[i]) chain.push_back(points[i]);
    std::ranges::reverse(chain);
    return chain;
}

}  // namespace

Alignment alignment_of(const Recording& own, const Timeline& own_axis, const Recording& other,
                       const Timeline& other_axis) {
    const bool by_number = own.is_part || other.is_part;
    const Iterations of_own = iterations_of(own, own_axis, by_number);
    const Iterations of_other = iterations_of(other, other_axis, by_number);
    std::vector<Point> points;
    for (const auto& [key, span] : of_own.by_key) {
        const auto like = of_other.by_key.find(key);
        if (like == of_other.by_key.end()) continue;
        points.push_back({{like->second.begin, span.begin}, true});
        if (like->second.end && span.end) points.push_back({{*like->second.end, *span.end}, false});
    }
    const std::vector<Point> chain = rising(std::move(points));
    Alignment alignment;
    alignment.iterations = std::min(of_own.count, of_other.count);
    alignment.paired = static_cast<uint64_t>(std::ranges::count_if(chain, &Point::begins));
    const size_t step = (chain.size() + kMostAnchors - 1) / kMostAnchors;
    for (size_t i = 0; i < chain.size(); i += step) alignment.anchors.push_back(chain[i].at);
    return alignment;
}

}  // namespace ttmem
