#include "src/apps/options/asked_moment.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/analysis/recording/peak.h"
#include "src/analysis/recording/standing_then.h"
#include "src/analysis/snapshot/one_pid.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/analysis/snapshot/select.h"
#include "src/apps/sources/recordings.h"
#include "src/base/text.h"
#include "src/views/text/recorded.h"

namespace ttmem {
namespace {

constexpr const char* kOthers = "--at l1-peak, dram-peak, failure or a time shows other moments.";

struct Found {
    uint64_t event = 0;
    std::string words;
    std::optional<PoolPeak> peak = {};  // that it is the moment of
};

// The dispatch that needed most of a core, else the peak of the pool of L1.
std::optional<Found> l1_peak(const AskedMoment& asked, const Recording& recording, const Peaks& peaks) {
    for (const CoreNeed& need : peaks.cores) {
        if (need.event != 0 && is_asked(asked.recording, recording, need.chips, Pool::kL1))
            return Found{need.event, "when a program needed most of a core's L1"};
    }
    for (const PoolPeak& peak : peaks.pools) {
        if (peak.pool == Pool::kL1 && peak.moment.live.allocations != 0 &&
            is_asked(asked.recording, recording, peak.chips, Pool::kL1))
            return Found{peak.moment.event, "at the peak of l1", peak};
    }
    return std::nullopt;
}

std::optional<Found> dram_peak(const AskedMoment& asked, const Recording& recording, const Peaks& peaks) {
    for (const PoolPeak& peak : peaks.pools) {
        if (peak.pool == Pool::kDram && peak.moment.live.allocations != 0 &&
            is_asked(asked.recording, recording, peak.chips, Pool::kDram))
            return Found{peak.moment.event, "at the peak of dram", peak};
    }
    return std::nullopt;
}

bool has_live(const Snapshot& snapshot) {
    return std::any_of(snapshot.allocations.begin(), snapshot.allocations.end(),
                       [&](const Allocation& a) { return standing_of(snapshot, a) == Standing::kLive; });
}

// Of captures the recording, of processes themselves the first one's start.
std::string zero_words(const Recording& recording) {
    if (recording.zero_at == 0 || recording.is_part) return "the recording began";
    return recording.end.processes.size() == 1 ? "its process started" : "the first process started";
}

// As --at takes it, of what was so from then until then.
std::string clock_words(const Recording& recording, WallTime at, WallTime until) {
    if (at == 0) return "";
    const WallTime zero = recording.zero();
    std::string text = ", " + rfc3339_of_event(at, until, 3);
    if (zero != 0 && at >= zero)
        text += ", " + since_begin(recording, at, until).substr(1) + " after " + zero_words(recording);
    return text;
}

// `at`: which is told of all times at which it was so; 0: the first.
Moment moment_after(const AskedMoment& asked, const Recording& recording, const Found& found, WallTime at = 0) {
    Moment moment;
    moment.from_history = true;
    WallTime until = kEver;
    moment.snapshot = snapshot_after(recording, found.event, &until);
    take_pids_as_told(recording, moment.snapshot);
    note_overlaps(moment.snapshot);
    if (found.peak) note_unordered(found.peak->pool, found.peak->moment, moment.snapshot.coverage);
    if (at != 0) moment.snapshot.generated_at = at;
    moment.words = found.words + " in " + source_name(asked.recording) +
                   clock_words(recording, moment.snapshot.generated_at, until);
    return moment;
}

Error no_such_moment(const std::string& what) {
    return {what, "",
            "--at end, l1-peak, dram-peak, failure, or a time: 90s, 1.6s or 848ms from the beginning, -10m before the "
            "end"};
}

// Also where nothing happened just then. What was before it began no one knows, after its end it stands as at the end.
Result<Moment> moment_at(const AskedMoment& asked, const Recording& recording, WallTime at) {
    constexpr WallTime kRounding = 5'000'000;  // a begin that was printed in three digits
    const std::string source = source_name(asked.recording);
    if (at + kRounding < recording.began_at)
        return no_such_moment(source + " has nothing about " + asked.at + ": it begins at " +
                              rfc3339(recording.began_at));
    at = std::max(at, recording.began_at);
    if (recording.ended_at != 0) at = std::min(at, recording.ended_at);
    return moment_after(asked, recording, {last_event_at(recording, at), "then"}, at);
}

// That another moment is the one to look at: something did not fit there.
std::string others_of(const Recording& recording) {
    return last_failure(recording) == 0 ? kOthers
                                        : "Something did not fit in this recording: --at failure shows it; --at "
                                          "l1-peak, dram-peak or a time shows other moments.";
}

// Where nothing lives at the end, it is its fullest moment that somebody wants to see.
Moment fullest_moment(const AskedMoment& asked, const Recording& recording) {
    Moment end{recording.end, end_words(recording, source_name(asked.recording)), "", false};
    if (has_live(end.snapshot)) {
        end.other = last_failure(recording) == 0 ? "--at l1-peak and --at dram-peak show the fullest moments."
                                                 : others_of(recording);
        return end;
    }
    const Peaks peaks = peaks_of(recording);
    std::optional<Found> found;
    if (asked.dram_first) found = dram_peak(asked, recording, peaks);
    if (!found) found = l1_peak(asked, recording, peaks);
    if (!found) found = dram_peak(asked, recording, peaks);
    if (!found) return end;
    Moment moment = moment_after(asked, recording, *found);
    moment.other = "Nothing lived at the end. " + others_of(recording);
    return moment;
}

Result<Moment> named_moment(const AskedMoment& asked, const Recording& recording) {
    const std::string source = source_name(asked.recording);
    if (asked.at == "end") return Moment{recording.end, end_words(recording, source), others_of(recording), false};
    if (asked.at == "failure") {
        const uint64_t event = last_failure(recording);
        if (event == 0) {
            const std::string why = why_not_whole(recording);
            return no_such_moment(why.empty() ? "no allocation failed in " + source
                                              : "no allocation is known to have failed in " + source + ": " + why);
        }
        return moment_after(asked, recording, {event, "when an allocation failed, the last one that did,"});
    }
    if (asked.at == "l1-peak" || asked.at == "dram-peak") {
        const Peaks peaks = peaks_of(recording);
        const auto found =
            asked.at == "l1-peak" ? l1_peak(asked, recording, peaks) : dram_peak(asked, recording, peaks);
        if (!found) return no_such_moment("no " + asked.at.substr(0, asked.at.find('-')) + " was used in " + source);
        return moment_after(asked, recording, *found);
    }
    const std::optional<WallTime> at = parse_moment(asked.at, recording);
    if (!at) return no_such_moment("`" + asked.at + "` is not a moment of " + source);
    return moment_at(asked, recording, *at);
}

}  // namespace

void add_moment_option(OptionList& options, std::shared_ptr<AskedMoment> asked) {
    options.parsed(
        "--at", "end|l1-peak|dram-peak|failure|TIME",
        "Moment of a capture or of the history of processes: its end, when most of L1 or DRAM was needed, when "
        "something last did not fit, or a time (absolute, or relative to the beginning: 90s, 848ms, or end: -10m)",
        [asked](const std::string& text) {
            asked->at = text;
            const bool named = text == "end" || text == "l1-peak" || text == "dram-peak" || text == "failure";
            return named || parse_moment(text, {})
                       ? ""
                       : "`" + text + "` is neither end, l1-peak, dram-peak, failure nor a time";
        });
}

Result<Moment> moment_of(const AskedMoment& asked, const Recording& recording) {
    return asked.at.empty() ? fullest_moment(asked, recording) : named_moment(asked, recording);
}

std::optional<Moment> clash_moment(const AskedMoment& asked, const Recording& recording) {
    const uint64_t event = last_failure(recording, FailureKind::kCbClash);
    if (event == 0) return std::nullopt;
    return moment_after(asked, recording, {event, "when circular buffers last did not fit"});
}

Result<Moment> asked_moment(const AskedMoment& asked) {
    const Result<Recording> recording = asked_recording(asked.recording);
    if (!recording) return recording.error();
    Result<Moment> moment = moment_of(asked, *recording);
    if (!moment) return moment;
    if (const Result<void> read = was_read(asked.recording, *recording); !read) return read.error();
    return moment;
}

Result<Tracked> look_at_moment(const Asked& asked, const std::string& at, bool (*tells)(const Snapshot&),
                               bool dram_first) {
    const bool of_end = at == "end" && !asked.capture.empty();
    if (at.empty() || of_end) {
        Result<Tracked> now = look_at(asked);
        if (!now || asked.capture.empty()) return now;
        now->other_moment = kOthers;
        if (of_end || tells(now->snapshot) || unknown(asked, now->snapshot)) return now;
    }
    AskedMoment of;
    of.at = at;
    of.dram_first = dram_first;
    of.recording.file = asked.capture;
    of.recording.filter.chip = asked.filter.chip;
    // Of a capture the process is chosen afterward, for its history is read as a whole.
    if (asked.capture.empty()) of.recording.filter = asked.filter;
    of.recording.filter.pool.reset();
    Result<Moment> moment = asked_moment(of);
    if (!moment) return moment.error();
    Tracked then{
        std::move(moment->snapshot), {}, std::move(moment->words), std::move(moment->other), moment->from_history};
    if (asked.filter.pid) then.snapshot = of_pid(std::move(then.snapshot), *asked.filter.pid);
    return then;
}

}  // namespace ttmem
