#include "src/views/text/core_need.h"

#include <gtest/gtest.h>

#include "tests/support/sample_core_need.h"

namespace ttmem {
namespace {

TEST(CoreNeedText, SaysWhatTheTightestDispatchNeeded) {
    EXPECT_EQ(core_need_text(sample_recording(), sample_core_need(), {}),
              "A core's L1 was fullest on chips 0-1 when `matmul` of iteration 2 ran: 932 KiB of 1.36 MiB (66.7%), "
              "400 KiB of circular buffers and 20.0 KiB of dataflow buffers beside 512 KiB of L1 buffers.\n");
}

TEST(CoreNeedText, SaysHowItMayBeOff) {
    CoreNeed need = sample_core_need();
    need.core_bytes.reset();
    need.op = 0, need.iteration = 0;
    need.largest_cbs = 600 * 1024;
    need.unknown_dispatches = 1;
    need.replays = 2;
    need.has_gap = need.banks_differ = true;
    EXPECT_EQ(
        core_need_text(sample_recording(), need, {}),
        "A core's L1 was fullest on chips 0-1 when a program ran: >= 932 KiB, 400 KiB of circular buffers and 20.0 KiB "
        "of dataflow buffers beside 512 KiB of L1 buffers.\n"
        "The most circular buffers of a program on a core were 600 KiB.\n"
        "It may have been more: the plan of 1 dispatch is not known; what 2 replays of traces ran is not counted; "
        "events are missing.\n"
        "Buffers were in different sets of banks: it may be that no core had all of them.\n");
}

TEST(CoreNeedText, SaysThatNothingIsKnown) {
    CoreNeed need;
    need.chips = {ChipId{0xa0}};
    need.unknown_dispatches = 3;
    EXPECT_EQ(core_need_text(sample_recording(), need, {}),
              "What programs needed of a core's L1 on chip 0 is not known: the plan of 3 dispatches is not known.\n");
}

}  // namespace
}  // namespace ttmem
