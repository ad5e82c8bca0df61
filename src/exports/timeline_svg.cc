#include "src/exports/timeline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/exports/svg.h"
#include "src/exports/svg_canvas.h"
#include "src/exports/svg_words.h"

namespace ttmem {
namespace {

constexpr double kWidth = 960, kMargin = 16, kLeft = 84, kRight = 16;
constexpr double kPanel = 160, kPanelGap = 46;  // height of a curve, and what is between two
constexpr double kAbove = 20;                   // of a panel, over its highest line: crosses and the peak's words
constexpr double kLane = 18, kLine = 16;
constexpr size_t kMostFailuresNamed = 4;

class Picture {
public:
    Picture(const Timeline& timeline, const TimelineWords& words) : timeline_(timeline), words_(words) {}

    std::string draw() {
        y_ = 24;
        lines(words_.verdict.empty() ? words_.title : words_.verdict, kMargin, 5, "head", 19);
        if (!words_.verdict.empty()) lines(words_.title, kMargin, 3, "faint");
        lines(stretch(), kMargin, 2, "faint");
        y_ -= 12;
        for (size_t i = 0; i < std::min(words_.panels.size(), timeline_.pools.size()); ++i) panel(i);
        lanes();
        axis();
        legend();
        return canvas_.document(y_, words_.title, description());
    }

private:
    std::string description() const {
        return words_.verdict + (words_.note.empty() ? "" : " " + words_.note) + " " + stretch() +
               " Stacked areas show reserved bytes per chip by class; each step is the largest use in its stretch.";
    }
    // What of the recording is drawn, where that is not all.
    std::string stretch() const {
        const std::string to_widen = words_.to_widen.empty() ? "" : " " + words_.to_widen;
        if (!timeline_.by_time)
            return timeline_.times_known ? "In the order of events, each as wide as another." + to_widen : "";
        if (timeline_.from == timeline_.whole_from && timeline_.to == timeline_.whole_to) return "";
        return fmt::format("Drawn: {} of {}, from the first allocation to the end of use.{}",
                           human_duration(timeline_.to - timeline_.from),
                           human_duration(timeline_.whole_to - timeline_.whole_from), to_widen);
    }
    double x(size_t slot) const {
        return kLeft +
               (kWidth - kLeft - kRight) * static_cast<double>(slot) / static_cast<double>(timeline_.slot_count);
    }
    void lines(const std::string& words, double left, size_t most, const char* style, double step = kLine) {
        if (words.empty()) return;
        for (const std::string& line : svg_lines(words, kWidth - kRight - left, most, style)) {
            canvas_.text(left, y_, line, style);
            y_ += step;
        }
    }

    static uint64_t top_of(const PoolTimeline& pool) {
        const uint64_t most = pool.slots[pool.peak_slot].bytes;
        const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
        return capacity && *capacity >= most && most > *capacity / 2 ? *capacity : most;
    }

    void panel(size_t number) {
        const PoolTimeline& pool = timeline_.pools[number];
        const uint64_t top = std::max<uint64_t>(1, top_of(pool));
        const double upper = y_ + 26, lower = upper + kPanel;
        const auto height = [&](uint64_t bytes) {
            return lower - (kPanel - kAbove) * static_cast<double>(bytes) / static_cast<double>(top);
        };
        canvas_.text(kLeft, y_ + 18, heading(pool, number), "ink");
        if (timeline_.steady) {  // named in the row of phases
            canvas_.rect(kLeft, upper, x(*timeline_.steady + 1) - kLeft, kPanel, "init",
                         "until the first iteration ended");
        }
        const std::vector<uint64_t> ticks = svg_byte_ticks(0, top, 4);
        std::vector<double> rules;
        for (const uint64_t bytes : ticks) {
            if (bytes != 0) rules.push_back(height(bytes));
            canvas_.line(kLeft, height(bytes), kWidth - kRight, height(bytes), "grid");
            canvas_.text(kLeft - 6, height(bytes) + 4, human_bytes(bytes), "faint", "end");
        }
        areas(pool, height);
        for (const TimelineSpan& gap : timeline_.gaps) {
            canvas_.rect(x(gap.begin), upper, x(gap.end) - x(gap.begin), kPanel, "gap", "history lost: " + gap.text);
        }
        const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
        if (capacity.value_or(0) != 0 && *capacity <= top)
            canvas_.line(kLeft, height(*capacity), kWidth - kRight, height(*capacity), "limit");
        const std::vector<TimelineSpan> failures = failures_of(pool);
        for (const TimelineSpan& failure : failures) fail(failure, upper, lower);
        if (capacity.value_or(0) != 0 && *capacity <= top) rules.push_back(height(*capacity));
        mark_peak(pool, height, failures, rules);
        y_ = lower + kPanelGap - 40;
    }

    std::string heading(const PoolTimeline& pool, size_t number) const {
        std::string words = words_.panels[number];
        const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
        if (capacity.value_or(0) == 0) return words;
        return words + (*capacity <= top_of(pool) ? ", capacity " + human_bytes(*capacity) + " (dashed)"
                                                  : ", capacity " + human_bytes(*capacity) + ", above this picture");
    }

    // One area for each band that there is, on top of the ones before.
    template <class Height>
    void areas(const PoolTimeline& pool, const Height& height) {
        std::vector<uint64_t> below(pool.slots.size());
        for (const Band band : kAllBands) {
            std::vector<uint64_t> above = below;
            bool is_there = false;
            for (size_t i = 0; i < above.size(); ++i) {
                above[i] += pool.slots[i].bands[static_cast<size_t>(band)];
                is_there |= above[i] != below[i];
            }
            if (is_there) {
                canvas_.path(area(below, above, height), band_name(band), std::string(band_name(band)));
                seen_[static_cast<size_t>(band)] = true;
            }
            below = std::move(above);
        }
    }

    // Steps along the upper edge, and back along the lower one.
    template <class Height>
    std::string area(const std::vector<uint64_t>& below, const std::vector<uint64_t>& above,
                     const Height& height) const {
        std::string path = fmt::format("M{} {}", svg_number(x(0)), svg_number(height(above[0])));
        for (size_t i = 0; i < above.size(); ++i) {
            if (i + 1 < above.size() && above[i + 1] == above[i]) continue;
            path += "H" + svg_number(x(i + 1));
            path += "V" + svg_number(height(i + 1 < above.size() ? above[i + 1] : below[i]));
        }
        for (size_t i = below.size(); i-- > 0;) {
            if (i > 0 && below[i - 1] == below[i]) continue;
            path += "H" + svg_number(x(i));
            if (i > 0) path += "V" + svg_number(height(below[i - 1]));
        }
        return path + "Z";
    }

    std::vector<TimelineSpan> failures_of(const PoolTimeline& pool) const {
        std::vector<TimelineSpan> failures;
        for (const TimelineSpan& failure : timeline_.failures) {
            if (is_failure_of(failure, pool.peak)) failures.push_back(failure);
        }
        return failures;
    }
    // Those that no panel shows: of a pool that is not drawn, or that nobody knows.
    std::vector<TimelineSpan> failures_elsewhere() const {
        std::vector<TimelineSpan> failures = timeline_.failures;
        for (size_t i = 0; i < std::min(words_.panels.size(), timeline_.pools.size()); ++i)
            std::erase_if(failures, [&](const TimelineSpan& f) { return is_failure_of(f, timeline_.pools[i].peak); });
        return failures;
    }

    // Its figure lies beside it, away from the failures and clear of the lines across the panel.
    template <class Height>
    void mark_peak(const PoolTimeline& pool, const Height& height, const std::vector<TimelineSpan>& failures,
                   std::vector<double> rules) {
        const double at = (x(pool.peak_slot) + x(pool.peak_slot + 1)) / 2;
        const double tip = height(pool.slots[pool.peak_slot].bytes);
        canvas_.path(fmt::format("M{} {}l-5 -8h10z", svg_number(at), svg_number(tip)), "peak", "peak");
        const std::string words = "peak " + human_bytes(pool.slots[pool.peak_slot].bytes);
        const double width = svg_width(words, "ink") + 8;
        const auto crossed = [&](double from, double to) {
            if (from < kLeft || to > kWidth - kRight) return size_t{1000};
            return static_cast<size_t>(std::ranges::count_if(failures, [&](const TimelineSpan& failure) {
                return x(failure.begin + 1) + 6 > from && x(failure.begin) - 6 < to;
            }));
        };
        const size_t right = crossed(at, at + width), left = crossed(at - width, at);
        const bool is_left = left < right || (left == right && at > kWidth / 2);
        double base = tip - 3;
        std::ranges::sort(rules, std::greater<>());  // the lowest first: the words may move from one to the next
        for (const double rule : rules) {
            if (base + 4 > rule && base - 11 < rule) base = rule - 4;
        }
        canvas_.text(at + (is_left ? -8 : 8), base, words, "over", is_left ? "end" : "start");
    }
    void fail(const TimelineSpan& failure, double upper, double lower) {
        const double at = (x(failure.begin) + x(failure.begin + 1)) / 2;
        canvas_.line(at, upper + 11, at, lower, "badline");
        cross(at, upper + 5, failure_text(failure));
    }
    void cross(double at, double middle, const std::string& title) {
        canvas_.path(fmt::format("M{} {}l8 8m0 -8l-8 8", svg_number(at - 4), svg_number(middle - 4)), "badmark", title);
    }
    // In as many digits as can be told apart here.
    std::string time_text(WallTime at) const {
        const WallTime apart = std::max<WallTime>(1, (timeline_.to - timeline_.from) / 1000);
        return exact_duration(shortest_time_in(at, at + apart));
    }
    // "circular buffers clash with L1 buffers, at 6.17 ms"
    std::string failure_text(const TimelineSpan& failure) const {
        std::string words = failure.text;
        if (failure.bytes != 0) words += ", " + human_bytes(failure.bytes) + " asked for";
        if (words_.chips && !failure.chips.empty()) words += " on " + words_.chips(failure.chips);
        if (timeline_.times_known && failure.at > timeline_.zero)
            words += ", at " + time_text(failure.at - timeline_.zero);
        return words;
    }

    void lanes() {
        y_ += 14;
        if (timeline_.steady) {
            lane(
                {{0, *timeline_.steady + 2, "init", 0}, {*timeline_.steady + 1, timeline_.slot_count + 1, "steady", 0}},
                "phases");
        }
        lane(timeline_.iterations, "iterations");
        lane(timeline_.operations, "operations");
        const std::vector<TimelineSpan> elsewhere = failures_elsewhere();
        if (elsewhere.empty()) return;
        canvas_.text(kLeft - 6, y_ + 12, "failures", "faint", "end");
        for (const TimelineSpan& failure : elsewhere)
            cross((x(failure.begin) + x(failure.begin + 1)) / 2, y_ + 8, failure_text(failure));
        y_ += kLane + 4;
    }
    // Spans that lie over others, of other threads, go to a row of their own; there are at most three rows.
    void lane(const std::vector<TimelineSpan>& spans, const std::string& name) {
        if (spans.empty()) return;
        std::vector<size_t> ends;
        size_t rows = 0;
        for (const TimelineSpan& span : spans) {
            size_t row = 0;
            while (row < ends.size() && ends[row] > span.begin + 1) ++row;
            if (row == 3) continue;
            if (row == ends.size()) ends.push_back(0);
            ends[row] = span.end;
            rows = std::max(rows, row + 1);
            const double begin = x(span.begin), width = x(span.end - 1) - begin;
            const double top = y_ + kLane * static_cast<double>(row);
            canvas_.rect(begin, top, width, kLane - 2, "span", span.text + (span.ended ? "" : ", did not end"));
            const std::string label = printable(span.text) + (span.ended ? "" : " …");
            if (svg_width(label, "ink") + 8 < width) canvas_.text(begin + 4, top + 12, label, "ink");
        }
        canvas_.text(kLeft - 6, y_ + 12, name, "faint", "end");
        y_ += kLane * static_cast<double>(rows) + 4;
    }

    // Between two numbers of the axis: at most eight of them, and round ones.
    double step_of(double all) const {
        constexpr double kMinute = 60e9, kHour = 60 * kMinute;
        if (timeline_.by_time && all > kMinute) {
            for (const double step : {15e9, 30e9, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 30 * kMinute, kHour,
                                      3 * kHour, 6 * kHour, 12 * kHour}) {
                if (all / step <= 8) return step;
            }
            return 24 * kHour * std::max(1.0, std::ceil(all / (8 * 24 * kHour)));
        }
        double step = 1;
        for (int i = 0; all / step > 8; ++i) step *= i % 3 == 1 ? 2.5 : 2;
        return step;
    }

    void axis() {
        y_ += 2;
        canvas_.line(kLeft, y_, kWidth - kRight, y_, "line");
        canvas_.text(kLeft - 6, y_ + 17, timeline_.by_time ? "time" : "events", "faint", "end");
        const double all = timeline_.by_time ? static_cast<double>(timeline_.to - timeline_.from)
                                             : static_cast<double>(timeline_.events);
        const double begin = timeline_.by_time ? static_cast<double>(timeline_.from - timeline_.zero) : 0;
        const double step = step_of(all);
        double free_from = 0;
        for (double tick = std::ceil(begin / step); tick * step <= begin + all * 1.0001; ++tick) {
            const double at = tick * step;
            const double where = kLeft + (kWidth - kLeft - kRight) * (all == 0 ? 0 : (at - begin) / all);
            canvas_.line(where, y_, where, y_ + 4, "line");
            const std::string label =
                timeline_.by_time ? exact_duration(std::llround(at)) : with_commas(static_cast<uint64_t>(at));
            const double width = svg_width(label, "faint");
            const double left = std::clamp(where - width / 2, kLeft, kWidth - kRight - width);
            if (left < free_from) continue;
            canvas_.text(left, y_ + 17, label, "faint");
            free_from = left + width + 8;
        }
        y_ += 40;
    }

    void legend() {
        double at = kLeft;
        const auto entry = [&](const std::string& style, const std::string& words) {
            const double width = 27 + svg_width(words, "ink") + 18;
            if (at + width > kWidth - kRight) at = kLeft, y_ += kLane;
            canvas_.rect(at, y_ - 10, 22, 12, style);
            canvas_.text(at + 27, y_, words, "ink");
            at += width;
        };
        for (const Band band : kAllBands) {
            if (seen_[static_cast<size_t>(band)]) entry(std::string(band_name(band)), std::string(band_name(band)));
        }
        if (!timeline_.gaps.empty()) entry("gap", "history lost");
        y_ += kLane;
        for (size_t i = 0; i < std::min(kMostFailuresNamed, timeline_.failures.size()); ++i) {
            cross(kLeft + 11, y_ - 4, "");
            lines(failure_text(timeline_.failures[i]), kLeft + 27, 2, "bad", kLane);
        }
        if (timeline_.failures.size() > kMostFailuresNamed)
            lines(counted(timeline_.failures.size() - kMostFailuresNamed, "more failure"), kLeft + 27, 1, "bad", kLane);
        lines(folded(), kLeft, 3, "faint");
        lines(words_.left_out, kLeft, 2, "faint");
        lines(words_.note, kLeft, 4, "bad");
        y_ += 4;
    }
    std::string folded() const {
        const auto slots = static_cast<int64_t>(timeline_.slot_count);
        std::string words =
            "Reserved bytes per chip. Each step is the largest use in " +
            (timeline_.by_time ? human_duration((timeline_.to - timeline_.from) / slots)
                               : counted(std::max<uint64_t>(1, timeline_.events / timeline_.slot_count), "event"));
        const auto left_out = [&](uint64_t count, const char* noun, const std::vector<TimelineSpan>& spans) {
            if (count != 0) words += "; " + counted(count, noun) + " " + why_left_out(spans) + " to be drawn";
        };
        left_out(timeline_.iterations_left_out, "iteration", timeline_.iterations);
        left_out(timeline_.operations_left_out, "operation", timeline_.operations);
        if (timeline_.failures_left_out != 0) words += "; " + counted(timeline_.failures_left_out, "more failure");
        return words + (timeline_.by_time ? ". Times count from the recording's begin." : ".");
    }

    const Timeline& timeline_;
    const TimelineWords& words_;
    SvgCanvas canvas_{kWidth};
    std::array<bool, kBandCount> seen_{};
    double y_ = 0;
};

}  // namespace

std::string timeline_svg(const Timeline& timeline, const TimelineWords& words) {
    return Picture(timeline, words).draw();
}

}  // namespace ttmem
