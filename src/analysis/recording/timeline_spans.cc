#include "src/analysis/recording/timeline_spans.h"

#include <algorithm>
#include <tuple>

namespace ttmem {

void TimelineSpans::end(uint64_t who, uint64_t what, uint32_t name, size_t slot, bool counts) {
    std::vector<Open>& open = open_[who];
    const auto at = std::find_if(open.rbegin(), open.rend(), [&](const Open& o) { return o.what == what; });
    if (at == open.rend()) return;
    const size_t from = at->slot;
    const bool is_outermost = at + 1 == open.rend();
    open.erase(std::next(at).base(), open.end());
    if (!is_outermost) return;
    if (slot <= from) {
        left_out_ += counts;
        return;
    }
    spans_.push_back({.begin = from, .end = slot + 1, .text = text_(what, name)});
    if (spans_.size() > 2 * kMostSpans) thin_out();
}

void TimelineSpans::forget(uint32_t process) {
    std::erase_if(open_, [&](const auto& entry) { return entry.first >> 32 == process; });
}

void TimelineSpans::cut(uint32_t process, size_t slot) {
    for (const auto& [who, open] : open_) {
        if (who >> 32 == process) cut(open, slot + 1);
    }
    forget(process);
}

void TimelineSpans::cut(const std::vector<Open>& open, size_t end) {
    if (open.empty()) return;
    const Open& outermost = open.front();
    spans_.push_back({.begin = outermost.slot,
                      .end = std::max(end, outermost.slot + 1),
                      .text = text_(outermost.what, outermost.name),
                      .ended = false});
}

std::vector<TimelineSpan> TimelineSpans::take() {
    for (const auto& [_, open] : open_) cut(open, slots_);
    open_.clear();
    thin_out();
    std::ranges::stable_sort(spans_, {}, &TimelineSpan::begin);
    return std::move(spans_);
}

void TimelineSpans::thin_out() {
    if (spans_.size() <= kMostSpans) return;
    const auto part = [&](const TimelineSpan& span) { return span.begin * kMostSpans / slots_; };
    const auto length = [](const TimelineSpan& span) { return span.end - span.begin; };
    std::ranges::stable_sort(spans_, [&](const TimelineSpan& a, const TimelineSpan& b) {
        return std::tuple(part(a), length(b)) < std::tuple(part(b), length(a));
    });
    struct Ranked {
        size_t rank;  // in its part
        TimelineSpan span;
    };
    std::vector<Ranked> ranked;
    for (size_t i = 0, rank = 0; i < spans_.size(); ++i) {
        rank = i != 0 && part(spans_[i]) == part(spans_[i - 1]) ? rank + 1 : 0;
        ranked.push_back({spans_[i].ended ? rank : 0, spans_[i]});
    }
    std::ranges::stable_sort(ranked, [&](const Ranked& a, const Ranked& b) {
        return std::tuple(a.rank, length(b.span)) < std::tuple(b.rank, length(a.span));
    });
    left_out_ += spans_.size() - kMostSpans;
    spans_.clear();
    for (size_t i = 0; i < kMostSpans; ++i) spans_.push_back(std::move(ranked[i].span));
}

}  // namespace ttmem
