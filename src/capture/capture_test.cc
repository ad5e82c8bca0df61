#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "src/capture/blocks.h"
#include "src/capture/capture_reader.h"
#include "src/capture/capture_writer.h"
#include "src/capture/window.h"
#include "tests/support/written_capture.h"

namespace ttmem {
namespace {

// Its blocks, as `change` leaves their heads and payloads.
template <class Change>
void rewrite(WrittenCapture& scene, const Change& change) {
    const std::string whole = scene.bytes();
    std::string made = whole.substr(0, sizeof(capture::FileHead));
    for (size_t at = made.size(); at < whole.size();) {
        capture::BlockHead head{};
        std::memcpy(&head, whole.data() + at, sizeof head);
        const size_t size = sizeof head + head.stored_bytes;
        const Bytes stored(whole.begin() + static_cast<ptrdiff_t>(at + sizeof head),
                           whole.begin() + static_cast<ptrdiff_t>(at + size));
        at += size;
        Bytes raw;
        ASSERT_TRUE(capture::unpack(head, stored, raw));
        change(head, raw);
        const Bytes block = capture::pack_block(head, raw);
        made.append(block.begin(), block.end());
    }
    scene.put(made);
}

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
    EXPECT_EQ(end.plans, scene.state.plans);
    EXPECT_EQ(end.stacks, scene.state.stacks);
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

// Before 1.6 what a ledger had overwritten counted as lost.
TEST(CaptureFile, OfAnOlderFormatHasLostTheEventsOfItsGaps) {
    WrittenCapture scene;
    scene.state.coverage.events_lost = 700;
    ASSERT_TRUE(scene.write());
    EXPECT_EQ(open_capture(scene.path)->recording.end.coverage.events_lost, 700u);
    capture::FileHead head{};
    std::fstream file(scene.path, std::ios::in | std::ios::out | std::ios::binary);
    file.read(reinterpret_cast<char*>(&head), sizeof head);
    head.minor = 5;
    head.check = capture::check_of(head);
    file.seekp(0);
    file.write(reinterpret_cast<const char*>(&head), sizeof head);
    file.close();
    const Snapshot end = open_capture(scene.path)->recording.end;
    EXPECT_EQ(end.coverage.events_lost, scene.gaps.at(0).events);
    EXPECT_EQ(end.processes.at(1).coverage.events_lost, scene.gaps.at(0).events);
}

TEST(CaptureFile, TellsFiguresOfCircularBuffersThatAreBounds) {
    WrittenCapture scene;
    scene.state.processes[0].iterations_by = "ttnn.ones";
    ASSERT_TRUE(scene.write());
    const Snapshot end = open_capture(scene.path)->recording.end;
    EXPECT_FALSE(end.processes[0].chips[0].cb.is_bound);
    EXPECT_EQ(end.processes[0].iterations_by, "ttnn.ones");
    EXPECT_TRUE(end.processes[1].chips[0].cb.is_bound);
    EXPECT_EQ(end.processes[1].iterations_by, "");
    EXPECT_FALSE(end.chips[0].cb.is_bound);
    EXPECT_TRUE(end.chips[1].cb.is_bound);
}

TEST(CaptureFile, TellsWhereABankOfDramBegins) {
    WrittenCapture scene;
    scene.state.processes[1].chips[0].chip.dram_base = 1'048'640;
    scene.state.chips[1].chip.dram_base = 1'048'640;
    ASSERT_TRUE(scene.write());
    const Snapshot end = open_capture(scene.path)->recording.end;
    EXPECT_EQ(end.processes[0].chips[0].chip.dram_base, std::nullopt);
    EXPECT_EQ(end.processes[1].chips[0].chip.dram_base, 1'048'640u);
    EXPECT_EQ(end.chips[0].chip.dram_base, std::nullopt);
    EXPECT_EQ(end.chips[1].chip.dram_base, 1'048'640u);
}

// What there is nothing to say of is left out, so such items are as the versions before wrote them.
// A snapshot with history is written in an instant, and tells of hours.
TEST(CaptureFile, BeginsWithItsHistory) {
    constexpr WallTime kWritten = 1'700'000'000, kStarted = 1'000'000'000, kFirst = 1'200'000'000;
    WrittenCapture scene;
    scene.gaps.clear();
    scene.events.resize(1);
    scene.events[0] = {};
    scene.events[0].kind = EventKind::kIterationBegun;
    scene.events[0].subject = scene.events[0].order = 1;
    scene.events[0].at = kFirst;
    for (Process& process : scene.state.processes) process.started_at = kStarted;
    ASSERT_TRUE(scene.write());
    EXPECT_EQ(open_capture(scene.path)->recording.began_at, kStarted);
    EXPECT_FALSE(open_capture(scene.path)->recording.is_part);
    scene.gaps.push_back({ProcessIndex{0}, 0, kFirst, 5, "overwritten"});
    ASSERT_TRUE(scene.write());
    EXPECT_EQ(open_capture(scene.path)->recording.began_at, kFirst) << "what was before is lost";
    scene.events[0].at = kWritten - 1'000'000;
    ASSERT_TRUE(scene.write());
    EXPECT_EQ(open_capture(scene.path)->recording.began_at, kWritten) << "a clock stood still";
}

TEST(CaptureFile, HasItsLaterFieldsOnlyWhereTheyTellSomething) {
    Allocation allocation;
    const size_t bytes = bytes_of(allocation).size();
    allocation.stack = 3;
    EXPECT_EQ(bytes_of(allocation).size(), bytes + 1);
    allocation.iteration_over = true;
    EXPECT_EQ(bytes_of(allocation).size(), bytes + 2);
    allocation.stack = 0;
    EXPECT_EQ(bytes_of(allocation).size(), bytes + 2) << "the one before it keeps its place";
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
    EXPECT_EQ(all_events(early).size(), early.events);
    const std::vector<Event> told = all_events(late);
    EXPECT_EQ(told.size(), late.events);
    const auto first = std::find_if(told.begin(), told.end(), [&](const Event& e) { return e.at != middle + 1; });
    for (auto event = told.begin(); event != first; ++event) EXPECT_EQ(event->kind, EventKind::kPlanChanged);
    EXPECT_EQ(early.events + static_cast<uint64_t>(told.end() - first), scene.events.size());
    EXPECT_EQ(first->order, [&] {
        return std::find_if(scene.events.begin(), scene.events.end(), [&](const Event& e) { return e.at > middle; })
            ->order;
    }());
    EXPECT_FALSE(early.end.allocations.empty());
    EXPECT_EQ(bytes_of(early.end.allocations), bytes_of(late.live_before));
    EXPECT_EQ(early.ended_at, middle);
}

// An iteration that ended after the part was open at its end, and what it had made had not leaked; one that had ended
// before the part says so.
TEST(CaptureFile, InPartsKnowsWhichIterationsWereOver) {
    WrittenCapture scene;
    scene.events.clear();
    scene.live_before.clear();
    const auto happens = [&](EventKind kind, uint64_t subject, uint32_t iteration = 0) {
        Event event;
        event.kind = kind, event.subject = subject, event.iteration = iteration;
        event.order = scene.events.size() + 1;
        event.at = 1000 * static_cast<WallTime>(event.order);
        scene.events.push_back(event);
    };
    for (const uint32_t iteration : {1, 2}) {
        happens(EventKind::kIterationBegun, iteration);
        happens(EventKind::kAllocated, iteration << 20 | 5, iteration);
        happens(EventKind::kIterationEnded, iteration);
    }
    ASSERT_TRUE(scene.write());
    const Recording early = narrowed(open_capture(scene.path)->recording, 0, 5000);
    ASSERT_EQ(early.end.allocations.size(), 2u);
    EXPECT_TRUE(early.end.allocations[0].iteration_over);
    EXPECT_FALSE(early.end.allocations[1].iteration_over);
    EXPECT_EQ(early.end.processes[0].open_iterations, (std::vector<uint32_t>{2}));
    const Recording late = narrowed(open_capture(scene.path)->recording, 4000, 0);
    ASSERT_EQ(late.live_before.size(), 1u);
    EXPECT_TRUE(late.live_before[0].iteration_over);
}

TEST(CaptureFile, IsWholeUpToAMomentAfterItsEnd) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const Recording whole = open_capture(scene.path)->recording;
    for (const WallTime to : {whole.ended_at, whole.ended_at + 9'000'000'000}) {
        const Recording same = narrowed(open_capture(scene.path)->recording, 0, to);
        EXPECT_EQ(bytes_of(same.end.coverage), bytes_of(whole.end.coverage));
        EXPECT_EQ(bytes_of(same.end.allocations), bytes_of(whole.end.allocations));
        EXPECT_EQ(same.events, whole.events);
        EXPECT_EQ(same.ended_at, whole.ended_at);
        EXPECT_EQ(same.is_part, whole.is_part);
    }
}

// Two iterations, and the end of the process: at a moment between them it ran, and one had ended.
TEST(CaptureFile, UpToAMomentHasProcessesAsTheyWereThen) {
    WrittenCapture scene;
    scene.events.clear();
    const auto add = [&](EventKind kind, uint64_t subject) {
        Event event;
        event.kind = kind;
        event.at = static_cast<WallTime>(1000 * (scene.events.size() + 1));
        event.order = scene.events.size() + 1;
        event.subject = subject;
        scene.events.push_back(event);
    };
    for (const uint64_t iteration : {1, 2}) {
        add(EventKind::kIterationBegun, iteration);
        add(EventKind::kIterationEnded, iteration);
    }
    add(EventKind::kProcessEnded, 0);
    scene.state.processes[0].iterations_begun = scene.state.processes[0].iterations_ended = 2;
    scene.state.processes[0].state = ProcessState::kExited;
    ASSERT_TRUE(scene.write());
    const Process then = narrowed(open_capture(scene.path)->recording, 0, 3500).end.processes.at(0);
    EXPECT_EQ(then.state, ProcessState::kLive);
    EXPECT_EQ(then.iterations_begun, 2u);
    EXPECT_EQ(then.iterations_ended, 1u);
}

// What was planned before the window is still planned in it, unless it was given back.
TEST(CaptureFile, InPartsKnowsThePlansOfBefore) {
    WrittenCapture scene;
    scene.events.clear();
    const auto add = [&](EventKind kind, uint64_t program, uint32_t place, uint32_t plan) {
        Event event;
        event.kind = kind;
        event.at = static_cast<WallTime>(1000 * (scene.events.size() + 1));
        event.order = scene.events.size() + 1;
        event.subject = program;
        event.place = place;
        event.plan = plan;
        scene.events.push_back(event);
    };
    add(EventKind::kPlanChanged, 7, 0, 1);
    add(EventKind::kPlanChanged, 7, 1, 2);
    add(EventKind::kPlanChanged, 8, 0, 3);
    add(EventKind::kPlanChanged, 7, 0, 3);
    add(EventKind::kCircularBuffersFreed, 8, 0, 0);
    add(EventKind::kDispatched, 7, 0, 0);
    ASSERT_TRUE(scene.write());
    const Recording late = narrowed(open_capture(scene.path)->recording, 5500, 0);
    for (int pass = 0; pass < 2; ++pass) {
        const std::vector<Event> events = all_events(late);
        ASSERT_EQ(events.size(), 3u);
        EXPECT_EQ(events[0].place, 1u);
        EXPECT_EQ(events[0].plan, 2u);
        EXPECT_EQ(events[1].place, 0u);
        EXPECT_EQ(events[1].plan, 3u);
        EXPECT_EQ(events[1].at, 5500);
        EXPECT_EQ(events[2].kind, EventKind::kDispatched);
    }
}

// As an older reader has it, which skips the blocks from 128 on: all but which plan and which call stack it was.
TEST(CaptureFile, WithoutItsPlansAndStacksHasAllElse) {
    WrittenCapture scene;
    for (Allocation& allocation : scene.state.allocations) allocation.stack = 0;  // names nothing without its table
    ASSERT_TRUE(scene.write());
    rewrite(scene, [](capture::BlockHead& head, Bytes&) {
        if (head.type >= capture::kFirstOptional) head.type += 10;  // unknown
    });
    const Result<Capture> capture = open_capture(scene.path);
    ASSERT_TRUE(capture);
    EXPECT_EQ(capture->facts.trouble, "");
    EXPECT_TRUE(capture->recording.end.plans.empty());
    const std::vector<Event> events = all_events(capture->recording);
    ASSERT_EQ(events.size(), scene.events.size());
    for (size_t i = 0; i < events.size(); ++i) {
        scene.events[i].plan = scene.events[i].stack = 0;
        ASSERT_TRUE(same(events[i], scene.events[i])) << i;
    }
}

TEST(CaptureFile, OfALaterMinorVersionIsReadWithoutTheFieldsThatAreNotKnown) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    rewrite(scene, [](capture::BlockHead& head, Bytes& raw) {
        if (head.type != static_cast<uint32_t>(capture::BlockType::kPlaces)) return;
        ByteCursor from(raw);
        Bytes longer;
        put_number(longer, from.number());  // of the first
        for (uint32_t i = 0; i < head.items; ++i) {
            const std::string item(from.text(from.number()));
            put_number(longer, item.size() + 2);
            longer.insert(longer.end(), item.begin(), item.end());
            longer.insert(longer.end(), {7, 8});
        }
        raw = longer;
    });
    const Result<Capture> capture = open_capture(scene.path);
    ASSERT_TRUE(capture);
    EXPECT_EQ(capture->facts.trouble, "");
    EXPECT_EQ(bytes_of(capture->recording.end.places), bytes_of(scene.state.places));
}

TEST(CaptureFile, OfStacksThatDoNotExistMakesNoSense) {
    const auto trouble = [](const auto& change) {
        WrittenCapture scene;
        change(scene);
        EXPECT_TRUE(scene.write());
        return open_capture(scene.path)->facts.trouble;
    };
    constexpr uint32_t kNone = WrittenCapture::kStacks;
    EXPECT_EQ(trouble([](auto&) {}), "");
    EXPECT_EQ(trouble([](auto& scene) { scene.state.allocations.back().stack = kNone; }), "a block makes no sense");
    EXPECT_EQ(trouble([](auto& scene) { scene.state.stacks.back().caller = kNone; }), "a block makes no sense");
    EXPECT_EQ(trouble([](auto& scene) { scene.state.stacks.back().file = 99; }), "a block makes no sense");

    WrittenCapture scene;
    scene.events.back().kind = EventKind::kAllocated;
    scene.events.back().stack = kNone;
    ASSERT_TRUE(scene.write());
    const Result<Capture> capture = open_capture(scene.path);
    EXPECT_EQ(all_events(capture->recording).size(), 300u) << "the blocks before";
    EXPECT_TRUE(capture->recording.source->failed());
}

TEST(CaptureFile, ThatNobodyFinishedHasTheStacksOfWhatIsLive) {
    WrittenCapture scene;
    scene.events.resize(1);
    scene.events[0] = {};
    scene.events[0].kind = EventKind::kAllocated;
    scene.events[0].subject = 77;
    scene.events[0].stack = 4;
    ASSERT_TRUE(scene.write(false));
    const Result<Capture> capture = open_capture(scene.path);
    EXPECT_EQ(capture->recording.end.allocations.back().stack, 4u);
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
