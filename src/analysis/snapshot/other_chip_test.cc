#include "src/analysis/snapshot/other_chip.h"

#include <gtest/gtest.h>

#include "src/analysis/failures/explained_failures.h"
#include "src/analysis/snapshot/explain.h"
#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

Snapshot wormhole(size_t chips = 1) {
    Snapshot s;
    Process& process = s.processes.emplace_back();
    for (size_t i = 0; i < chips; ++i) {
        ChipDescription chip;
        chip.id = ChipId{0xa0 + i};
        chip.logical_id = static_cast<uint32_t>(i);
        chip.arch = "wormhole_b0";
        chip.l1_bytes_per_core = 1'499'136;
        chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 1'073'000'000};
        process.chips.push_back({chip, {}, {}});
    }
    return s;
}

TEST(OtherChip, AMessageWithWhatNoChipHereCanHaveIsOfAnother) {
    const FailureFigures of_dram = with_bank(out_of_memory("DRAM", Pool::kDram, 8, 1000), 4'273'390'016, 600, 500);
    EXPECT_EQ(
        why_of_another_chip(wormhole(), of_dram),
        "This message is of another chip than the one here (wormhole_b0): it has 8 banks of DRAM, and here are 12. "
        "Its figures, and what would help, are of that one.");
    EXPECT_EQ(
        why_of_another_chip(wormhole(2), clash(1'563'072, 1'563'264)),
        "This message is of another chip than those here (wormhole_b0): it has address 1,563,264 of L1, which ends "
        "at 1,499,136 here. Its figures, and what would help, are of that one.");
    const FailureFigures large = with_bank(out_of_memory("DRAM", Pool::kDram, 12, 1000), 4'273'390'016, 600, 500);
    EXPECT_NE(why_of_another_chip(wormhole(), large)->find("banks of DRAM have 4,273,390,016 B"), std::string::npos);
    FailureFigures overflow;
    overflow.kind = FailureKind::kCbOverflow;
    overflow.max_l1_bytes = 1'572'864;
    EXPECT_NE(why_of_another_chip(wormhole(), overflow)->find("a core has 1,572,864 B of L1 there"), std::string::npos);
}

TEST(OtherChip, AMessageThatOneOfTheChipsHereCouldHaveSaidIsNot) {
    EXPECT_EQ(why_of_another_chip(wormhole(), clash(1'400'000, 1'400'100)), std::nullopt);
    EXPECT_EQ(why_of_another_chip(Snapshot{}, clash(1'563'072, 1'563'264)), std::nullopt) << "none is known";
    Snapshot mixed = wormhole(2);
    mixed.processes[0].chips[1].chip.l1_bytes_per_core = 1'572'864;
    EXPECT_EQ(why_of_another_chip(mixed, clash(1'563'072, 1'563'264)), std::nullopt);
    Snapshot unknown = wormhole();
    unknown.processes[0].chips[0].chip.arch = "";
    unknown.processes[0].chips[0].chip.l1_bytes_per_core.reset();
    EXPECT_EQ(why_of_another_chip(unknown, clash(1'563'072, 1'563'264)), std::nullopt);
}

TEST(OtherChip, APastedMessageSaysItInsteadOfAnotherRun) {
    FailureScan scan;
    FoundFailure found;
    found.message.figures = clash(1'563'072, 1'563'264);
    scan.failures = {found};
    const Snapshot s = wormhole();
    const std::string note = explained_failures(scan, &s).failures[0].explanation.notes.back();
    EXPECT_TRUE(note.starts_with("This message is of another chip")) << note;
}

TEST(OtherChip, AnAddressBeyondEveryBankIsOfNone) {
    const Snapshot s = wormhole();
    EXPECT_EQ(
        explain(s, DeviceAddress{1ull << 40}).no_bank,
        "It is beyond the end of every bank of the chip here (wormhole_b0): a bank of DRAM ends at 1,073,741,824, "
        "L1 of a core at 1,499,136. It is of another chip, or no offset in a bank.");
    EXPECT_EQ(
        explain(s, DeviceAddress{1'563'072}, {.pool = Pool::kL1}).no_bank,
        "It is beyond the end of every bank of the chip here (wormhole_b0): L1 ends at 1,499,136. It is of another "
        "chip, or no offset in a bank.");
    for (const uint64_t address : {uint64_t{1'563'072}, uint64_t{1'073'741'823}})
        EXPECT_EQ(explain(s, DeviceAddress{address}).no_bank, "") << address;
    EXPECT_EQ(explain(s, DeviceAddress{1ull << 40}, {.pool = Pool::kSystem}).no_bank, "");
    EXPECT_EQ(explain(s, DeviceAddress{1ull << 40}, {.chip = ChipName{.id = ChipId{0xbb}}}).no_bank, "");
    EXPECT_EQ(explain(Snapshot{}, DeviceAddress{1ull << 40}).no_bank, "");
}

}  // namespace
}  // namespace ttmem
