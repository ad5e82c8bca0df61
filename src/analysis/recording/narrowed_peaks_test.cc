#include "src/analysis/recording/narrowed_peaks.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// Two meshes of a process on the same chip: 100 at one, and after that 60 at the other.
Recording one_after_the_other() {
    RecordingMaker maker;
    const uint32_t first = maker.place({1}), second = maker.place({1});
    maker.free(maker.alloc(first, Pool::kDram, 100));
    maker.alloc(second, Pool::kDram, 60);
    return maker.finish();
}

std::vector<ChipUse> counted(Interval peak) {
    ChipUse use;
    use.chip.id = ChipId{1};
    use.pool(Pool::kDram).peak_reserved = peak;
    return {use};
}

// The summary of a run told an interval that its own recording knew better.
TEST(NarrowedPeaks, AreWhatTheRecordingKnows) {
    std::vector<ChipUse> chips = counted({100, 160});
    EXPECT_TRUE(has_inexact_peak(chips));
    narrow_peaks(peaks_of(one_after_the_other()), chips);
    EXPECT_EQ(chips[0].pool(Pool::kDram).peak_reserved, (Interval{100, 100}));
    EXPECT_FALSE(has_inexact_peak(chips));
}

TEST(NarrowedPeaks, StayWhereTheRecordingLacksSomething) {
    Recording recording = one_after_the_other();
    recording.end.coverage.note("Something is missing.");
    std::vector<ChipUse> chips = counted({100, 160});
    narrow_peaks(peaks_of(recording), chips);
    EXPECT_EQ(chips[0].pool(Pool::kDram).peak_reserved, (Interval{100, 160}));
}

TEST(NarrowedPeaks, StayWhereTheRecordingContradictsThem) {
    std::vector<ChipUse> chips = counted({110, 160});
    narrow_peaks(peaks_of(one_after_the_other()), chips);
    EXPECT_EQ(chips[0].pool(Pool::kDram).peak_reserved, (Interval{110, 160}));
}

}  // namespace
}  // namespace ttmem
