#include "src/views/text/headroom.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

// A chip with 12 banks of 64 MiB: weights take 20 MiB of each, an activation 10 above them, for a while.
RecordingMaker model_on_a_chip(bool iterates = false) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({0xa0});
    ChipUse& use = maker.use(0, 0xa0);
    use.chip.logical_id = 0;
    use.chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 64 * kMiB};
    use.pool(Pool::kDram).capacity_bytes = 12 * 64 * kMiB;
    const auto alloc_at = [&](uint64_t address, uint64_t bytes) {
        const uint64_t handle = maker.alloc(chip, Pool::kDram, bytes, {.requested = 12 * bytes});
        Event& event = maker.events.back();
        event.address = address;
        event.banks = event.data_banks = 12;
        maker.live.at(handle) = event;
        return handle;
    };
    alloc_at(0, 20 * kMiB);
    if (iterates) maker.begin_iteration();
    maker.free(alloc_at(20 * kMiB, 10 * kMiB));
    if (iterates) maker.end_iteration();
    maker.recording.end.processes[0].iterations_ended = iterates ? 1 : 0;
    return maker;
}

std::string headroom_text_of(RecordingMaker maker) {
    const Recording recording = maker.finish();
    return headroom_text({recording, headroom_of(recording)}, {});
}

// In one line, with what each iteration takes and how long the room lasts.
TEST(HeadroomText, SaysWhatALeakTakesWithEachIteration) {
    const Recording recording = model_on_a_chip(true).finish();
    HeadroomValues values{recording, headroom_of(recording)};
    EXPECT_EQ(headroom_text(values, {}).find("Growth"), std::string::npos);
    const auto says = [&](std::string_view words) {
        const std::string text = headroom_text(values, {});
        EXPECT_NE(text.find(words), std::string::npos) << text;
    };
    PoolHeadroom::Leak leak{0, 0, 1, 12 * kMiB, {}, {}};
    values.headroom.pools.at(0).leaks = {leak};
    says("\nGrowth: each iteration keeps 12.0 MiB more of dram; `ttmem growth` has the details.\n");
    says("in one piece, but each iteration takes more of it (the last one 12.0 MiB): the peak was");
    leak.rise = IterationRise{360 * kMiB, 20 * kMiB, true, false};
    leak.iterations_left = 20;
    values.headroom.pools.at(0).leaks = {leak};
    says(
        "\nGrowth: each iteration keeps 12.0 MiB more of dram. The last one peaked 20.0 MiB above the one before: at "
        "that rate, there is room for 20 more; `ttmem growth` has the details.\n");
    leak.rise = IterationRise{360 * kMiB, 20 * kMiB, false, true};
    leak.iterations_left.reset();
    values.headroom.pools.at(0).leaks = {leak};
    says(
        "\nGrowth: each iteration keeps 12.0 MiB more of dram on average. The last one peaked 20.0 MiB above the one "
        "before, and each takes more than the one before, so how many more fit is not known; ");
}

TEST(HeadroomText, BeginsWithWhatMayBeTakenAndShowsTheArithmetic) {
    EXPECT_EQ(headroom_text_of(model_on_a_chip()),
              R"(dram of chip 0 can take 408 MiB more, in one piece: the peak was 360 MiB of 768 MiB.

CHIPS  POOL  CAPACITY     PEAK  HEADROOM  IN ONE PIECE  FREE NOW  LARGEST NOW
0      dram   768 MiB  360 MiB   408 MiB       408 MiB   528 MiB      528 MiB

dram of chip 0, in bytes           PER BANK  BANKS     PER CHIP
  capacity                       67,108,864   x 12  805,306,368
- kept at the peak                                  251,658,240
- taken for a while at the peak                     125,829,120
= headroom                                          427,819,008
  in one piece: never touched    35,651,584   x 12  427,819,008
KV cache: up to 408 MiB in one tensor, interleaved over 12 banks.
Trace region: up to 408 MiB more, 34.0 MiB of each bank.
Batch: not known, because no iterations were marked (`ttmem run --iterations-by OPNAME`); `ttmem fit --search` tries it.

Recorded: 4 s, 3 events of 1 process.
)");
}

// A factor out of whatever was freed later was far too large.
TEST(HeadroomText, TellsByHowMuchABatchMayGrowWhereIterationsTellWhatItTakes) {
    const std::string text = headroom_text_of(model_on_a_chip(true));
    EXPECT_NE(
        text.find("Batch: at most 4.4 times as large, if nothing else in dram grows with it than the 120 MiB that "
                  "iterations had at the peak; `ttmem fit --search` tries it.\n"),
        std::string::npos)
        << text;
}

// It made the factor larger: what is leaked was no part of what grows.
TEST(HeadroomText, ScalesWhatIterationsLeakWithTheBatch) {
    const Recording recording = model_on_a_chip(true).finish();
    Headroom headroom = headroom_of(recording);
    PoolHeadroom::Batch& batch = headroom.pools.at(0).batch.value();
    batch.bytes += 84 * kMiB, batch.kept = 84 * kMiB;
    const std::string text = headroom_text({recording, headroom}, {});
    EXPECT_NE(
        text.find("Batch: at most 3.0 times as large, if nothing else in dram grows with it than the 204 MiB that "
                  "iterations had at the peak (84.0 MiB of that leaked or kept to the end); "),
        std::string::npos)
        << text;
}

TEST(HeadroomText, ScalesNothingThatWasMadeOutsideOfIterations) {
    const Recording recording = model_on_a_chip(true).finish();
    Headroom headroom = headroom_of(recording);
    headroom.pools.at(0).transient.reserved_bytes += kMiB;
    const std::string text = headroom_text({recording, headroom}, {});
    EXPECT_NE(text.find("if nothing else in dram grows with it than the 120 MiB"), std::string::npos) << text;
}

TEST(HeadroomText, SaysWhyNothingTellsByHowMuchABatchMayGrow) {
    const Recording recording = model_on_a_chip(true).finish();
    Headroom headroom = headroom_of(recording);
    const auto says = [&](const char* why) {
        return headroom_text({recording, headroom}, {}).find(why) != std::string::npos;
    };
    headroom.pools.at(0).batch->bytes = 10;
    EXPECT_TRUE(says("Batch: not known, because iterations had next to nothing of dram at the peak (10 B); "));
    headroom.pools.at(0).transient = {}, headroom.pools.at(0).batch->bytes = 0;
    EXPECT_TRUE(says("Batch: not known, because nothing that lived at the peak was freed later; "));
    headroom.pools.at(0).peak.high = headroom.pools.at(0).peak.low + 1;
    EXPECT_TRUE(says("Batch: not known, because the peak is not known exactly; "));
}

TEST(HeadroomText, BeginsWithWhatFailed) {
    RecordingMaker maker = model_on_a_chip();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.place = PlaceIndex{0};
    failure.op = maker.text("zeros");
    failure.requested_bytes = 600 * kMiB;
    maker.recording.end.processes[0].failures = {failure};
    const std::string text = headroom_text_of(maker);
    EXPECT_TRUE(text.starts_with("An allocation of 600 MiB by `zeros` failed. dram of chip 0 can take 408 MiB more"))
        << text;
}

// What may be taken is of no use to a program whose circular buffers had no room.
TEST(HeadroomText, OfCircularBuffersThatDidNotFitSaysSoFirst) {
    RecordingMaker maker = model_on_a_chip();
    ChipUse& use = maker.use(0, 0xa0);
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {64, kMiB};
    use.pool(Pool::kL1).capacity_bytes = 64 * kMiB;
    maker.alloc(0, Pool::kL1, 32 * kMiB);
    Failure failure;
    failure.kind = FailureKind::kCbClash;
    failure.place = PlaceIndex{0};
    failure.op = maker.text("softmax");
    failure.bytes_per_bank = 5000;  // where they were to end
    failure.bank_bytes = 4000;      // where L1 buffers began
    use.chip.l1_base = 1000;
    maker.recording.end.processes[0].failures = {failure};
    const std::string text = headroom_text_of(maker);
    EXPECT_TRUE(text.starts_with(
        "Circular buffers of `softmax` did not fit. Without that program, l1 of chip 0 can take 32.0 MiB more"))
        << text;
    // On how many cores it was to run is not known, so nothing is told of the chip.
    EXPECT_NE(text.find("\n  circular buffers of `softmax`, each core      4,000\n"
                        "  of which L1 buffers had                       1,000\n"),
              std::string::npos)
        << text;
}

TEST(HeadroomText, SaysWhatBoundsThePieceWhereAllocatorsOverlap) {
    RecordingMaker maker = model_on_a_chip();
    const uint32_t part = maker.place({0xa0}, 0, maker.registration(0));
    maker.alloc(part, Pool::kDram, 15 * kMiB, {});
    maker.events.back().banks = 12;
    const std::string text = headroom_text_of(maker);
    EXPECT_NE(text.find("Blocks of several allocators lay at the same addresses"), std::string::npos) << text;
    EXPECT_NE(text.find("can take 348 MiB more, in one piece"), std::string::npos) << text;
}

TEST(HeadroomText, ShowsAPieceThatIsOnlyBoundedAsABound) {
    RecordingMaker maker = model_on_a_chip();
    maker.alloc(0, Pool::kDram, kMiB, {});
    const std::string text = headroom_text_of(maker);
    EXPECT_NE(text.find("<= 408 MiB of it in one piece"), std::string::npos) << text;
    EXPECT_NE(text.find("A sub-device has an allocator of its own"), std::string::npos) << text;
}

// L1 without any buffer: what is left beside a program that has gone.
TEST(HeadroomText, ShowsTheArithmeticWhereOnlyCircularBuffersUsedL1) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({0xa0});
    ChipUse& use = maker.use(0, 0xa0);
    use.chip.logical_id = 0;
    use.chip.l1_base = 4096;
    use.chip.pools[static_cast<size_t>(Pool::kL1)] = {64, kMiB};
    use.pool(Pool::kL1).capacity_bytes = 64 * kMiB;
    CircularBuffer buffer;
    buffer.address = 4096;
    buffer.bytes = kMiB / 4;
    const uint32_t linear = maker.text("linear");
    maker.change_plan(7, chip, maker.plan({buffer}));
    maker.events.back().op = linear;
    maker.dispatch(7, chip);
    maker.add(EventKind::kProgramDestroyed).subject = 7;
    maker.close(chip);
    EXPECT_EQ(
        headroom_text_of(maker),
        R"(l1 of chip 0 can take 48.0 MiB more, in one piece: the peak was 0 B of 64.0 MiB, and `linear` has 16.0 MiB of circular buffers.

CHIPS  POOL  CAPACITY  PEAK  HEADROOM  IN ONE PIECE
0      l1    64.0 MiB   0 B  48.0 MiB      48.0 MiB

l1 of chip 0, in bytes            PER BANK  BANKS    PER CHIP
  capacity                       1,048,576   x 64  67,108,864
- kept at the peak                                          0
- taken for a while at the peak                             0
- circular buffers of `linear`     262,144   x 64  16,777,216
= headroom                                         50,331,648
  in one piece: never touched      786,432   x 64  50,331,648
Circular buffers: room for 768 KiB more of each core; those of `linear` end at 266,240, and no L1 buffer ever lay below 1,052,672.

Recorded: 5 s, 4 events of 1 process.
)");
}

TEST(HeadroomText, SaysThatNothingIsTracked) {
    const Recording nothing;
    EXPECT_TRUE(headroom_text({nothing, {}}, {}).starts_with("Nothing is tracked: "));
}

}  // namespace
}  // namespace ttmem
