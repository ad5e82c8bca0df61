// Captures that were cut, damaged, made up, or found no room.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <random>

#include "src/capture/blocks.h"
#include "src/capture/capture_reader.h"
#include "src/capture/last_figures.h"
#include "src/capture/live_set.h"
#include "tests/support/recording_maker.h"
#include "tests/support/slow_build.h"
#include "tests/support/written_capture.h"

namespace ttmem {
namespace {

using capture::BlockHead;

TEST(CaptureFile, ThatWasCutAnywhereIsReadToItsLastWholeBlockAndSaysSo) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    uint64_t events_before = 0;
    for (size_t size = 0; size < whole.size(); size += kSlowBuild ? 7 : 1) {
        scene.put(whole.substr(0, size));
        const Result<Capture> capture = open_capture(scene.path);
        if (size < sizeof(capture::FileHead)) {
            EXPECT_FALSE(capture) << size;
            continue;
        }
        ASSERT_TRUE(capture) << size;
        EXPECT_FALSE(capture->facts.finished) << size;
        EXPECT_FALSE(capture->recording.end.coverage.complete) << size;
        EXPECT_LE(capture->facts.readable_bytes, size);
        EXPECT_EQ(capture->facts.trouble.empty(), capture->facts.readable_bytes == size) << size;
        EXPECT_GE(capture->recording.events, events_before);
        if (capture->recording.events == events_before) continue;
        events_before = capture->recording.events;
        const std::vector<Event> events = all_events(capture->recording);
        ASSERT_EQ(events.size(), events_before) << size;
        for (size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(same(events[i], scene.events[i])) << size << " " << i;
    }
    EXPECT_EQ(events_before, scene.events.size());
}

// What no state lists yet, for the recorder ended before it wrote one: a program that lives, one that was destroyed.
TEST(CaptureFile, WithoutAnEndKnowsProgramsByTheirEvents) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), relu = maker.text("relu");
    const uint64_t lives = maker.compile(relu), goes = maker.compile(relu);
    const RecordingMaker::What binary{.op = relu, .allocation_class = AllocationClass::kProgram, .holder = lives};
    maker.alloc(chip, Pool::kDram, 2048, binary);
    RecordingMaker::What other = binary;
    other.holder = goes;
    maker.alloc(chip, Pool::kDram, 2048, other);
    maker.add(EventKind::kProgramDestroyed).subject = goes;
    Recording recording = maker.finish();
    recording.end.programs.clear();
    capture::add_holders_of_events(recording);
    ASSERT_EQ(recording.end.programs.size(), 1u);
    EXPECT_EQ(recording.end.programs[0].handle, lives);
    EXPECT_EQ(recording.end.programs[0].op, relu);
    const std::vector<Allocation> live = capture::live_after(recording);
    ASSERT_EQ(live.size(), 2u);
    EXPECT_EQ(live[0].program, 1u);
    EXPECT_FALSE(live[0].holder_ended);
    EXPECT_EQ(live[1].program, 0u);
    EXPECT_TRUE(live[1].holder_ended);
}

// A flipped bit is always found: in its block, which ends what is read.
TEST(CaptureFile, WithAFlippedBitSaysSoAndTellsNothingThatWasNotWritten) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    for (size_t bit = 3; bit < whole.size() * 8; bit += 61) {
        std::string flipped = whole;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
        scene.put(flipped);
        const Result<Capture> capture = open_capture(scene.path);
        if (bit / 8 < sizeof(capture::FileHead)) {
            EXPECT_FALSE(capture) << bit;
            continue;
        }
        ASSERT_TRUE(capture) << bit;
        EXPECT_NE(capture->facts.trouble, "") << bit;
        EXPECT_FALSE(capture->recording.end.coverage.complete) << bit;
        EXPECT_LE(capture->facts.readable_bytes, bit / 8) << bit;
        const std::vector<Event> events = all_events(capture->recording);
        ASSERT_EQ(events.size(), capture->recording.events) << bit;
        for (size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(same(events[i], scene.events[i])) << bit << " " << i;
    }
}

// Whoever records writes blocks after those that are there, and another may shorten the file.
TEST(CaptureFile, ThatChangesWhileItIsReadIsWhatItWasWhenOpenedOrSaysThatItIsDamaged) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    const Result<Capture> capture = open_capture(scene.path);
    ASSERT_TRUE(capture);
    scene.put(whole + whole);
    EXPECT_EQ(all_events(capture->recording).size(), scene.events.size());
    EXPECT_FALSE(capture->recording.source->failed());
    scene.put(whole.substr(0, whole.size() / 2));
    capture->recording.source->rewind();
    EXPECT_LT(all_events(capture->recording).size(), scene.events.size());
    EXPECT_TRUE(capture->recording.source->failed());
    scene.put(whole);
    EXPECT_EQ(all_events(capture->recording).size(), 0u) << "an answer of two passes is not of two different files";
    EXPECT_TRUE(capture->recording.source->failed()) << "and says that it lacks something";
}

TEST(CaptureFile, EndsWithAWholeBlockWhenTheDiskIsFull) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old = std::signal(SIGXFSZ, SIG_IGN);
    for (uint64_t limit = 40; limit < whole.size(); limit += 997) {
        std::filesystem::remove(scene.path);
        rlimit small = before;
        small.rlim_cur = limit;
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
        const Result<void> written = scene.write();
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
        ASSERT_FALSE(written) << limit;
        EXPECT_NE(written.error().what.find(scene.path), std::string::npos);
        const Result<Capture> capture = open_capture(scene.path);
        ASSERT_TRUE(capture) << limit;
        EXPECT_FALSE(capture->facts.finished);
        EXPECT_EQ(capture->facts.trouble, "") << "no half block is left";
        const std::vector<Event> events = all_events(capture->recording);
        for (size_t i = 0; i < events.size(); ++i) ASSERT_TRUE(same(events[i], scene.events[i]));
    }
    std::signal(SIGXFSZ, old);
}

TEST(CaptureFile, ThatClaimsMoreThanItHasCostsNoMemory) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    for (const uint32_t claim : {0u, 1u, 65'536u, 65'537u, UINT32_MAX}) {
        for (const size_t field :
             {offsetof(BlockHead, stored_bytes), offsetof(BlockHead, raw_bytes), offsetof(BlockHead, items)}) {
            std::string changed = whole.substr(0, sizeof(capture::FileHead));
            BlockHead head{};
            std::memcpy(&head, whole.data() + changed.size(), sizeof head);
            const std::string payload = whole.substr(changed.size() + sizeof head, head.stored_bytes);
            std::memcpy(reinterpret_cast<char*>(&head) + field, &claim, sizeof claim);
            if (head.stored_bytes == payload.size()) {
                head.check = capture::check_of(head, reinterpret_cast<const uint8_t*>(payload.data()));
            }
            changed.append(reinterpret_cast<const char*>(&head), sizeof head);
            scene.put(changed + payload);
            const Result<Capture> capture = open_capture(scene.path);
            ASSERT_TRUE(capture);
            EXPECT_FALSE(capture->recording.end.coverage.complete);
        }
    }
}

// Blocks whose checks are right and whose content is not: whatever is read, nothing breaks.
TEST(CaptureFile, WithMadeUpBlocksIsReadAsFarAsTheyMakeSense) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    std::mt19937_64 random(5);
    for (int round = 0; round < 500; ++round) {
        std::string made = whole.substr(0, sizeof(capture::FileHead));
        for (size_t at = made.size(); at < whole.size();) {
            BlockHead head{};
            std::memcpy(&head, whole.data() + at, sizeof head);
            Bytes stored(whole.begin() + static_cast<ptrdiff_t>(at + sizeof head),
                         whole.begin() + static_cast<ptrdiff_t>(at + sizeof head + head.stored_bytes));
            at += sizeof head + head.stored_bytes;
            Bytes raw;
            ASSERT_TRUE(capture::unpack(head, stored, raw));
            for (uint64_t changes = random() % 3; changes > 0 && !raw.empty(); --changes) {
                raw[random() % raw.size()] = static_cast<uint8_t>(random());
            }
            const Bytes block = capture::pack_block(head, raw);
            made.append(block.begin(), block.end());
        }
        scene.put(made);
        const Result<Capture> capture = open_capture(scene.path);
        ASSERT_TRUE(capture);
        for (const Event& event : all_events(capture->recording)) {
            ASSERT_LT(event.process, capture->recording.end.processes.size());
            ASSERT_LT(event.op, capture->recording.end.texts.size());
        }
    }
}

// Processes were looked at last when the disk was full, their memory when the recording began.
TEST(CaptureFile, WithoutAnEndCallsNoIterationOverWhoseEndItDoesNotHave) {
    Recording recording;
    recording.end.processes.resize(1);
    recording.end.processes[0].iterations_begun = recording.end.processes[0].iterations_ended = 50;
    for (const uint32_t iteration : {0u, 7u, 8u}) {
        Allocation live;
        live.iteration = iteration;
        recording.end.allocations.push_back(live);
    }
    Event ended;
    ended.kind = EventKind::kIterationEnded;
    ended.subject = 8;
    recording.source = std::make_shared<EventsInMemory>(std::vector<Event>{ended});
    capture::stand_at_last_event(recording);
    EXPECT_EQ(recording.end.processes[0].open_iterations, std::vector<uint32_t>{7});
}

Event event_of(EventKind kind, uint64_t subject, WallTime at, uint64_t bytes = 0) {
    Event event;
    event.kind = kind, event.subject = subject, event.at = at, event.order = static_cast<uint64_t>(at);
    event.requested_bytes = event.bytes_per_bank = bytes, event.banks = event.data_banks = 1;
    return event;
}

// A process on one chip; its last state is of time 2, and everything after it is told by events alone.
class KilledRecorder {
public:
    KilledRecorder() {
        Snapshot& end = recording.end;
        end.generated_at = 2;
        Process& process = end.processes.emplace_back();
        process.iterations_begun = 1;
        process.chips.push_back(WrittenCapture::chip());
        process.chips[0].pool(Pool::kDram).requested_bytes = process.chips[0].pool(Pool::kDram).reserved_bytes = 100;
        process.chips[0].pool(Pool::kDram).peak_reserved =
            process.chips[0].pool(Pool::kDram).peak_requested = {150, 150};
        end.places.emplace_back().chips = {process.chips[0].chip.id};
        happened(event_of(EventKind::kIterationBegun, 1, 1));
        happened(event_of(EventKind::kAllocated, 1, 1, 100));
    }
    void happened(const Event& event) { events_.push_back(event); }
    const Process& told() {
        recording.source = std::make_shared<EventsInMemory>(events_);
        recording.end.allocations = capture::live_after(recording);
        capture::stand_at_last_event(recording);
        capture::figure_at_last_event(recording);
        return recording.end.processes[0];
    }
    Recording recording;

private:
    std::vector<Event> events_;
};

TEST(CaptureFile, WithoutAnEndHasTheFiguresThatItsLastEventLeaves) {
    KilledRecorder scene;
    scene.happened(event_of(EventKind::kIterationEnded, 1, 3));
    scene.happened(event_of(EventKind::kIterationBegun, 2, 4));
    scene.happened(event_of(EventKind::kAllocated, 2, 5, 1000));
    scene.happened(event_of(EventKind::kAllocated, 3, 6, 10));
    scene.happened(event_of(EventKind::kFreed, 2, 7, 1000));
    const Process& process = scene.told();
    const PoolUse& dram = process.chips.at(0).pool(Pool::kDram);
    EXPECT_EQ(dram.requested_bytes, 110u);
    EXPECT_EQ(dram.reserved_bytes, 110u);
    EXPECT_EQ(dram.allocations, 2u);
    EXPECT_EQ(dram.peak_reserved, (Interval{1110, 1110}));
    EXPECT_EQ(process.iterations_begun, 2u);
    EXPECT_EQ(process.iterations_ended, 1u) << "or nothing could be called leaked";
    EXPECT_FALSE(capture::has_later_circular_buffers(scene.recording));
}

TEST(CaptureFile, WithoutAnEndKnowsPeaksOfBeforeAndNoneOfAGap) {
    KilledRecorder scene;
    EXPECT_EQ(scene.told().chips.at(0).pool(Pool::kDram).peak_reserved, (Interval{150, 150}));
    scene.recording.gaps.push_back({ProcessIndex{0}, 1, 2, 7, "before the state, which knows"});
    EXPECT_EQ(scene.told().chips.at(0).pool(Pool::kDram).peak_reserved, (Interval{150, 150}));
    scene.recording.gaps.push_back({ProcessIndex{0}, 2, 3, 7, "its rings were overwritten"});
    EXPECT_EQ(scene.told().chips.at(0).pool(Pool::kDram).peak_reserved, std::nullopt);
}

TEST(CaptureFile, WithoutAnEndHasChipsThatWereOpenedLaterAndNothingAtClosedPlaces) {
    KilledRecorder scene;
    scene.recording.end.places.push_back(scene.recording.end.places[0]);
    scene.recording.end.places[1].chips = {ChipId{0x77}};
    Event later = event_of(EventKind::kAllocated, 9, 3, 500);
    later.place = 1;
    scene.happened(later);
    scene.happened(event_of(EventKind::kPlaceClosed, 0, 4));
    scene.happened(event_of(EventKind::kProcessEnded, 0, 5));
    const Process& process = scene.told();
    EXPECT_EQ(process.chips.at(0).pool(Pool::kDram).reserved_bytes, 0u);
    EXPECT_EQ(process.chips.at(1).chip.id, ChipId{0x77});
    EXPECT_EQ(process.chips.at(1).pool(Pool::kDram).peak_reserved, (Interval{500, 500}));
    EXPECT_EQ(process.state, ProcessState::kExited);
    EXPECT_EQ(process.held_allocations, 1u);
    EXPECT_EQ(process.held_bytes, 500u);
}

TEST(CaptureFile, WithoutAnEndSaysWhetherCircularBuffersAreOlder) {
    KilledRecorder scene;
    scene.happened(event_of(EventKind::kDispatched, 5, 2));
    scene.told();
    EXPECT_FALSE(capture::has_later_circular_buffers(scene.recording));
    scene.happened(event_of(EventKind::kDispatched, 5, 3));
    scene.told();
    EXPECT_TRUE(capture::has_later_circular_buffers(scene.recording));
}

}  // namespace
}  // namespace ttmem
