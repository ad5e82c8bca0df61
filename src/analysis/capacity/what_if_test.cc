#include "src/analysis/capacity/what_if.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

// A chip whose banks can be followed in the head: of L1 2 cores with 1,000 B from address 100 on and 200 B of L1_SMALL
// above, of DRAM 2 banks with 10,000 B, and 400 B of trace region above.
class Chip {
public:
    RecordingMaker maker;
    uint32_t place = maker.place({0xa0});
    uint32_t weights = maker.text("weights"), matmul = maker.text("matmul"), small = maker.text("semaphore");

    Chip() {
        ChipUse& use = maker.use(0, 0xa0);
        use.chip.l1_base = 100;
        pool(use, Pool::kL1, 1'000);
        pool(use, Pool::kL1Small, 200);
        pool(use, Pool::kDram, 10'000);
        pool(use, Pool::kTrace, 400);
    }
    static void pool(ChipUse& use, Pool pool, uint64_t bytes) {
        use.chip.pools[static_cast<size_t>(pool)] = {2, bytes};
        use.pool(pool).capacity_bytes = 2 * bytes;
    }
    uint64_t at(uint64_t address, Pool pool, uint64_t bytes, uint32_t op = 0,
                AllocationClass allocation_class = AllocationClass::kTensor) {
        const uint64_t handle =
            maker.alloc(place, pool, bytes, {.op = op, .requested = 2 * bytes, .allocation_class = allocation_class});
        Event& event = maker.events.back();
        event.address = address;
        event.banks = event.data_banks = 2;
        maker.live.at(handle) = event;
        return handle;
    }
    // An allocation that found no room when it was recorded.
    void failed(Pool pool, uint64_t bytes) {
        Failure failure;
        failure.kind = FailureKind::kOutOfMemory;
        failure.pool = pool;
        failure.op = matmul;
        failure.bytes_per_bank = bytes;
        failure.requested_bytes = 2 * bytes;
        failed(failure);
    }
    // A program whose circular buffers were to end there.
    void clashed(uint64_t end) {
        Failure failure;
        failure.kind = FailureKind::kCbClash;
        failure.pool = Pool::kL1;
        failure.op = matmul;
        failure.bytes_per_bank = end;
        failed(failure);
    }
    void failed(const Failure& failure) {
        maker.recording.end.processes[0].failures.push_back(failure);
        Event& event = maker.add(EventKind::kFailed);
        event.subject = maker.recording.end.processes[0].failures.size() - 1;
        event.place = place;
        event.op = matmul;
    }
    WhatIf what_if(const WhatIfSettings& settings = {}) {
        recording_ = maker.finish();
        return what_if_of(recording_, settings);
    }

private:
    Recording recording_;
};

const ReplayedArena& arena_of(const WhatIf& answer, Pool pool) {
    const auto found = std::ranges::find(answer.arenas, pool, &ReplayedArena::pool);
    if (found == answer.arenas.end()) throw std::out_of_range("pool");
    return *found;
}
const ArenaOutcome& first_fit(const ReplayedArena& arena) { return arena.outcomes[0]; }
const ArenaOutcome& best_fit(const ReplayedArena& arena) { return arena.outcomes[1]; }

// L1 with 1,000 B: 600 at the top, a semaphore below, then the large one goes and 500 come that fit in its place.
Chip with_a_floor_holder() {
    Chip chip;
    const uint64_t large = chip.at(500, Pool::kL1, 600, chip.matmul);
    chip.at(492, Pool::kL1, 8, chip.small);
    chip.maker.free(large);
    chip.at(600, Pool::kL1, 500, chip.matmul);
    return chip;
}

TEST(WhatIf, IsTheRecordWhereNothingIsChanged) {
    const WhatIf answer = with_a_floor_holder().what_if();
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kFits);
    EXPECT_TRUE(answer.exact());
    const ReplayedArena& l1 = arena_of(answer, Pool::kL1);
    EXPECT_EQ(l1.allocations, 3u);
    EXPECT_EQ(l1.reproduced, 3u);
    EXPECT_EQ(first_fit(l1).peak.used, 608u);
    EXPECT_EQ(first_fit(l1).peak.largest_free, 392u);
    EXPECT_EQ(first_fit(l1).failed, 0u);
}

TEST(WhatIf, TakesFromL1WhatL1SmallGets) {
    const WhatIf answer = with_a_floor_holder().what_if({.sizes = {.l1_small_bytes = 600, .trace_region_bytes = {}}});
    const ReplayedArena& l1 = arena_of(answer, Pool::kL1);
    EXPECT_EQ(l1.arena.end, 700u);
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
    // 600 fit exactly no more beside the semaphore, and 500 do.
    ASSERT_EQ(first_fit(l1).failed, 0u + 1u);
    EXPECT_EQ(first_fit(l1).failures[0].asked.op, 0u + with_a_floor_holder().small);
    EXPECT_EQ(first_fit(l1).failures[0].moment.free, 0u);
    EXPECT_FALSE(first_fit(l1).failures[0].fits_compacted());
}

TEST(WhatIf, HasAllOfAPoolFreeAtThePeakWhereNothingFits) {
    Chip chip;
    chip.at(500, Pool::kL1, 600, chip.matmul);
    const WhatIf answer = chip.what_if({.sizes = {.l1_small_bytes = 1'000, .trace_region_bytes = {}}});
    const ArenaOutcome& l1 = first_fit(arena_of(answer, Pool::kL1));
    EXPECT_EQ(l1.failed, 1u);
    EXPECT_EQ(l1.peak.used, 0u);
    EXPECT_EQ(l1.peak.free, 200u);
    EXPECT_EQ(l1.peak.largest_free, 200u);
}

TEST(WhatIf, DividesTheTraceRegionOverTheBanks) {
    Chip chip;
    chip.at(0, Pool::kDram, 9'000, chip.weights);
    EXPECT_EQ(chip.what_if({.sizes = {.l1_small_bytes = {}, .trace_region_bytes = 2 * 1'400}}).verdict(),
              WhatIfVerdict::kFits);
    const WhatIf answer = chip.what_if({.sizes = {.l1_small_bytes = {}, .trace_region_bytes = 2 * 1'408}});
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
    EXPECT_EQ(arena_of(answer, Pool::kDram).arena.bytes(), 10'400u - 1'408u);
}

// Three blocks of which the first and the third go: nothing larger than each fits, though their sum is free.
Chip fragmented() {
    Chip chip;
    const uint64_t below = chip.at(0, Pool::kDram, 4'000, chip.weights);
    chip.at(4'000, Pool::kDram, 16, chip.small);
    const uint64_t above = chip.at(4'016, Pool::kDram, 3'984, chip.weights);
    chip.at(8'000, Pool::kDram, 2'000, chip.weights);
    chip.maker.free(below);
    chip.maker.free(above);
    chip.failed(Pool::kDram, 5'008);
    return chip;
}

TEST(WhatIf, SaysWhatWouldFitIfCompactedAndWhatSplitsTheSpace) {
    const WhatIf answer = fragmented().what_if();
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
    const ReplayedArena& dram = arena_of(answer, Pool::kDram);
    EXPECT_EQ(dram.failed_then, 1u);
    EXPECT_TRUE(dram.exact());
    ASSERT_EQ(first_fit(dram).failures.size(), 1u);
    const ReplayedFailure& failure = first_fit(dram).failures[0];
    EXPECT_TRUE(failure.recorded);
    EXPECT_TRUE(failure.fits_compacted());
    EXPECT_EQ(failure.moment.largest_free, 4'000u);
    ASSERT_TRUE(failure.moment.splitter);
    EXPECT_EQ(failure.moment.splitter->of.block.bytes_per_bank, 16u);
    EXPECT_EQ(failure.moment.splitter->would_be, 8'000u);
}

// A small block is put into the large hole by first fit, into the small one by best fit.
TEST(WhatIf, ComparesFirstFitWithBestFit) {
    Chip chip;
    const uint64_t low = chip.at(0, Pool::kDram, 4'000);
    chip.at(4'000, Pool::kDram, 1'008);
    const uint64_t hole = chip.at(5'008, Pool::kDram, 16);
    chip.at(5'024, Pool::kDram, 4'976);
    chip.maker.free(low);
    chip.maker.free(hole);
    chip.at(0, Pool::kDram, 16, chip.small);
    chip.failed(Pool::kDram, 4'000);
    const WhatIf answer = chip.what_if({.sizes = {}, .policy = FitPolicy::kBestFit});
    EXPECT_EQ(answer.verdict(FitPolicy::kFirstFit), WhatIfVerdict::kDoesNotFit);
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kFits);
    EXPECT_EQ(best_fit(arena_of(answer, Pool::kDram)).failed, 0u);
}

TEST(WhatIf, IsABoundWhereTheModelDoesNotFollowTheRecord) {
    Chip chip;
    chip.at(0, Pool::kDram, 64, chip.weights);
    chip.at(640, Pool::kDram, 64, chip.weights);  // neither end leads there
    const WhatIf answer = chip.what_if();
    EXPECT_EQ(arena_of(answer, Pool::kDram).reproduced, 1u);
    EXPECT_FALSE(answer.exact());
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kUnknown);
}

// A device that was opened again with a smaller bank is described as it was opened last.
TEST(WhatIf, CannotTellWhereTheRecordItselfDoesNotFit) {
    Chip chip;
    chip.at(11'000, Pool::kL1, 64, chip.weights);
    chip.at(10'000, Pool::kL1, 996, chip.weights);
    chip.at(9'000, Pool::kL1, 64, chip.weights);
    EXPECT_EQ(chip.what_if().verdict(), WhatIfVerdict::kUnknown);
}

// Wherever blocks lie, more than there is does not fit.
TEST(WhatIf, KnowsThatMoreThanThereIsDoesNotFitThoughItIsABound) {
    Chip chip;
    chip.at(0, Pool::kDram, 64, chip.weights);
    chip.at(640, Pool::kDram, 64, chip.weights);
    const WhatIf answer = chip.what_if({.sizes = {.l1_small_bytes = {}, .trace_region_bytes = 2 * (10'400 - 64)}});
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
}

// A sub-mesh whose only block was asked for from above does not tell where its DRAM begins; the mesh does.
TEST(WhatIf, KnowsFromOneMeshWhereTheDramOfAnotherBegins) {
    Chip chip;
    chip.at(64, Pool::kDram, 64, chip.weights);
    chip.at(10'064 - 96, Pool::kDram, 96, chip.matmul, AllocationClass::kProgram);
    chip.place = chip.maker.place({0xa0});
    chip.at(10'064 - 128, Pool::kDram, 128, chip.weights);
    const uint64_t second = chip.at(64, Pool::kDram, 128, chip.weights);
    chip.maker.free(second);
    chip.at(64, Pool::kDram, 32, chip.weights);
    const WhatIf answer = chip.what_if();
    EXPECT_TRUE(answer.exact());
    for (const ReplayedArena& arena : answer.arenas) EXPECT_EQ(arena.before.begin, 64u);
}

TEST(WhatIf, FollowsProgramsFromTheOtherEndOfDram) {
    Chip chip;
    chip.at(9'900, Pool::kDram, 100, chip.matmul, AllocationClass::kProgram);
    chip.at(0, Pool::kDram, 100, chip.weights);
    chip.at(9'700, Pool::kDram, 200, chip.weights);  // a tensor that was asked for from above
    const WhatIf answer = chip.what_if({.sizes = {.l1_small_bytes = {}, .trace_region_bytes = 0}});
    const ReplayedArena& dram = arena_of(answer, Pool::kDram);
    EXPECT_EQ(dram.reproduced, 3u);
    EXPECT_EQ(dram.before.begin, 0u);
    EXPECT_EQ(dram.arena.end, 10'400u);
    EXPECT_EQ(first_fit(dram).peak.used, 400u);
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kFits);
}

// The place that a part of a mesh runs programs at has the mesh's memory; a sub-mesh has its own.
TEST(WhatIf, AllocatesOfAPartFromItsMesh) {
    Chip chip;
    const uint32_t part = chip.maker.place({0xa0}, 0, chip.maker.registration(chip.place));
    const uint32_t other = chip.maker.place({0xa0});
    chip.at(0, Pool::kDram, 64);
    chip.place = part;
    chip.at(64, Pool::kDram, 64);
    chip.place = other;
    chip.at(0, Pool::kDram, 64);
    const WhatIf answer = chip.what_if();
    EXPECT_TRUE(answer.exact());
    ASSERT_EQ(answer.arenas.size(), 2u);
    EXPECT_EQ(first_fit(answer.arenas[0]).peak.used, 128u);
}

// A larger L1_SMALL pushes L1 buffers down onto the circular buffers of a program that had room.
TEST(WhatIf, FindsProgramsThatClashWithL1BuffersThen) {
    Chip chip;
    CircularBuffer buffer;
    buffer.address = 100;
    buffer.bytes = 450;
    chip.at(600, Pool::kL1, 500, chip.weights);
    chip.maker.change_plan(7, chip.place, chip.maker.plan({buffer}));
    chip.maker.dispatch(7, chip.place, chip.matmul);
    EXPECT_EQ(chip.what_if().verdict(), WhatIfVerdict::kFits);
    const WhatIf answer = chip.what_if({.sizes = {.l1_small_bytes = 264, .trace_region_bytes = {}}});
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
    ASSERT_EQ(answer.clashes[0].clashes, 1u);
    const ReplayedClash& clash = answer.clashes[0].first[0];
    EXPECT_EQ(clash.reach, 550u);
    EXPECT_EQ(clash.lowest, 536u);
    EXPECT_EQ(clash.op, chip.matmul);
    ASSERT_TRUE(clash.buffer);
    EXPECT_EQ(clash.buffer->block.op, chip.weights);
}

// What `explain` calls a clash is no "it all fits" here, and no doubt.
TEST(WhatIf, TriesProgramsAgainThatWereRefused) {
    Chip chip;
    chip.at(600, Pool::kL1, 500, chip.weights);
    chip.clashed(650);
    const WhatIf answer = chip.what_if();
    EXPECT_TRUE(answer.exact());
    EXPECT_EQ(answer.clashes_then, 0u);
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kDoesNotFit);
    ASSERT_EQ(answer.clashes[0].first.size(), 1u);
    const ReplayedClash& clash = answer.clashes[0].first[0];
    EXPECT_TRUE(clash.recorded);
    EXPECT_EQ(std::pair(clash.reach, clash.lowest), std::pair(uint64_t{650}, uint64_t{600}));
    EXPECT_EQ(clash.op, chip.matmul);
    const WhatIf with_room = chip.what_if({.sizes = {.l1_small_bytes = 0, .trace_region_bytes = {}}});
    EXPECT_EQ(with_room.verdict(), WhatIfVerdict::kFits);
}

// Then something lay there that was not recorded.
// The program would have gone on, and asked for more: that is not recorded.
TEST(WhatIf, OfARunThatFailedDoesNotSayThatItFits) {
    Chip made = with_a_floor_holder();
    EXPECT_EQ(made.what_if().verdict(), WhatIfVerdict::kFits);
    made.maker.recording.end.processes[0].failed_allocations = 1;
    const WhatIf answer = made.what_if();
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kUnknown);
    EXPECT_TRUE(answer.exact()) << "as far as it goes";
}

TEST(WhatIf, IsUnknownWhereTheRecordShowsNoClash) {
    Chip chip;
    chip.at(600, Pool::kL1, 500, chip.weights);
    chip.clashed(550);
    const WhatIf answer = chip.what_if();
    EXPECT_EQ(answer.clashes_then, 1u);
    EXPECT_EQ(answer.verdict(), WhatIfVerdict::kUnknown);
}

TEST(WhatIf, IsUnknownWhereHistoryHasAGap) {
    Chip chip;
    chip.at(0, Pool::kDram, 64);
    chip.maker.recording.gaps.push_back(
        {ProcessIndex{0}, RecordingMaker::kBegan + 1, RecordingMaker::kBegan + 2, 3, ""});
    EXPECT_EQ(chip.what_if().verdict(), WhatIfVerdict::kUnknown);
}

// What the recording began with keeps its distance to the end that it grew from.
TEST(WhatIf, KeepsWhatWasThereBefore) {
    Chip chip;
    chip.at(0, Pool::kDram, 64);
    chip.at(1'000, Pool::kL1, 100);
    Recording recording = chip.maker.finish();
    recording.live_before = recording.end.allocations;
    recording.source = nullptr;
    const WhatIf same = what_if_of(recording, {});
    EXPECT_TRUE(same.exact());
    EXPECT_EQ(same.verdict(), WhatIfVerdict::kFits);
    const WhatIf changed =
        what_if_of(recording, {.sizes = {.l1_small_bytes = 300, .trace_region_bytes = {}}, .policy = {}});
    EXPECT_FALSE(changed.exact());
    EXPECT_EQ(first_fit(arena_of(changed, Pool::kL1)).peak.used, 100u);
    EXPECT_EQ(first_fit(arena_of(changed, Pool::kL1)).failed, 0u);
}

}  // namespace
}  // namespace ttmem
