#include "src/views/text/chip_names.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

std::vector<ChipUse> galaxy() {
    std::vector<ChipUse> chips;
    for (uint32_t i = 0; i < 32; ++i) chips.push_back(sample_chip(0x1000 - i, i));
    return chips;
}

std::vector<ChipId> ids_of(const std::vector<ChipUse>& chips) {
    std::vector<ChipId> ids;
    for (const ChipUse& use : chips) ids.push_back(use.chip.id);
    return ids;
}

TEST(ChipNames, NumbersAreGivenAsRanges) {
    const ChipNames names(galaxy());
    EXPECT_EQ(names.list(ids_of(galaxy())), "0-31");
    EXPECT_EQ(names.list({ChipId{0x1000}, ChipId{0x1000 - 5}, ChipId{0x1000 - 4}}), "0, 4-5");
    EXPECT_EQ(names.list({}), "");
}

TEST(ChipNames, ChipsWithoutANumberAreNamedByTheirIds) {
    std::vector<ChipUse> chips = galaxy();
    for (ChipUse& use : chips) use.chip.logical_id.reset();
    const ChipNames names(chips);
    EXPECT_EQ(names.list({ChipId{0x1000}}), "0x1000");
    EXPECT_EQ(names.list(ids_of(chips)), "0x1000, 0xfff, 0xffe and 29 more");
}

TEST(ChipNames, ANumberThatTwoChipsHaveNamesNeither) {
    const ChipNames names(std::vector<ChipUse>{sample_chip(0xa, 0), sample_chip(0xb, 0), sample_chip(0xc, 1)});
    EXPECT_EQ(names.list({ChipId{0xa}, ChipId{0xb}, ChipId{0xc}}), "1, 0xa, 0xb");
}

TEST(ChipNames, ANumberThatProcessesDisagreeAboutIsNotUsed) {
    Snapshot s = sample_snapshot();
    s.processes[1].state = ProcessState::kLive;
    EXPECT_EQ(ChipNames(s).list({ChipId{0xa0}, ChipId{0xa1}}), "0-1");
    s.processes[1].chips[0].chip.logical_id = 3;
    EXPECT_EQ(ChipNames(s).list({ChipId{0xa0}, ChipId{0xa1}}), "1, 0xa0");
}

TEST(ChipNames, AnEndedProcessKeepsItsOwnNumbersAndConfusesNobody) {
    Snapshot s = sample_snapshot();
    s.processes[1].chips[0].chip.logical_id = 3;
    EXPECT_EQ(ChipNames(s).list({ChipId{0xa0}, ChipId{0xa1}}, s.processes[0]), "0-1");
    EXPECT_EQ(ChipNames(s).list({ChipId{0xa0}}, s.processes[1]), "3");
}

TEST(FoldEqual, ChipsWithTheSameFiguresAreOneGroup) {
    std::vector<ChipUse> chips = galaxy();
    EXPECT_EQ(fold_equal(chips).size(), 1u);
    chips[3].pool(Pool::kL1).requested_bytes = 1;
    const std::vector<ChipGroup> groups = fold_equal(chips);
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].chips.size(), 31u);
    EXPECT_EQ(ChipNames(chips).list(groups[0].chips), "0-2, 4-31");
    EXPECT_EQ(groups[1].chips, std::vector<ChipId>{ChipId{0x1000 - 3}});
}

}  // namespace
}  // namespace ttmem
