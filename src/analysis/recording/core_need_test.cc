#include "src/analysis/recording/core_need.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "src/analysis/recording/peak.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

constexpr uint64_t kBase = 1000;
constexpr CoreRange kAll = {0, 0, 7, 7}, kLeft = {0, 0, 3, 7}, kFirst = {0, 0, 0, 0};

CircularBuffer cb(uint64_t address, uint64_t bytes, CoreRange cores, CbKind kind = CbKind::kCb) {
    return {0, false, address, bytes, {cores}, kind};
}

std::vector<CoreNeed> needs_of(RecordingMaker& maker) { return peaks_of(maker.finish()).cores; }

TEST(CoreNeed, OfAPlanIsTheCoreWithMostOfIt) {
    const CoreCbs cbs = largest_core_of({{cb(kBase, 100, kAll), cb(kBase + 100, 50, kLeft, CbKind::kDataflow),
                                          cb(kBase + 120, 40, kFirst, CbKind::kScratchpad)}});
    EXPECT_EQ(cbs.bytes, 160u) << "10 bytes of the scratchpad are not in the dataflow buffer";
    EXPECT_EQ(cbs.kinds, (std::array<uint64_t, 3>{100, 50, 10}));
    CircularBuffer aliased = cb(0, 5000, kAll);
    aliased.aliased = true;
    EXPECT_EQ(largest_core_of({{aliased}}).bytes, 0u);
    EXPECT_EQ(largest_core_of({}).bytes, 0u);
}

TEST(CoreNeed, IsTheDispatchThatNeedsMostBesideTheBuffersOfThen) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2});
    for (const uint64_t chip : {1, 2}) {
        maker.use(0, chip).chip.l1_bytes_per_core = 10'000;
        maker.use(0, chip).chip.l1_base = kBase;
    }
    const uint32_t matmul = maker.text("matmul"), softmax = maker.text("softmax");
    maker.change_plan(7, mesh, maker.plan({cb(kBase, 500, kAll)}));
    maker.change_plan(8, mesh, maker.plan({cb(kBase, 2000, kAll)}));
    maker.alloc(mesh, Pool::kL1, 100);
    maker.alloc(mesh, Pool::kDram, 77'000);
    maker.dispatch(8, mesh, softmax);  // 2,100
    maker.alloc(mesh, Pool::kL1Small, 900);
    const uint64_t big = maker.alloc(mesh, Pool::kL1, 3000);
    maker.dispatch(7, mesh, matmul);  // 4,500
    const uint64_t then = maker.events.size();
    maker.alloc(mesh, Pool::kL1, 4000);  // the peak of l1, in which nothing runs
    maker.free(big);
    const std::vector<CoreNeed> needs = needs_of(maker);
    ASSERT_EQ(needs.size(), 1u);
    const CoreNeed& need = needs[0];
    EXPECT_EQ(need.chips, (std::vector<ChipId>{ChipId{1}, ChipId{2}}));
    EXPECT_EQ(need.event, then);
    EXPECT_EQ(need.op, matmul);
    EXPECT_EQ(need.program, 7u);
    EXPECT_EQ(need.cbs.bytes, 500u);
    EXPECT_EQ(need.buffer_bytes, 4000u);
    EXPECT_EQ(need.core_bytes, 9000u);
    EXPECT_EQ(need.largest_cbs, 2000u);
    EXPECT_FALSE(need.is_low());
    EXPECT_FALSE(need.banks_differ);
}

TEST(CoreNeed, HasNothingOfAProgramThatGaveItsBuffersBack) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    const uint32_t plan = maker.plan({cb(kBase, 500, kAll)});
    for (const EventKind end : {EventKind::kCircularBuffersFreed, EventKind::kProgramDestroyed}) {
        maker.change_plan(7, chip, plan);
        maker.add(end).subject = 7;
        maker.dispatch(7, chip);
    }
    EXPECT_TRUE(needs_of(maker).empty());
}

TEST(CoreNeed, FollowsAProgramToTheNextOpeningOfItsPlace) {
    RecordingMaker maker;
    const uint32_t first = maker.place({1});
    maker.change_plan(7, first, maker.plan({cb(kBase, 500, kAll)}));
    maker.close(first);
    const uint32_t second = maker.place({1}), other = maker.place({2});
    maker.recording.end.places[second].registration = maker.registration(first);
    maker.dispatch(7, other);
    maker.dispatch(7, second);
    const std::vector<CoreNeed> needs = needs_of(maker);
    ASSERT_EQ(needs.size(), 1u);
    EXPECT_EQ(needs[0].chips, std::vector<ChipId>{ChipId{1}});
    EXPECT_EQ(needs[0].cbs.bytes, 500u);
}

TEST(CoreNeed, SaysWhenItMayHaveBeenMore) {
    RecordingMaker maker;
    const uint32_t first = maker.place({1}), second = maker.place({2});
    maker.change_plan(7, first, 0);  // of an older ledger
    maker.dispatch(7, first);
    Event& replayed = maker.add(EventKind::kTraceReplayed);
    replayed.place = second, replayed.subject = 3;
    const std::vector<CoreNeed> needs = needs_of(maker);
    ASSERT_EQ(needs.size(), 2u);
    EXPECT_EQ(needs[0].event, 0u);
    EXPECT_EQ(needs[0].unknown_dispatches, 1u);
    EXPECT_TRUE(needs[0].is_low());
    EXPECT_EQ(needs[1].replays, 1u);
    EXPECT_TRUE(needs[1].is_low());
}

TEST(CoreNeed, ForgetsPlansInAGapAndSaysSo) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.change_plan(7, chip, maker.plan({cb(kBase, 500, kAll)}));
    maker.dispatch(7, chip);
    const WallTime gap = maker.events.back().at;
    maker.dispatch(7, chip);
    Recording recording = maker.finish();
    recording.gaps.push_back({ProcessIndex{0}, gap + 1, gap + 2, 0, "overwritten"});
    const std::vector<CoreNeed> needs = peaks_of(recording).cores;
    ASSERT_EQ(needs.size(), 1u);
    EXPECT_TRUE(needs[0].has_gap);
    EXPECT_EQ(needs[0].unknown_dispatches, 1u);
    EXPECT_EQ(needs[0].cbs.bytes, 500u);
}

TEST(CoreNeed, SaysWhenBuffersAreInDifferentBanks) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    maker.change_plan(7, chip, maker.plan({cb(kBase, 500, kAll)}));
    maker.alloc(chip, Pool::kL1, 100);
    maker.alloc(chip, Pool::kL1, 100);
    maker.events.back().banks = 64;
    maker.dispatch(7, chip);
    const std::vector<CoreNeed> needs = needs_of(maker);
    ASSERT_EQ(needs.size(), 1u);
    EXPECT_TRUE(needs[0].banks_differ);
    EXPECT_EQ(needs[0].buffer_bytes, 200u);
}

// The truth the plain way: what lies on each core byte by byte, looked at after every dispatch.
TEST(CoreNeed, EqualsTheTruthOfMadeUpPrograms) {
    for (uint64_t seed = 1; seed <= 500; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 random(seed);
        const auto below = [&](uint64_t limit) { return random() % limit; };
        RecordingMaker maker;
        const std::vector<uint32_t> places = {maker.place({1, 2}), maker.place({3})};
        std::map<std::pair<uint64_t, uint32_t>, uint64_t> plans;  // by program and place: bytes of its largest core
        std::vector<std::pair<uint64_t, uint32_t>> live;          // handle and place
        std::map<uint32_t, uint64_t> buffers, truth;              // by place
        for (int i = 0; i < 80; ++i) {
            const uint32_t place = places[below(2)];
            const uint64_t program = 1 + below(4), dice = below(10);
            if (dice < 3) {
                std::vector<CircularBuffer> made;
                std::map<std::pair<int, int>, std::vector<bool>> cores;
                for (uint64_t count = below(4); count > 0; --count) {
                    const uint64_t at = below(40), bytes = 1 + below(30);
                    const auto x = static_cast<uint8_t>(below(3)), y = static_cast<uint8_t>(below(3));
                    made.push_back(cb(kBase + at, bytes, {0, 0, x, y}, static_cast<CbKind>(below(3))));
                    for (int cx = 0; cx <= x; ++cx) {
                        for (int cy = 0; cy <= y; ++cy) {
                            cores[{cx, cy}].resize(100);
                            for (uint64_t b = at; b < at + bytes; ++b) cores[{cx, cy}][b] = true;
                        }
                    }
                }
                uint64_t largest = 0;
                for (const auto& [core, taken] : cores) {
                    largest = std::max(largest, static_cast<uint64_t>(std::count(taken.begin(), taken.end(), true)));
                }
                maker.change_plan(program, place, maker.plan(made));
                plans[{program, place}] = largest;
            } else if (dice < 5) {
                const uint64_t bytes = 1 + below(50);
                live.emplace_back(maker.alloc(place, below(3) == 0 ? Pool::kL1Small : Pool::kL1, bytes), place);
                buffers[place] += bytes;
            } else if (dice < 6 && !live.empty()) {
                const auto [handle, where] = live.back();
                live.pop_back();
                buffers[where] -= maker.live.at(handle).bytes_per_bank;
                maker.free(handle);
            } else if (dice < 7) {
                maker.add(below(2) == 0 ? EventKind::kCircularBuffersFreed : EventKind::kProgramDestroyed).subject =
                    program;
                std::erase_if(plans, [&](const auto& entry) { return entry.first.first == program; });
            } else {
                maker.dispatch(program, place);
                const auto plan = plans.find({program, place});
                if (plan == plans.end() || plan->second == 0) continue;
                truth[place] = std::max(truth[place], plan->second + buffers[place]);
            }
        }
        const std::vector<CoreNeed> needs = needs_of(maker);
        ASSERT_EQ(needs.size(), truth.size());
        for (const auto& [place, bytes] : truth) {
            const auto need = std::find_if(needs.begin(), needs.end(), [&](const CoreNeed& n) {
                return n.chips == maker.recording.end.places[place].chips;
            });
            ASSERT_NE(need, needs.end());
            ASSERT_EQ(need->bytes(), bytes);
            ASSERT_FALSE(need->is_low());
        }
    }
}

}  // namespace
}  // namespace ttmem
