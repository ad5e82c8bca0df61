#include "src/views/text/headroom.h"

#include <gtest/gtest.h>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kMiB = 1024 * 1024;

// A chip with 12 banks of 64 MiB: weights take 20 MiB of each, an activation 10 above them, for a while.
RecordingMaker model_on_a_chip() {
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
    maker.free(alloc_at(20 * kMiB, 10 * kMiB));
    return maker;
}

std::string headroom_text_of(RecordingMaker maker) {
    const Recording recording = maker.finish();
    return headroom_text({recording, headroom_of(recording)}, {});
}

TEST(HeadroomText, BeginsWithWhatMayBeTakenAndShowsTheArithmetic) {
    EXPECT_EQ(
        headroom_text_of(model_on_a_chip()),
        R"(dram of chip 0 may take 408 MiB more for good, 408 MiB of it in one piece: the peak was 360 MiB of 768 MiB.

CHIPS  POOL  CAPACITY     PEAK  HEADROOM  IN ONE PIECE  FREE NOW  LARGEST NOW
0      dram   768 MiB  360 MiB   408 MiB       408 MiB   528 MiB      528 MiB

dram of chip 0, in bytes           PER BANK  BANKS     PER CHIP
  capacity                       67,108,864   x 12  805,306,368
- kept at the peak                                  251,658,240
- taken for a while at the peak                     125,829,120
= headroom                                          427,819,008
  in one piece: never touched    35,651,584   x 12  427,819,008
KV cache: up to 408 MiB in all, 408 MiB in one tensor, in pages that lie in turn in 12 banks.
Trace region: up to 408 MiB more, 34.0 MiB of each bank.
Batch: what dram takes for a while may grow from 120 MiB to 528 MiB, 4.4 times.

Recorded: 4 s, 3 events of 1 process.
)");
}

TEST(HeadroomText, SaysWhatBoundsThePieceWhereAllocatorsOverlap) {
    RecordingMaker maker = model_on_a_chip();
    const uint32_t part = maker.place({0xa0}, 0, maker.registration(0));
    maker.alloc(part, Pool::kDram, 15 * kMiB, {});
    maker.events.back().banks = 12;
    const std::string text = headroom_text_of(maker);
    EXPECT_NE(text.find("Blocks of several allocators lay at the same addresses"), std::string::npos) << text;
    EXPECT_NE(text.find("may take 348 MiB more for good, 348 MiB of it in one piece"), std::string::npos) << text;
}

TEST(HeadroomText, ShowsAPieceThatIsOnlyBoundedAsABound) {
    RecordingMaker maker = model_on_a_chip();
    maker.alloc(0, Pool::kDram, kMiB, {});
    const std::string text = headroom_text_of(maker);
    EXPECT_NE(text.find("<= 408 MiB of it in one piece"), std::string::npos) << text;
    EXPECT_NE(text.find("Some blocks are in a part of the banks"), std::string::npos) << text;
}

TEST(HeadroomText, SaysThatNothingIsTracked) {
    const Recording nothing;
    EXPECT_TRUE(headroom_text({nothing, {}}, {}).starts_with("Nothing is tracked: "));
}

}  // namespace
}  // namespace ttmem
