#include "src/analysis/recording/traces.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// A chip with two DRAM banks and a trace region of 4,096 B in each; everything is one thread's.
class Traced {
public:
    RecordingMaker maker;
    uint32_t place = maker.place({0xa0});
    uint32_t relu = maker.text("relu"), concat = maker.text("concat"), decode = maker.text("decode");

    Traced() {
        ChipUse& use = maker.use(0, 0xa0);
        use.chip.pools[static_cast<size_t>(Pool::kDram)] = {2, 100'000};
        use.chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 4'096};
    }
    uint64_t at(uint64_t address, uint64_t bytes, uint32_t op, const RecordingMaker::What& more = {},
                Pool pool = Pool::kDram) {
        RecordingMaker::What what = more;
        what.op = op;
        const uint64_t handle = maker.alloc(place, pool, bytes, what);
        Event& event = maker.events.back();
        event.address = address;
        event.banks = event.data_banks = 2;
        maker.live.at(handle) = event;
        return handle;
    }
    void event(EventKind kind, uint64_t subject) {
        Event& event = maker.add(kind);
        event.subject = subject;
        event.place = place;
        event.thread = 1;
        event.name = decode;
    }
    // The trace's commands come after its capture.
    void capture(uint64_t trace, uint64_t bytes = 1'024) {
        event(EventKind::kTraceCaptured, trace);
        at(200'000, bytes, relu, {.allocation_class = AllocationClass::kTrace, .holder = trace}, Pool::kTrace);
    }
    void replay(uint64_t trace) { event(EventKind::kTraceReplayed, trace); }
    TraceReport report() {
        recording_ = maker.finish();
        return traces_of(recording_);
    }

private:
    Recording recording_;
};

constexpr uint64_t kTrace = 77, kOther = 78;

// A dispatch, then a capture in which an activation is made at 1,000 and freed.
Traced captured() {
    Traced t;
    t.at(0, 1'000, t.concat);
    t.event(EventKind::kDispatched, 7);
    t.maker.free(t.at(1'000, 500, t.relu));
    t.capture(kTrace);
    return t;
}

TEST(Traces, FindsWhatAReplayOverwrites) {
    Traced t = captured();
    t.at(1'000, 400, t.concat);
    t.at(2'000, 400, t.concat);
    t.replay(kTrace);
    t.replay(kTrace);
    const TraceReport report = t.report();
    ASSERT_EQ(report.traces.size(), 1u);
    const CapturedTrace& trace = report.traces[0];
    EXPECT_EQ(trace.replays, 2u);
    EXPECT_EQ(trace.made_while_it_lived.allocations, 2u);
    EXPECT_EQ(trace.in_the_way, 1u);
    EXPECT_EQ(trace.overwritten, 1u);
    ASSERT_EQ(trace.blocks.size(), 1u);
    EXPECT_EQ(trace.blocks[0].block.address, 1'000u);
    EXPECT_EQ(trace.blocks[0].overlap_bytes_per_bank, 400u);
    EXPECT_EQ(trace.blocks[0].overwritten_by, 1u);
    EXPECT_TRUE(trace.blocks[0].is_live);
}

TEST(Traces, KnowsOnlyThePartThatOverlaps) {
    Traced t = captured();
    t.at(1'400, 400, t.concat);
    EXPECT_EQ(t.report().traces[0].blocks.at(0).overlap_bytes_per_bank, 100u);
}

TEST(Traces, LetsLiveWhatIsFreedBeforeTheReplay) {
    Traced t = captured();
    t.maker.free(t.at(1'000, 400, t.concat));
    t.replay(kTrace);
    const TraceReport report = t.report();
    EXPECT_EQ(report.traces[0].in_the_way, 1u);
    EXPECT_EQ(report.traces[0].overwritten, 0u);
    EXPECT_FALSE(report.traces[0].blocks.at(0).is_live);
}

TEST(Traces, IsSafeBeforeTheCaptureAndAfterTheRelease) {
    Traced t = captured();
    t.event(EventKind::kTraceReleased, kTrace);
    t.at(1'000, 400, t.concat);
    const TraceReport report = t.report();
    EXPECT_EQ(report.traces[0].in_the_way, 0u);
    EXPECT_TRUE(report.traces[0].released);
}

// Another thread's blocks are no part of the capture, nor is what was made before the last dispatch.
TEST(Traces, CountsOnlyWhatItsThreadMadeSinceTheLastDispatch) {
    Traced t;
    t.maker.free(t.at(0, 500, t.relu));
    t.event(EventKind::kDispatched, 7);
    t.maker.free(t.at(1'000, 500, t.relu, {.thread = 2}));
    t.maker.free(t.at(2'000, 500, t.relu));
    t.capture(kTrace);
    for (const uint64_t address : {0, 1'000, 2'000}) t.at(address, 100, t.concat);
    const TraceReport report = t.report();
    ASSERT_EQ(report.traces[0].in_the_way, 1u);
    EXPECT_EQ(report.traces[0].blocks[0].block.address, 2'000u);
}

// Inputs are often made between the last dispatch and the capture; its thread counts what it made in it.
TEST(Traces, IsExactWhereTheCaptureCounted) {
    Traced t;
    t.event(EventKind::kDispatched, 7);
    t.maker.free(t.at(0, 500, t.relu));
    t.maker.free(t.at(1'000, 500, t.relu));
    t.capture(kTrace);
    t.maker.events[t.maker.events.size() - 2].address = 1 + 1;
    for (const uint64_t address : {0, 1'000}) t.at(address, 100, t.concat);
    const TraceReport report = t.report();
    EXPECT_TRUE(report.traces[0].begin_known);
    ASSERT_EQ(report.traces[0].in_the_way, 1u);
    EXPECT_EQ(report.traces[0].blocks[0].block.address, 1'000u);
}

TEST(Traces, KeepsAllocatorsApart) {
    Traced t = captured();
    t.place = t.maker.place({0xa0});  // another mesh on the same chip
    t.at(1'000, 400, t.concat);
    EXPECT_EQ(t.report().traces[0].in_the_way, 0u);
}

TEST(Traces, SaysWhatTheTraceRegionNeeds) {
    Traced t = captured();
    t.capture(kOther, 2'048);
    t.event(EventKind::kTraceReleased, kOther);
    t.maker.free(t.maker.live.rbegin()->first);
    t.capture(79, 512);
    const TraceReport report = t.report();
    ASSERT_EQ(report.regions.size(), 1u);
    const TraceRegion& region = report.regions[0];
    EXPECT_EQ(region.traces, 3u);
    EXPECT_EQ(region.live, 2u);
    EXPECT_EQ(region.never_released, 2u);
    EXPECT_EQ(region.banks, 2u);
    EXPECT_EQ(region.peak_per_bank, 1'024u + 2'048u);
    EXPECT_EQ(region.all_per_bank, 1'024u + 2'048u + 512u);
    EXPECT_EQ(region.region_per_bank, 4'096u);
}

// A trace per step that is never released: the memory of a trace is no leak by itself, so its number has to tell.
TEST(Traces, CountsTheIterationsThatCapturedATraceAndNeverReleasedIt) {
    Traced t;
    for (uint64_t step = 1; step <= 4; ++step) {
        t.maker.begin_iteration();
        t.event(EventKind::kTraceCaptured, 100 + step);
        t.maker.events.back().iteration = static_cast<uint32_t>(step);
        t.maker.end_iteration();
    }
    const TraceReport report = t.report();
    EXPECT_EQ(report.regions.at(0).never_released, 4u);
    EXPECT_EQ(report.regions.at(0).iterations, 4u);
}

TEST(Traces, EndsWithItsDevice) {
    Traced t = captured();
    t.maker.close(t.place);
    const TraceReport report = t.report();
    EXPECT_TRUE(report.traces[0].ended);
    EXPECT_FALSE(report.traces[0].released);
    EXPECT_EQ(report.regions[0].live, 0u);
}

}  // namespace
}  // namespace ttmem
