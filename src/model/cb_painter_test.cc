#include "src/model/cb_painter.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

CbPlan plan(std::vector<CircularBuffer> buffers) { return {std::move(buffers)}; }
CircularBuffer buffer(uint64_t address, uint64_t bytes, CoreRange cores) { return {0, false, address, bytes, {cores}}; }

uint64_t reserved_bytes(const CbPainter& painter) { return figures_of(painter.reserved()).bytes; }
uint64_t resident_bytes(const CbPainter& painter) {
    uint64_t bytes = 0;  // the cores of different owners are different ones
    for (CbPainter::Resident& resident : painter.resident()) bytes += figures_of(std::move(resident.regions)).bytes;
    return bytes;
}

constexpr uint64_t kBase = 101152;
constexpr CoreRange kGrid = {0, 0, 7, 7};

TEST(CbPainter, APlanReservesItsRangeOnEachOfItsCores) {
    const CbPlan add = plan({buffer(kBase, 4096, kGrid), buffer(kBase + 4096, 4096, kGrid)});
    const CbFigures figures = figures_of(add);
    EXPECT_EQ(figures.bytes, 64u * 8192);
    EXPECT_EQ(figures.largest_core, 8192u);
    EXPECT_EQ(figures.highest_end, kBase + 8192);
}

TEST(CbPainter, OverlappingPlansOfCachedProgramsReserveTheirUnion) {
    const CbPlan add = plan({buffer(kBase, 4096, kGrid)});
    const CbPlan matmul = plan({buffer(kBase, 10240, kGrid)});
    CbPainter painter;
    painter.add_live_plan(add);
    painter.add_live_plan(matmul);
    painter.add_live_plan(matmul);  // a second program with the same plan
    painter.add_dispatch(1, matmul, 1);
    painter.add_dispatch(2, add, 2);
    EXPECT_EQ(reserved_bytes(painter), 64u * 10240);
    EXPECT_EQ(resident_bytes(painter), 64u * 4096);
}

TEST(CbPainter, HolesBetweenRangesAreNotCounted) {
    const CbPlan holes = plan({buffer(1000, 100, {0, 0, 0, 0}), buffer(2000, 100, {0, 0, 0, 0})});
    EXPECT_EQ(figures_of(holes).bytes, 200u);
}

TEST(CbPainter, ProgramsOnDifferentSubDevicesAreBothResident) {
    const CbPlan left = plan({buffer(kBase, 4096, {0, 0, 3, 7})});
    const CbPlan right = plan({buffer(kBase, 2048, {4, 0, 7, 7})});
    CbPainter painter;
    painter.add_dispatch(1, left, 1);
    painter.add_dispatch(2, right, 2);
    EXPECT_EQ(resident_bytes(painter), 32u * 4096 + 32u * 2048);
    ASSERT_EQ(painter.resident().size(), 2u);
    EXPECT_EQ(painter.resident()[1].owner, 1u);
    EXPECT_EQ(painter.resident()[1].cores.count(), 32u);
}

TEST(CbPainter, ADeadProgramLeavesNothingAndNeverAnOlderOne) {
    const CbPlan older = plan({buffer(kBase, 4096, kGrid)});
    const CbPlan newer = plan({buffer(kBase, 2048, {0, 0, 0, 0})});
    CbPainter painter;
    painter.add_dispatch(1, older, 1);
    painter.add_dispatch(2, newer, 0);
    EXPECT_EQ(resident_bytes(painter), 63u * 4096);
}

TEST(CbPainter, AnAliasedBufferCoversItsCoresAndAddsNothing) {
    const CbPlan older = plan({buffer(kBase, 4096, kGrid)});
    const CbPlan aliased = plan({{1, true, 0, 65536, {kGrid}}, buffer(kBase, 512, {0, 0, 0, 0})});
    CbPainter painter;
    painter.add_live_plan(aliased);
    painter.add_dispatch(1, older, 1);
    painter.add_dispatch(2, aliased, 2);
    EXPECT_EQ(reserved_bytes(painter), 512u);
    EXPECT_EQ(resident_bytes(painter), 512u);
}

}  // namespace
}  // namespace ttmem
