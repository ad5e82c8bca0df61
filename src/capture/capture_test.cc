#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "src/capture/capture_reader.h"
#include "src/capture/capture_writer.h"
#include "src/capture/window.h"
#include "tests/support/written_capture.h"

namespace ttmem {
namespace {

TEST(CaptureFile, HasAllThatWasWritten) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const Result<Capture> capture = open_capture(scene.path);
    ASSERT_TRUE(capture);
    EXPECT_TRUE(capture->facts.finished);
    EXPECT_EQ(capture->facts.trouble, "");
    EXPECT_EQ(capture->facts.event_blocks, 4u);
    const Recording& recording = capture->recording;
    EXPECT_EQ(recording.began_at, 1'700'000'000);
    EXPECT_EQ(recording.ended_at, 1'700'000'002'000'000'000);
    EXPECT_EQ(recording.events, scene.events.size());
    const Snapshot& end = recording.end;
    EXPECT_EQ(end.texts, scene.state.texts);
    EXPECT_EQ(bytes_of(end.processes), bytes_of(scene.state.processes));
    EXPECT_EQ(bytes_of(end.places), bytes_of(scene.state.places));
    EXPECT_EQ(bytes_of(end.programs), bytes_of(scene.state.programs));
    EXPECT_EQ(bytes_of(end.traces), bytes_of(scene.state.traces));
    EXPECT_EQ(bytes_of(end.chips), bytes_of(scene.state.chips));
    EXPECT_EQ(bytes_of(end.allocations), bytes_of(scene.state.allocations));
    EXPECT_EQ(bytes_of(end.coverage), bytes_of(scene.state.coverage));
    EXPECT_EQ(bytes_of(recording.live_before), bytes_of(scene.live_before));
    EXPECT_EQ(bytes_of(recording.gaps), bytes_of(scene.gaps));
    for (int pass = 0; pass < 2; ++pass) {
        const std::vector<Event> events = all_events(recording);
        ASSERT_EQ(events.size(), scene.events.size());
        for (size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(same(events[i], scene.events[i])) << i;
        EXPECT_FALSE(recording.source->failed());
    }
}

TEST(CaptureFile, ThatNobodyFinishedSaysWhatItsEventsLeave) {
    WrittenCapture scene;
    scene.state.allocations.clear();
    std::map<std::pair<uint32_t, uint64_t>, uint64_t> live;
    for (const Allocation& a : scene.live_before) live[{a.process.value, a.handle}] = a.requested_bytes;
    for (const Event& event : scene.events) {
        if (event.kind == EventKind::kAllocated) live[{event.process, event.subject}] = event.requested_bytes;
        if (event.kind == EventKind::kFreed) live.erase({event.process, event.subject});
    }
    ASSERT_TRUE(scene.write(false));
    const Result<Capture> capture = open_capture(scene.path);
    ASSERT_TRUE(capture);
    EXPECT_FALSE(capture->facts.finished);
    EXPECT_EQ(capture->facts.trouble, "") << "it ends with a whole block";
    EXPECT_FALSE(capture->recording.end.coverage.complete);
    std::map<std::pair<uint32_t, uint64_t>, uint64_t> told;
    for (const Allocation& a : capture->recording.end.allocations) {
        told[{a.process.value, a.handle}] = a.requested_bytes;
    }
    EXPECT_EQ(told, live);
}

// The parts of a recording before and after a moment have all of its events, and meet in what is live there.
TEST(CaptureFile, CanBeLookedAtInParts) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const WallTime middle = scene.events[200].at;
    const Recording early = narrowed(open_capture(scene.path)->recording, 0, middle);
    const Recording late = narrowed(open_capture(scene.path)->recording, middle + 1, 0);
    EXPECT_EQ(early.events + late.events, scene.events.size());
    EXPECT_EQ(all_events(early).size(), early.events);
    EXPECT_EQ(all_events(late).front().order, [&] {
        return std::find_if(scene.events.begin(), scene.events.end(), [&](const Event& e) { return e.at > middle; })
            ->order;
    }());
    EXPECT_FALSE(early.end.allocations.empty());
    EXPECT_EQ(bytes_of(early.end.allocations), bytes_of(late.live_before));
    EXPECT_EQ(early.ended_at, middle);
}

TEST(CaptureFile, IsNeverWrittenOverByAccident) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const Result<CaptureWriter> writer = CaptureWriter::create(scene.path, {});
    ASSERT_FALSE(writer);
    EXPECT_NE(writer.error().next.find("--force"), std::string::npos);
    EXPECT_TRUE(open_capture(scene.path)->facts.finished);
}

}  // namespace
}  // namespace ttmem
