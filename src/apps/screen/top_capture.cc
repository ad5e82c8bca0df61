#include <fmt/format.h>

#include <algorithm>
#include <list>

#include "src/analysis/recording/moment.h"
#include "src/analysis/recording/standing_then.h"
#include "src/apps/screen/top_source.h"
#include "src/apps/sources/recordings.h"
#include "src/base/duration.h"
#include "src/base/text.h"
#include "src/collector/combine.h"
#include "src/views/text/peak.h"
#include "src/views/text/recorded.h"

namespace ttmem {
namespace {

constexpr size_t kSteps = 240;
constexpr size_t kKept = 8;  // moments that were looked at last
// A recording that is replayed at once: then circular buffers are told of every moment, else where they are asked for.
constexpr uint64_t kFewEvents = 300'000;

class CaptureTopSource final : public TopSource {
public:
    CaptureTopSource(Recording recording, std::string name)
        : recording_(std::move(recording)),
          settled_(recording_.end),
          leaks_(leak_verdict(recording_, settled_)),
          leaked_(recording_, settled_, leaks_),
          name_(std::move(name)) {
        // What has ended left its chips so; of what lives, the chips are those in use.
        if (!has_live_process(settled_)) settled_.chips = combine_chips(settled_, Which::kAll, settled_.coverage);
        history_.timeline = timeline_of(recording_, kSteps);
        if (const Result<void> read = was_read(recording_, name_); !read) settled_.coverage.note(read.error().what);
        const Timeline& timeline = history_.timeline;
        for (const PoolTimeline& pool : timeline.pools) {
            history_.titles.push_back(fmt::format("{} of {}{}", pool_name(pool.peak.pool),
                                                  pool.peak.chips.size() == 1 ? "" : "each of ",
                                                  chips_text(recording_, pool.peak.chips)));
        }
        // Where no time is known, moments cannot be told apart.
        if (timeline.by_time && timeline.to > timeline.from) moments_ = timeline.slot_count;
    }

    size_t look(const TopWants&) override { return 0; }

    std::optional<size_t> opens_at() const override {
        for (const Process& process : recording_.end.processes) {
            if (process.state == ProcessState::kLive) return std::nullopt;
        }
        return peak_moment();
    }

    TopValues at(std::optional<size_t> asked, const TopWants& wants) override {
        const size_t number = std::min(asked.value_or(moments_ - 1), moments_ - 1);
        const bool is_end = number + 1 == moments_;
        const bool layout = !is_end && (wants.layout || recording_.events <= kFewEvents);
        TopValues values{is_end ? settled_ : moment(number, layout)};
        if (wants.layout) values.layout = is_end ? &settled_ : &layout_of(number);
        note_failure();
        values.with_ended = &settled_;  // leaks are judged at the end
        values.leaks = &leaks_in(wants.exact_bytes);
        if (!history_.timeline.pools.empty())
            history_.verdict = first_line(recording_, history_.timeline.pools, {.exact_bytes = wants.exact_bytes});
        values.source = name_;
        values.has_programs = is_end;
        values.moments = moments_;
        values.moment = number;
        values.at = is_end ? short_time_in(recording_.ended_at, kEver) : values.snapshot.generated_at;
        values.history = &history_;
        values.peak_moment = peak_moment();
        return values;
    }

private:
    // The same verdict, whose sentences have human sizes or exact ones.
    const LeakVerdict& leaks_in(bool exact_bytes) {
        if (!exact_bytes) return leaks_;
        if (!exact_leaks_) {
            Snapshot end = recording_.end;
            exact_leaks_ = leak_verdict(recording_, end, {}, Suppressions::by_default(), with_commas);
        }
        return *exact_leaks_;
    }

    // A moment is read from the file when it is asked for.
    void note_failure() {
        const Result<void> read = was_read(recording_, name_);
        if (read) return;
        settled_.coverage.note(read.error().what);
        for (auto& [number, then] : kept_) then.coverage.note(read.error().what);
    }

    std::optional<size_t> peak_moment() const {
        const Timeline& timeline = history_.timeline;
        if (moments_ == 1 || timeline.pools.empty()) return std::nullopt;
        return timeline.pools.front().peak_slot;
    }

    // Late in a step; in that with the peak, when it was. With the fewest digits, for it is printed.
    WallTime time_of(size_t number) const {
        const Timeline& timeline = history_.timeline;
        const PoolTimeline* pool = timeline.pools.empty() ? nullptr : &timeline.pools.front();
        if (pool != nullptr && pool->peak_slot == number && pool->peak.moment.at != 0)
            return short_time_in(pool->peak.moment.at, pool->peak.moment.until);
        const WallTime step = (timeline.to - timeline.from) / static_cast<WallTime>(moments_);
        const WallTime end = timeline.from + step * (static_cast<WallTime>(number) + 1);
        return short_time_in(end - step / 2, end + 1);
    }
    WallTime short_time_in(WallTime from, WallTime until) const {
        const WallTime zero = history_.timeline.zero;
        if (from < zero) return from;
        return zero + shortest_time_in(from - zero, until == kEver ? kEver : until - zero);
    }

    const Snapshot& moment(size_t number, bool with_cbs) {
        auto known = std::ranges::find(kept_, number, [](const auto& kept) { return kept.first; });
        if (known == kept_.end()) {
            Snapshot then = snapshot_at(recording_, time_of(number), leaked_);
            take_pids_as_told(recording_, then);
            then.chips = combine_chips(then, Which::kLive, then.coverage);
            if (kept_.size() == kKept) kept_.pop_front();
            known = kept_.emplace(kept_.end(), number, std::move(then));
        }
        if (!with_cbs) return known->second;
        for (ChipUse& use : known->second.chips) {
            for (const ChipUse& laid : layout_of(number).chips) {
                if (laid.chip.id == use.chip.id) use.cb = laid.cb;
            }
        }
        return known->second;
    }

    const Snapshot& layout_of(size_t number) {
        if (!layout_ || layout_->first != number) {
            const uint64_t event = last_event_at(recording_, time_of(number));
            layout_.emplace(number, snapshot_after(recording_, event, leaked_));
            take_pids_as_told(recording_, layout_->second);
        }
        return layout_->second;
    }

    Recording recording_;
    Snapshot settled_;  // its end, as its verdict has it
    const LeakVerdict leaks_;
    std::optional<LeakVerdict> exact_leaks_;  // once somebody asked
    const LeakedBlocks leaked_;
    const std::string name_;
    TopHistory history_;
    size_t moments_ = 1;
    std::list<std::pair<size_t, Snapshot>> kept_;
    std::optional<std::pair<size_t, Snapshot>> layout_;  // of the moment that was asked for last
};

}  // namespace

Result<std::unique_ptr<TopSource>> capture_top_source(const std::string& file) {
    Result<Recording> recording = open_recording(file);
    if (!recording) return recording.error();
    const size_t slash = file.rfind('/');
    auto source = std::make_unique<CaptureTopSource>(std::move(*recording),
                                                     slash == std::string::npos ? file : file.substr(slash + 1));
    return std::unique_ptr<TopSource>(std::move(source));
}

}  // namespace ttmem
