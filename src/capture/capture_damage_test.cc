// Captures that were cut, damaged, made up, or found no room.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <random>

#include "src/capture/blocks.h"
#include "src/capture/capture_reader.h"
#include "src/capture/live_set.h"
#include "tests/support/recording_maker.h"
#include "tests/support/written_capture.h"

namespace ttmem {
namespace {

using capture::BlockHead;

TEST(CaptureFile, ThatWasCutAnywhereIsReadToItsLastWholeBlockAndSaysSo) {
    WrittenCapture scene;
    ASSERT_TRUE(scene.write());
    const std::string whole = scene.bytes();
    uint64_t events_before = 0;
    for (size_t size = 0; size < whole.size(); ++size) {
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

}  // namespace
}  // namespace ttmem
