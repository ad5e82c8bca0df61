#include "src/analysis/recording/leaked_blocks.h"

#include <gtest/gtest.h>

#include <deque>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/recording/moment.h"
#include "src/analysis/recording/peak.h"
#include "src/analysis/recording/timeline.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr int kIterations = 12;

// Each iteration keeps 10 bytes for so many more, as a window over the last ones; all of it is freed before the end.
Recording window_of(size_t steps, RecordingMaker& maker) {
    const uint32_t chip = maker.place({1}), kv = maker.text("kv");
    std::deque<uint64_t> kept;
    for (int i = 0; i < kIterations; ++i) {
        maker.begin_iteration();
        kept.push_back(maker.alloc(chip, Pool::kDram, 10, kv));
        maker.end_iteration();
        if (kept.size() <= steps) continue;
        maker.free(kept.front());
        kept.pop_front();
    }
    for (const uint64_t handle : kept) maker.free(handle);
    Process& process = maker.recording.end.processes[0];
    process.iterations_begun = process.iterations_ended = kIterations;
    process.level = "events";
    return maker.finish();
}

uint64_t most_drawn_as_leaked(const Recording& recording) {
    uint64_t most = 0;
    for (const TimelineSlot& slot : timeline_of(recording, 10).pools.at(0).slots)
        most = std::max(most, slot.bands[static_cast<size_t>(Band::kLeaked)]);
    return most;
}

TEST(LeakedBlocks, AreNotThoseOfAWindowThatIsFreed) {
    RecordingMaker maker;
    const Recording recording = window_of(2, maker);
    const PeakMoment peak = peaks_of(recording).pools.at(0).moment;
    EXPECT_EQ(peak.of(Part::kOutlived).reserved_bytes, 20u);
    EXPECT_EQ(peak.of(Part::kLeaked).reserved_bytes, 0u);
    EXPECT_EQ(most_drawn_as_leaked(recording), 0u);
    const WallTime middle = recording.began_at + (recording.ended_at - recording.began_at) / 2;
    EXPECT_TRUE(leaks_of(snapshot_at(recording, middle, LeakedBlocks(recording))).empty());
}

TEST(LeakedBlocks, AreThoseOfAListThatGrewToTheEndAlthoughItWasFreedThen) {
    RecordingMaker maker;
    const Recording recording = window_of(kIterations, maker);
    const PeakMoment peak = peaks_of(recording).pools.at(0).moment;
    EXPECT_EQ(peak.of(Part::kOutlived).reserved_bytes, 0u);
    EXPECT_EQ(peak.of(Part::kLeaked).reserved_bytes, (kIterations - 1) * 10u);
    EXPECT_GE(most_drawn_as_leaked(recording), (kIterations - 1) * 10u);
    const WallTime middle = recording.began_at + (recording.ended_at - recording.began_at) / 2;
    EXPECT_EQ(leaks_of(snapshot_at(recording, middle, LeakedBlocks(recording))).size(), 1u);
}

}  // namespace
}  // namespace ttmem
