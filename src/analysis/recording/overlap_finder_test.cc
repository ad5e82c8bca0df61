#include "src/analysis/recording/overlap_finder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "src/analysis/snapshot/overlaps.h"
#include "src/base/text.h"
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

// A block of its own place lay over it, and hid it from a look at neighbors; and it stays when that one goes.
TEST(OverlapFinder, MissesNoBlockThatOneOfItsPlaceHides) {
    for (const bool is_gone : {false, true}) {
        RecordingMaker maker;
        const uint32_t mesh = maker.place({1, 2}), part = maker.place({2}, 0, maker.registration(mesh));
        std::vector<uint64_t> handles = {maker.alloc(mesh, Pool::kDram, 1000, What{.address = 0}),
                                         maker.alloc(mesh, Pool::kDram, 10, What{.address = is_gone ? 0ULL : 500ULL})};
        if (is_gone) maker.free(handles.back()), handles.pop_back();
        handles.push_back(maker.alloc(part, Pool::kDram, 10, What{.address = 700}));
        for (const uint64_t handle : handles) maker.free(handle);
        EXPECT_NE(told_of(maker), nullptr) << is_gone;
    }
}

struct Lived {
    uint64_t handle, begin, end;
    uint32_t place;
    Pool pool;
};

// Compared with every block against every other one, each time that one comes.
TEST(OverlapFinder, FindsTheFirstThatAComparisonOfAllFinds) {
    size_t found = 0;
    for (uint64_t seed = 0; seed < 400; ++seed) {
        std::mt19937_64 random(seed);
        const auto below = [&](uint64_t limit) { return random() % limit; };
        RecordingMaker maker;
        const uint32_t other = maker.process();
        const std::vector<std::vector<uint64_t>> chips = {{1, 2, 3, 4}, {1}, {2, 3}, {3, 4}, {4}, {1, 2}};
        std::vector<uint32_t> places;
        for (const auto& some : chips) places.push_back(maker.place(some));
        places.push_back(maker.place({2}, other));
        const auto meet = [&](const Lived& a, const Lived& b) {
            const Place &one = maker.recording.end.places[a.place], &two = maker.recording.end.places[b.place];
            return a.place != b.place && a.pool == b.pool && a.begin < b.end && b.begin < a.end && a.begin < a.end &&
                   b.begin < b.end && one.process.value == two.process.value &&
                   std::ranges::any_of(one.chips,
                                       [&](ChipId chip) { return std::ranges::count(two.chips, chip) != 0; });
        };
        std::vector<Lived> live;
        std::optional<Lived> first;
        const uint64_t space = 200 + below(20'000);
        for (uint64_t step = 0; step < 60; ++step) {
            if (!live.empty() && below(3) == 0) {
                const size_t gone = below(live.size());
                maker.free(live[gone].handle);
                live.erase(live.begin() + static_cast<ptrdiff_t>(gone));
                continue;
            }
            // Some take the place of another one of theirs, or nothing.
            Lived made{0, below(space), 0, places[below(places.size())], below(4) == 0 ? Pool::kL1 : Pool::kDram};
            if (!live.empty() && below(4) == 0) made.begin = live[below(live.size())].begin;
            made.end = made.begin + below(40);
            made.handle = maker.alloc(made.place, made.pool, made.end - made.begin, What{.address = made.begin});
            const bool meets = std::ranges::any_of(live, [&](const Lived& one) { return meet(one, made); });
            if (meets && !first) first = made;
            live.push_back(made);
        }
        for (const Lived& one : live) maker.free(one.handle);
        const std::string* told = told_of(maker);
        ASSERT_EQ(told != nullptr, first.has_value()) << seed;
        if (!first) continue;
        ++found;
        ASSERT_NE(told->find("(at " + address_text(first->begin) + " in "), std::string::npos) << seed << *told;
    }
    EXPECT_GT(found, 100u);
    EXPECT_LT(found, 390u) << "some have none";
}

}  // namespace
}  // namespace ttmem
