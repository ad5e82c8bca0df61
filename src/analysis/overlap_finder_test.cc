#include "src/analysis/overlap_finder.h"

#include <gtest/gtest.h>

#include "src/analysis/overlaps.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

using What = RecordingMaker::What;

const std::string* told_of(RecordingMaker& maker) {
    static Recording recording;
    recording = maker.finish();
    note_overlaps(recording);
    return told_overlaps(recording.end.coverage);
}

TEST(OverlapFinder, TellsOfBlocksThatLayOverEachOtherAndAreGone) {
    for (const uint64_t second : {0, 90, 50}) {
        RecordingMaker maker;
        const uint32_t mesh = maker.place({1, 2}), part = maker.place({2}, 0, maker.registration(mesh));
        const uint64_t one = maker.alloc(mesh, Pool::kDram, 100, What{.address = second == 0 ? 40ULL : 0ULL});
        const uint64_t other = maker.alloc(part, Pool::kDram, 100, What{.address = second});
        maker.free(one), maker.free(other);
        const std::string* told = told_of(maker);
        ASSERT_NE(told, nullptr) << second;
        EXPECT_TRUE(told->starts_with("allocators overlap: an allocation began inside another")) << *told;
    }
}

TEST(OverlapFinder, SaysNothingOfBlocksThatDidNotMeet) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), part = maker.place({2}, 0, maker.registration(mesh));
    const uint64_t one = maker.alloc(mesh, Pool::kDram, 100, What{.address = 0});
    const uint64_t beside = maker.alloc(part, Pool::kDram, 100, What{.address = 100});
    const uint64_t in_l1 = maker.alloc(part, Pool::kL1, 100, What{.address = 50});
    maker.free(one);
    const uint64_t later = maker.alloc(part, Pool::kDram, 100, What{.address = 0});
    for (const uint64_t handle : {beside, in_l1, later}) maker.free(handle);
    EXPECT_EQ(told_of(maker), nullptr);
}

TEST(OverlapFinder, HoldsNoBlocksOfDifferentProcessesAgainstEachOther) {
    RecordingMaker maker;
    const uint32_t theirs = maker.place({1}, maker.process()), mine = maker.place({1}), part = maker.place({1});
    const uint64_t one = maker.alloc(mine, Pool::kDram, 100, What{.address = 0});
    const uint64_t other = maker.alloc(theirs, Pool::kDram, 100, What{.address = 0});
    const uint64_t beside = maker.alloc(part, Pool::kDram, 100, What{.address = 100});
    for (const uint64_t handle : {one, other, beside}) maker.free(handle);
    EXPECT_EQ(told_of(maker), nullptr);
}

}  // namespace
}  // namespace ttmem
