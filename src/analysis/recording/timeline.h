// The use of each pool over time, cut into slots; with what happened beside it.
//
// Four passes: what has a time, the peaks, the largest use in each slot. Nothing of an
// event is kept but what a slot shows, so any recording makes a picture of the same size.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/recording/peak.h"

namespace ttmem {

// What a picture tells apart by colour and hatch; the first that fits. Leaked once it has outlived what made it.
enum class Band : uint8_t { kLeaked, kProgram, kTrace, kRuntime, kPersistent, kTensor, kUnknown };
constexpr size_t kBandCount = 7;
constexpr std::array<Band, kBandCount> kAllBands = {Band::kPersistent, Band::kProgram, Band::kTrace,  Band::kRuntime,
                                                    Band::kTensor,     Band::kLeaked,  Band::kUnknown};
std::string_view band_name(Band band);  // "leaked", "program", "trace", "runtime", "persistent", "tensor", "unknown"

// The largest use in a slot, and what it was made of then. Bytes reserved per chip.
struct TimelineSlot {
    uint64_t bytes = 0;
    uint64_t event = 0;                        // after which it was so
    WallTime at = 0, until = kEver;            // since when it was so, and when the pool changed; kEver: never
    uint64_t allocations = 0;                  // that were live then
    std::array<uint64_t, kBandCount> bands{};  // by Band; add up to `bytes`
};

struct PoolTimeline {
    PoolPeak peak;
    size_t peak_slot = 0;
    std::vector<TimelineSlot> slots;
};

// Something that lasted, in slots; `end` is behind the last one, and at least one more than `begin`.
struct TimelineSpan {
    size_t begin = 0, end = 0;
    std::string text;    // foreign, of an operation; a sentence, of a gap; the number, of an iteration; what failed
    uint64_t bytes = 0;  // of a failure: what was asked for
    WallTime at = 0;     // of a failure; 0 unknown
    // Of a failure: what had no room; none where that is not known.
    std::optional<Pool> pool = std::nullopt;
    std::vector<ChipId> chips = {};
    bool ended = true;  // else it had begun, and lasted to the end of its process or of what is recorded
};

struct Timeline {
    bool by_time = true;  // else by the number of events
    bool times_known = true;
    WallTime from = 0, to = 0;              // of the first slot's begin, the last one's end
    WallTime whole_from = 0, whole_to = 0;  // those of the recording, which may be more: DrawnTime
    WallTime zero = 0;                      // Recording::zero(): what the axis begins with is told after it
    uint64_t events = 0;
    std::vector<PoolTimeline> pools;                                   // fullest first
    std::vector<TimelineSpan> operations, iterations, failures, gaps;  // in their order
    // So many more, too short to be seen or too many.
    uint64_t operations_left_out = 0, iterations_left_out = 0, failures_left_out = 0;
    std::optional<size_t> steady;  // the slot in which the first iteration ended
    size_t slot_count = 0;
    Coverage coverage;
};

// Whether it is to stand with the curve of this pool: where none of its chips is known, with those of all.
bool is_failure_of(const TimelineSpan& failure, const PoolPeak& pool);

enum class DrawnTime {
    kWhole,   // the recording
    kEvents,  // likewise, by the number of events although their times are known
    // From shortly before the first allocation or failure to shortly after the end of use, which is now where a process
    // lives: without the minutes of imports before, and of what a program does and tidies up when its places are
    // closed. History that was lost is in it.
    kUsed,
};

// Spans that would take less than a slot are left out, but for failures, gaps and what did not end; there are at most
// kMostSpans of operations and of iterations, spread over the axis.
constexpr size_t kMostSpans = 500;
constexpr size_t kMostMarks = 150;  // of failures, and of gaps
// "too short", of more than those that are drawn; "too short or too many".
inline const char* why_left_out(const std::vector<TimelineSpan>& drawn) {
    return drawn.size() < kMostSpans ? "too short" : "too short or too many";
}
Timeline timeline_of(const Recording& recording, size_t slots, DrawnTime stretch = DrawnTime::kWhole);

}  // namespace ttmem
