#include "src/views/text/show.h"

#include <gtest/gtest.h>

#include "tests/support/sample_show.h"

namespace ttmem {
namespace {

TEST(ShowText, TellsFormatCountsPeaksAndWhatIsLeft) {
    EXPECT_EQ(show_text(graph(), {}), R"(graph\x1b[31m.json: ttnn-captured-graph, version text
3 operations (1 top-level), 4 allocations, 1 free, 2 CB plans with 5 circular buffers, 1 chip

Peak, per chip:
CHIP    POOL  REQUESTED  RESERVED  WITH CBS  OPERATION  OPERATION WITH CBS
chip 0  dram   4.00 KiB         -         -  ttnn::add
chip 0  l1     2.00 KiB         -  10.0 KiB  ttnn::add  ttnn::add > \x1b]0;title

In use at its end, per chip:
CHIP    POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
chip 0  l1     2.00 KiB         -         -            1

Before it begins, and not counted above: 6.00 KiB of dram in 2 buffers

Incomplete: The graph does not say how many banks there are
)");
}

TEST(ShowText, WhatIsNotKnownIsSaidToBeSo) {
    ShowValues values;
    values.source = "x", values.format = "tt-metal-shm", values.version = "4";
    ShownChip chip;
    chip.has_id = true;
    chip.use.chip.id = ChipId{0xa0};
    chip.use.pool(Pool::kDram).requested_bytes = 0;
    chip.use.cb.resident_bytes = 512;
    values.chips = {chip};
    EXPECT_EQ(show_text(values, {}), R"(x: tt-metal-shm, version 4
operations unknown, allocations unknown, frees unknown, CB plans unknown, 1 chip

In use at its end, per chip:
CHIP  POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
0xa0  dram        0 B         -         -            -
Circular buffers of 0xa0: - reserved, 512 B resident
)");
}

TEST(ShowText, OfMessagesOnlyTheFailuresAreTold) {
    ShowValues values;
    values.source = "log", values.format = "tt-metal-failure-messages";
    ShownFailure failure;
    failure.figures.kind = FailureKind::kTraceRegion;
    failure.figures.trace_bytes = 3000;
    failure.figures.trace_region_bytes = 1000;
    failure.explanation = explain_failure(failure.figures);
    failure.line = 7;
    values.failures = ShownFailures{{failure}, 0};
    const std::string text = show_text(values, {});
    EXPECT_EQ(text.substr(0, text.find("  ")),
              "log: tt-metal-failure-messages\n\n1 failed allocation:\n\nLine 7: the trace region is too small\n");
}

}  // namespace
}  // namespace ttmem
