// What a block that was live at a peak is to its program.
#include "src/analysis/recording/peak.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "src/analysis/leaks/leaks.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

TEST(PeakParts, WhatAnEndedIterationLeftHasOutlivedItAndLeakedIfNoOneFreedIt) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.begin_iteration();
    const uint64_t late = maker.alloc(chip, Pool::kL1, 10);
    maker.alloc(chip, Pool::kL1, 5);
    maker.end_iteration();
    maker.alloc(chip, Pool::kL1, 20);
    maker.free(late);  // late is better than never, but it was in the way
    const Peaks peaks = peaks_of(maker.finish());
    EXPECT_EQ(peaks.pools[0].moment.of(Part::kOutlived).reserved_bytes, 10u);
    EXPECT_EQ(peaks.pools[0].moment.of(Part::kLeaked).reserved_bytes, 5u);
    EXPECT_EQ(peaks.pools[0].moment.of(Part::kPersistent).reserved_bytes, 20u);
}

// A model without iterations: 1,000 are weights, 300 an input; 200 come and go.
struct WithoutIterations {
    RecordingMaker maker;
    uint32_t mesh = maker.place({1, 2}), load = maker.text("load"), relu = maker.text("relu");
    uint64_t weights = maker.alloc(mesh, Pool::kDram, 1000, load);
    uint64_t input = maker.alloc(mesh, Pool::kDram, 300, load);

    WithoutIterations() {
        const uint64_t hidden = maker.alloc(mesh, Pool::kDram, 200, relu);
        maker.dispatch(7, mesh, relu);
        maker.free(hidden);
        maker.dispatch(8, mesh, relu);
    }
    void free_all(uint32_t op = 0) {
        for (const uint64_t handle : {input, weights}) maker.free(handle, op);
    }
    std::array<uint64_t, 3> parts() {
        const PeakMoment moment = peaks_of(maker.finish()).pools[0].moment;
        return {moment.of(Part::kPersistent).reserved_bytes, moment.of(Part::kKeptToEnd).reserved_bytes,
                moment.of(Part::kIntermediate).reserved_bytes};
    }
};
using Parts = std::array<uint64_t, 3>;

// Weights were called intermediate, because Python frees them where nobody closes the mesh.
TEST(PeakParts, WhatIsFreedOnlyAsItsProcessEndsWasKeptToTheEnd) {
    WithoutIterations model;
    model.free_all();
    model.maker.end_process();
    EXPECT_EQ(model.parts(), (Parts{0, 1300, 200}));
}

TEST(PeakParts, WhatIsFreedRightBeforeTheCloseIsKeptLikeWhatTheCloseReleases) {
    WithoutIterations model;
    model.free_all(model.maker.text("deallocate"));
    model.maker.close(model.mesh);
    const uint32_t again = model.maker.place({1, 2});
    model.maker.alloc(again, Pool::kDram, 10);
    EXPECT_EQ(model.parts(), (Parts{0, 1300, 200}));
    WithoutIterations closed;
    closed.maker.close(closed.mesh);
    EXPECT_EQ(closed.parts(), (Parts{0, 1300, 200}));
}

TEST(PeakParts, WhatIsFreedBeforeMoreWorkIsIntermediate) {
    WithoutIterations dispatching;
    dispatching.free_all();
    dispatching.maker.dispatch(7, dispatching.mesh, dispatching.relu);
    dispatching.maker.end_process();
    EXPECT_EQ(dispatching.parts(), (Parts{0, 0, 1500}));
    WithoutIterations allocating;
    allocating.maker.free(allocating.input);
    allocating.maker.alloc(allocating.mesh, Pool::kDram, 10, allocating.load);
    allocating.maker.free(allocating.weights);
    allocating.maker.close(allocating.mesh);
    EXPECT_EQ(allocating.parts(), (Parts{0, 1000, 500}));
}

TEST(PeakParts, AProcessThatLivesMayGoOnAfterAFree) {
    WithoutIterations model;
    model.free_all();
    EXPECT_EQ(model.parts(), (Parts{0, 0, 1500}));
}

TEST(PeakParts, WhatTheOperationFreesThatMadeItIsIntermediateAlsoInTheLastOne) {
    WithoutIterations model;
    model.maker.free(model.weights, model.load);
    model.maker.free(model.input);
    model.maker.end_process();
    EXPECT_EQ(model.parts(), (Parts{0, 300, 1200}));
}

TEST(PeakParts, WhatAnIterationFreesBeforeItEndsIsIntermediateAlsoInTheLastOne) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.alloc(chip, Pool::kDram, 1000);
    maker.begin_iteration();
    const uint64_t out = maker.alloc(chip, Pool::kDram, 200);
    maker.free(out);
    maker.end_iteration();
    maker.end_process();
    const PeakMoment moment = peaks_of(maker.finish()).pools[0].moment;
    EXPECT_EQ(moment.of(Part::kPersistent).reserved_bytes, 1000u);
    EXPECT_EQ(moment.of(Part::kIntermediate).reserved_bytes, 200u);
}

// A buffer that loading needed was called persistent, as if it had to stay.
TEST(PeakParts, WhatWasSetUpAndFreedWhileIterationsRunIsNotPersistent) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.alloc(chip, Pool::kDram, 1000);
    const uint64_t staging = maker.alloc(chip, Pool::kDram, 500);
    maker.begin_iteration();
    maker.free(maker.alloc(chip, Pool::kDram, 200));
    maker.end_iteration();
    maker.free(staging);
    maker.begin_iteration();
    maker.free(maker.alloc(chip, Pool::kDram, 100));
    maker.end_iteration();
    maker.close(chip);
    const PeakMoment moment = peaks_of(maker.finish()).pools[0].moment;
    EXPECT_EQ(moment.of(Part::kPersistent).reserved_bytes, 1000u);
    EXPECT_EQ(moment.of(Part::kIntermediate).reserved_bytes, 700u);
    uint64_t of_iterations = 0;
    for (const LiveShare& share : moment.shares) of_iterations += share.in_iteration ? share.sum.reserved_bytes : 0;
    EXPECT_EQ(of_iterations, 200u);
}

// The last one is made in the iteration in which the peak is: no weight, although it lives to the end.
TEST(PeakParts, HasAllThatLeaksCountsAlsoOfTheIterationUnderWay) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    constexpr int kIterations = 8;
    for (int i = 0; i < kIterations; ++i) {
        maker.begin_iteration();
        maker.alloc(chip, Pool::kDram, 10);
        maker.end_iteration();
    }
    const Recording recording = maker.finish();
    const Peaks peaks = peaks_of(recording);
    EXPECT_EQ(peaks.pools[0].moment.of(Part::kLeaked).allocations, leaks_of(recording.end).at(0).sum.allocations);
    EXPECT_EQ(peaks.pools[0].moment.of(Part::kLeaked).allocations, uint64_t{kIterations});
}

}  // namespace
}  // namespace ttmem
