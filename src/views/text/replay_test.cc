#include "src/views/text/replay.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kReplayKiB = 1024;

// DRAM of a chip with 2 banks of 64 KiB: weights, a small block above them, then the weights go.
class ReplaySample {
public:
    RecordingMaker maker;
    uint32_t chip = maker.place({0xa0});
    uint32_t load = maker.text("load"), step = maker.text("step"), tag = maker.text("semaphore");

    ReplaySample() {
        ChipUse& use = maker.use(0, 0xa0);
        use.chip.logical_id = 0;
        use.chip.pools[static_cast<size_t>(Pool::kDram)] = {2, 64 * kReplayKiB};
        use.chip.pools[static_cast<size_t>(Pool::kTrace)] = {2, 0};
        const uint64_t weights = at(0, 32 * kReplayKiB, load);
        at(32 * kReplayKiB, kReplayKiB, step, tag);
        maker.free(weights);
    }
    uint64_t at(uint64_t address, uint64_t bytes, uint32_t op, uint32_t with_tag = 0) {
        const uint64_t handle =
            maker.alloc(chip, Pool::kDram, bytes, {.op = op, .tag = with_tag, .requested = 2 * bytes});
        Event& event = maker.events.back();
        event.address = address;
        event.banks = event.data_banks = 2;
        maker.live.at(handle) = event;
        return handle;
    }
    void failed(uint64_t bytes) {
        Failure failure;
        failure.kind = FailureKind::kOutOfMemory;
        failure.op = load;
        failure.bytes_per_bank = bytes;
        maker.recording.end.processes[0].failures = {failure};
        Event& event = maker.add(EventKind::kFailed);
        event.subject = 0;
        event.place = chip;
    }
    std::string text(const WhatIfSettings& settings = {}, const std::string& asked = "") {
        const Recording recording = maker.finish();
        return replay_text({recording, what_if_of(recording, settings), asked}, {});
    }
};

TEST(ReplayText, SaysThatAllOfItFitsAndThatTheModelIsTheRecord) {
    EXPECT_EQ(ReplaySample().text(), R"(It all fits.

CHIPS  PLACE   POOL  PER BANK      PEAK  FREE THEN   LARGEST  FAILED  BEST FIT: LARGEST  BEST FIT: FAILED  SAME PLACE
0      chip 0  dram  64.0 KiB  33.0 KiB   31.0 KiB  31.0 KiB       0           31.0 KiB                 0      2 of 2

Best fit would do as well.
Replayed with the settings of the record, 2 of 2 allocations get the addresses that they have in it: the answer is exact.

Recorded: 4 s, 3 events of 1 process.
)");
}

TEST(ReplayText, ExplainsAFailureByWhatSplitsTheSpace) {
    ReplaySample sample;
    sample.failed(48 * kReplayKiB);
    const std::string text = sample.text();
    EXPECT_TRUE(text.starts_with("It does not fit: 1 allocation fails.\n")) << text;
    EXPECT_NE(
        text.find(
            "- Failed then, and here, at +4 s: `load` asks dram of chip 0 for 48.0 KiB of each bank; "
            "63.0 KiB of 64.0 KiB are free, the largest free block is 32.0 KiB. Moved together, it would fit. "
            "`step` (semaphore) splits the space most: 1.00 KiB at 32,768 (0x8000), since +2 s; without it 64.0 KiB "
            "would be in one piece.\n"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("Best fit would do no better: 1 allocation fails."), std::string::npos) << text;
}

TEST(ReplayText, SaysOfARunThatFailedThatItFitsAsFarAsItGoes) {
    ReplaySample sample;
    sample.maker.recording.end.processes[0].failed_allocations = 1;
    const std::string text = sample.text();
    EXPECT_TRUE(
        text.starts_with("All that was recorded fits, also what had failed; what would have come after the "
                         "failure is not known (`ttmem fit` runs it).\n"))
        << text;
    EXPECT_NE(text.find("it is exact as far as it goes."), std::string::npos) << text;
}

TEST(ReplayText, NamesWhatIsOtherwise) {
    const std::string text = ReplaySample().text(
        {.sizes = {.l1_small_bytes = {}, .trace_region_bytes = 2 * 40 * kReplayKiB}}, "trace_region=80K");
    EXPECT_TRUE(text.starts_with("With trace_region=80K it does not fit: 1 allocation fails.\n")) << text;
    EXPECT_NE(text.find("Moved together, it would not fit either."), std::string::npos) << text;
}

TEST(ReplayText, SaysThatItIsABoundWhereTheModelDoesNotFollow) {
    ReplaySample sample;
    sample.at(40 * kReplayKiB, kReplayKiB, sample.load);
    const std::string text = sample.text();
    EXPECT_TRUE(
        text.starts_with("Whether it fits cannot be told: it does in the model, but the model does not follow the "
                         "record.\n"))
        << text;
    EXPECT_NE(text.find("2 of 3 allocations get the addresses that they have in it. The answer is a bound."),
              std::string::npos)
        << text;
}

TEST(ReplayText, SaysThatThereIsNothingToReplay) {
    const Recording nothing;
    EXPECT_TRUE(replay_text({nothing, {}, ""}, {}).starts_with("Nothing is tracked: "));
    RecordingMaker maker;
    maker.place({0xa0});
    const Recording idle = maker.finish();
    EXPECT_TRUE(replay_text({idle, what_if_of(idle, {}), ""}, {}).starts_with("Nothing was allocated on a device: "));
}

}  // namespace
}  // namespace ttmem
