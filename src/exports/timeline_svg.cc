#include "src/exports/timeline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "src/base/text.h"
#include "src/exports/svg.h"

namespace ttmem {
namespace {

constexpr double kWidth = 960, kLeft = 84, kRight = 16;
constexpr double kPanel = 150, kPanelGap = 46;  // height of a curve, and what is between two
constexpr double kLane = 18;

class Picture {
public:
    Picture(const Timeline& timeline, const TimelineWords& words) : timeline_(timeline), words_(words) {}

    std::string draw() {
        y_ = 24;
        for (const std::string& words : lines_of(words_.verdict.empty() ? words_.title : words_.verdict)) {
            text(kLeft - 68, y_, words, "head");
            y_ += 19;
        }
        y_ -= 8;
        for (size_t i = 0; i < std::min(words_.panels.size(), timeline_.pools.size()); ++i) panel(i);
        lanes();
        axis();
        legend();
        const std::string size = fmt::format("{} {}", svg_number(kWidth), svg_number(y_));
        return fmt::format(
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {}\" width=\"{}\" height=\"{}\" "
                   "role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{}</title>\n<desc "
                   "id=\"desc\">{}</desc>\n",
                   size, svg_number(kWidth), svg_number(y_), svg_escaped(words_.title), svg_escaped(description())) +
               svg_style() +
               fmt::format("<rect class=\"back\" width=\"{}\" height=\"{}\"/>\n", svg_number(kWidth), svg_number(y_)) +
               body_ + "</svg>\n";
    }

private:
    std::string description() const {
        return words_.verdict + (words_.note.empty() ? "" : " " + words_.note) +
               " Stacked areas show reserved bytes per chip by class; each step is the largest use in its stretch.";
    }
    double x(size_t slot) const {
        return kLeft +
               (kWidth - kLeft - kRight) * static_cast<double>(slot) / static_cast<double>(timeline_.slot_count);
    }
    void text(double at_x, double at_y, const std::string& words, const char* style, const char* anchor = "start") {
        body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n", svg_number(at_x),
                             svg_number(at_y), style, anchor, svg_escaped(words));
    }
    void rect(double at_x, double at_y, double width, double height, const std::string& style,
              const std::string& title) {
        body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"", svg_number(at_x),
                             svg_number(at_y), svg_number(width), svg_number(height), style);
        body_ += title.empty() ? "/>\n" : fmt::format("><title>{}</title></rect>\n", svg_escaped(title));
    }
    void line(double x1, double y1, double x2, double y2, const char* style) {
        body_ += fmt::format("<path d=\"M{} {}L{} {}\" class=\"{}\"/>\n", svg_number(x1), svg_number(y1),
                             svg_number(x2), svg_number(y2), style);
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
            return lower - (kPanel - 8) * static_cast<double>(bytes) / static_cast<double>(top);
        };
        text(kLeft, y_ + 18, heading(pool, number), "ink");
        if (timeline_.steady) {  // named in the row of phases
            rect(kLeft, upper, x(*timeline_.steady + 1) - kLeft, kPanel, "init", "until the first iteration ended");
        }
        for (const uint64_t bytes : {uint64_t{0}, top / 2, top}) {
            line(kLeft, height(bytes), kWidth - kRight, height(bytes), "grid");
            text(kLeft - 6, height(bytes) + 4, human_bytes(bytes), "faint", "end");
        }
        areas(pool, height);
        for (const TimelineSpan& gap : timeline_.gaps) {
            rect(x(gap.begin), upper, x(gap.end) - x(gap.begin), kPanel, "gap", "history lost: " + gap.text);
        }
        const std::optional<uint64_t> capacity = pool.peak.capacity_bytes;
        if (capacity.value_or(0) != 0 && *capacity <= top)
            line(kLeft, height(*capacity), kWidth - kRight, height(*capacity), "limit");
        for (const TimelineSpan& failure : timeline_.failures) fail(failure, upper, lower);
        mark_peak(pool, height);
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
                body_ += fmt::format("<path class=\"{}\" d=\"{}\"><title>{}</title></path>\n", band_name(band),
                                     area(below, above, height), band_name(band));
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

    template <class Height>
    void mark_peak(const PoolTimeline& pool, const Height& height) {
        const double at = (x(pool.peak_slot) + x(pool.peak_slot + 1)) / 2;
        const double tip = height(pool.slots[pool.peak_slot].bytes);
        body_ += fmt::format("<path class=\"peak\" d=\"M{} {}l-5 -8h10z\"><title>peak</title></path>\n", svg_number(at),
                             svg_number(tip));
        const bool left = at > kWidth / 2;
        text(at + (left ? -8 : 8), tip - 2, "peak " + human_bytes(pool.slots[pool.peak_slot].bytes), "ink",
             left ? "end" : "start");
    }
    void fail(const TimelineSpan& failure, double upper, double lower) {
        const double at = (x(failure.begin) + x(failure.begin + 1)) / 2;
        line(at, upper + 14, at, lower, "badline");
        std::string title = "failed allocation: " + failure.text;
        if (failure.bytes != 0) title += ", " + human_bytes(failure.bytes) + " asked for";
        body_ += fmt::format("<path class=\"badmark\" d=\"M{} {}l8 8m0 -8l-8 8\"><title>{}</title></path>\n",
                             svg_number(at - 4), svg_number(upper + 3), svg_escaped(title));
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
            rect(begin, top, width, kLane - 2, "span", span.text);
            const std::string label = printable(span.text);
            if (static_cast<double>(label.size()) * 7 + 6 < width) text(begin + 4, top + 12, label, "ink");
        }
        text(kLeft - 6, y_ + 12, name, "faint", "end");
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
        line(kLeft, y_, kWidth - kRight, y_, "line");
        const double all = timeline_.by_time ? static_cast<double>(timeline_.to - timeline_.from)
                                             : static_cast<double>(timeline_.events);
        const double begin = timeline_.by_time ? static_cast<double>(timeline_.from - timeline_.zero) : 0;
        const double step = step_of(all);
        for (double at = std::ceil(begin / step) * step; at <= begin + all * 1.0001; at += step) {
            const double where = kLeft + (kWidth - kLeft - kRight) * (all == 0 ? 0 : (at - begin) / all);
            line(where, y_, where, y_ + 4, "line");
            const std::string label = !timeline_.by_time ? with_commas(static_cast<uint64_t>(at))
                                      : at == 0          ? "0 s"
                                                         : human_duration(static_cast<int64_t>(at));
            text(where, y_ + 17, label, "faint", where > kWidth - 60 ? "end" : at == 0 ? "start" : "middle");
        }
        y_ += 34;
    }

    void legend() {
        double at = kLeft;
        for (const Band band : kAllBands) {
            if (!seen_[static_cast<size_t>(band)]) continue;
            const std::string name(band_name(band));
            rect(at, y_ - 10, 22, 12, name, "");
            text(at + 27, y_, name, "ink");
            at += 27 + static_cast<double>(name.size()) * 7 + 20;
        }
        if (!timeline_.gaps.empty()) {
            rect(at, y_ - 10, 22, 12, "gap", "");
            text(at + 27, y_, "history lost", "ink");
        }
        y_ += 18;
        for (const std::string& words : {folded(), words_.note}) {
            if (words.empty()) continue;
            text(kLeft, y_, shortened(words), "faint");
            y_ += 16;
        }
        y_ += 4;
    }
    // Broken between words; there are no more than three.
    static std::vector<std::string> lines_of(std::string words) {
        constexpr size_t kMost = 100;
        std::vector<std::string> lines;
        while (words.size() > kMost && lines.size() < 2) {
            const size_t end = words.rfind(' ', kMost);
            if (end == std::string::npos || end == 0) break;
            lines.push_back(words.substr(0, end));
            words.erase(0, end + 1);
        }
        lines.push_back(words);
        return lines;
    }
    static std::string shortened(const std::string& words) {
        constexpr size_t kMost = 140;
        return words.size() <= kMost ? words : words.substr(0, kMost) + "...";
    }
    std::string folded() const {
        const auto slots = static_cast<int64_t>(timeline_.slot_count);
        std::string words = "Reserved bytes per chip. Each step is the largest use in " +
                            (timeline_.by_time ? human_duration((timeline_.to - timeline_.from) / slots)
                                               : counted(timeline_.events / timeline_.slot_count, "event"));
        const auto left_out = [&](uint64_t count, const char* noun) {
            if (count != 0) words += "; " + counted(count, noun) + " too short to be drawn";
        };
        left_out(timeline_.iterations_left_out, "iteration");
        left_out(timeline_.operations_left_out, "operation");
        left_out(timeline_.failures_left_out, "failure");
        return words + ".";
    }

    const Timeline& timeline_;
    const TimelineWords& words_;
    std::array<bool, kBandCount> seen_{};
    std::string body_;
    double y_ = 0;
};

}  // namespace

std::string timeline_svg(const Timeline& timeline, const TimelineWords& words) {
    return Picture(timeline, words).draw();
}

}  // namespace ttmem
