#include "src/views/text/show.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/sample_show.h"

namespace ttmem {
namespace {

TEST(ShowText, TellsFormatCountsPeaksAndWhatIsLeft) {
    EXPECT_EQ(
        show_text(graph(), {}),
        R"(Peak: dram 4.00 KiB per chip in ttnn::add; l1 768 B on the largest core (256 B of buffers, 512 B of circular buffers) in ttnn::add.
graph\x1b[31m.json: ttnn-captured-graph, version text
3 operations (1 top-level), 4 allocations, 1 free, 2 CB plans with 5 circular buffers, 1 chip

Peak, per chip:
CHIP    POOL  REQUESTED  RESERVED  PER BANK  WITH CBS  MAX/CORE  OPERATION  OPERATION WITH CBS
chip 0  dram   4.00 KiB         -         -                      ttnn::add
chip 0  l1     2.00 KiB         -         -  10.0 KiB     768 B  ttnn::add  ttnn::add > \x1b]0;title
  RESERVED -: the source does not say how many banks there are
  PER BANK -: the source does not say what its buffers take of a bank

In use at its end, per chip:
CHIP    POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
chip 0  l1     2.00 KiB         -         -            1
  RESERVED -: the source does not say how many banks there are
  CAPACITY -: the source does not say how large the pool is

Before it begins, and not counted above: 6.00 KiB of dram in 2 buffers

Incomplete: The graph does not say how many banks there are
)");
}

TEST(ShowText, WhatIsNotKnownIsSaidToBeSo) {
    ShowValues values;
    values.source = "x", values.use.format = "tt-metal-shm", values.use.version = "4";
    ImportedChip chip;
    chip.chip_id = ChipId{0xa0};
    chip.use.chip.id = ChipId{0xa0};
    chip.use.pool(Pool::kDram).requested_bytes = 0;
    chip.use.cb.resident_bytes = 512;
    values.use.chips = {chip};
    EXPECT_EQ(show_text(values, {}), R"(Nothing is in use of the memory that it tells of; of l1 it does not tell.
x: tt-metal-shm, version 4
1 chip; operations, allocations, frees and CB plans are not in the source

In use at its end, per chip:
CHIP  POOL  REQUESTED  RESERVED  CAPACITY  ALLOCATIONS
0xa0  dram        0 B         -         -            -
  RESERVED -: the source does not say how many banks there are
  CAPACITY -: the source does not say how large the pool is
  ALLOCATIONS -: the source has sums, not allocations
Circular buffers of 0xa0: 512 B resident, reserved unknown
)");
}

TEST(ShowText, ChipsWithEqualFiguresAreOneRow) {
    ShowValues values = graph();
    for (int number = 1; number < 8; ++number) {
        values.use.chips.push_back(values.use.chips[0]);
        values.use.chips.back().name = "chip " + std::to_string(number);
    }
    const std::string text = show_text(values, {});
    EXPECT_NE(text.find("chips 0-7, each  dram"), std::string::npos) << text;
    EXPECT_EQ(text.find("chip 7"), std::string::npos) << text;
    EXPECT_NE(text.find("8 chips"), std::string::npos) << text;
    ShowValues meshes = values;
    for (ImportedChip& chip : meshes.use.chips) chip.name.replace(0, 4, "mesh");
    EXPECT_NE(show_text(meshes, {}).find("meshes 0-7, each  dram"), std::string::npos) << show_text(meshes, {});
    EXPECT_NE(show_text(meshes, {}).find("8 meshes"), std::string::npos) << show_text(meshes, {});
    values.use.chips[3].peak(Pool::kDram).requested_bytes = 1;
    EXPECT_NE(show_text(values, {}).find("chip 0 and 6 others, each"), std::string::npos);
    EXPECT_NE(show_text(values, {}).find("\nchip 3 "), std::string::npos);
}

TEST(ShowText, ASourceThatReservesLessThanWasAskedForIsNamed) {
    const std::string note = "RESERVED below REQUESTED: the source contradicts itself";
    ShowValues values = graph();
    EXPECT_EQ(show_text(values, {}).find(note), std::string::npos);
    values.use.chips[0].peak(Pool::kDram).reserved_bytes = 1024;
    EXPECT_NE(show_text(values, {}).find(note), std::string::npos) << show_text(values, {});
    values = graph();
    values.use.chips[0].use.pool(Pool::kL1).reserved_bytes = 1;
    EXPECT_NE(show_text(values, {}).find(note), std::string::npos) << show_text(values, {});
}

TEST(ShowText, CircularBuffersThatTheSourceLacksAreNeverZero) {
    ShowValues values = graph();
    values.use.program_runs = 4;
    values.use.cbs_of_runs_missing = true;
    ImportedPeak& l1 = values.use.chips[0].peak(Pool::kL1);
    l1.with_cb_bytes.reset();
    l1.core = CorePeak{std::nullopt, 256, std::nullopt, "ttnn::add", true};
    const std::string text = show_text(values, {});
    EXPECT_NE(
        text.find(
            "l1 at least 256 B on the largest core (256 B of buffers, and circular buffers that are not in the source) "
            "in ttnn::add"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find(">= 256 B"), std::string::npos) << text;
    EXPECT_NE(text.find("4 program runs without their circular buffers"), std::string::npos) << text;
}

TEST(ShowText, WhatCannotBeReadMakesABoundInTheFirstLine) {
    ShowValues values = graph();
    values.use.unread_circular_buffers = 3;
    ImportedPeak& l1 = values.use.chips[0].peak(Pool::kL1);
    l1.with_cb_bytes.reset();
    l1.core->bytes.reset();
    l1.core->cbs_missing = true;
    std::string text = show_text(values, {});
    EXPECT_NE(text.find("l1 at least 768 B on the largest core (256 B of buffers, 512 B of circular buffers, and 3 "
                        "circular buffers whose size or cores the source does not say) in ttnn::add"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(">= 768 B"), std::string::npos) << text;
    EXPECT_NE(text.find("WITH CBS -: circular buffers are of unknown size or on unknown cores"), std::string::npos);
    l1.core->cb_bytes.reset();
    text = show_text(values, {});
    EXPECT_NE(text.find("l1 at least 256 B on the largest core (256 B of buffers, and 3 circular buffers whose size"),
              std::string::npos)
        << text;
    ImportedPeak& dram = values.use.chips[0].peak(Pool::kDram);
    dram.least_requested_bytes = std::exchange(dram.requested_bytes, std::nullopt);
    values.use.earlier[static_cast<size_t>(Pool::kDram)] = {2, 0, 2};
    text = show_text(values, {});
    EXPECT_NE(text.find("Peak: dram at least 4.00 KiB per chip"), std::string::npos) << text;
    EXPECT_NE(text.find(">= 4.00 KiB"), std::string::npos) << text;
    EXPECT_NE(text.find("not counted above: 2 buffers of dram of unknown size"), std::string::npos) << text;
}

TEST(ShowText, EachDashIsExplained) {
    ShowValues values = graph();
    values.use.chips[0].name.clear();
    values.use.chips[0].peak(Pool::kL1).core.reset();
    values.use.chips[0].peak(Pool::kDram).operation.clear();
    const std::string text = show_text(values, {});
    for (const char* column : {"CHIP -: ", "MAX/CORE -: ", "OPERATION -: "})
        EXPECT_NE(text.find(column), std::string::npos) << column << "\n" << text;
}

TEST(ShowText, AnUnknownMemoryIsNotNone) {
    ShowValues values = graph();
    values.use.chips.clear();
    values.use.allocations_without_pool = 2;
    EXPECT_TRUE(show_text(values, {}).starts_with("What is in use is not known: of 2 allocations"))
        << show_text(values, {});
}

TEST(ShowText, OfMessagesOnlyTheFailuresAreTold) {
    ShowValues values;
    values.only_messages = true;
    values.source = "log", values.use.format = "tt-metal-failure-messages";
    ExplainedFailure failure;
    failure.found.message.figures.kind = FailureKind::kTraceRegion;
    failure.found.message.figures.trace_bytes = 3000;
    failure.found.message.figures.trace_region_bytes = 1000;
    failure.explanation = explain_failure(failure.figures());
    failure.found.line = 7;
    values.failures = ExplainedFailures{{failure}, 0};
    const std::string text = show_text(values, {});
    EXPECT_EQ(text.substr(0, text.find("  ")),
              "The trace region is 2,000 B too small; open the device with a larger trace_region_size, "
              "with headroom for later traces.\n"
              "log: tt-metal-failure-messages\n\n1 failed allocation:\n\nLine 7: the trace region is too small\n");
}

}  // namespace
}  // namespace ttmem
