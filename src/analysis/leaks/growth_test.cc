#include "src/analysis/leaks/growth.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

TEST(Growth, OfEveryIterationIsCertainAndTheWarmUpIsLeftOut) {
    RecordingMaker maker;
    const uint32_t mesh = maker.place({1, 2}), matmul = maker.text("matmul"), cache = maker.text("cache");
    for (int i = 0; i < 6; ++i) {
        maker.begin_iteration();
        if (i == 0) maker.alloc(mesh, Pool::kL1, 1000, cache);  // once
        maker.alloc(mesh, Pool::kDram, 10, matmul);             // each time
        maker.free(maker.alloc(mesh, Pool::kDram, 500, cache));
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.processes.size(), 1u);
    EXPECT_EQ(report.processes[0].iterations, 6u);
    EXPECT_EQ(report.processes[0].warm_up, 2u);
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].op, matmul);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
    EXPECT_EQ(report.owners[0].grown.grew_in, 4u);
    EXPECT_EQ(report.owners[0].grown.first, (Sum{2, 40, 40}));
    EXPECT_EQ(report.owners[0].grown.last, (Sum{6, 120, 120}));
}

TEST(Growth, OfFewIterationsIsPossibleAndNeverCertain) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 3; ++i) {
        maker.begin_iteration();
        maker.alloc(chip, Pool::kDram, 10);
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kPossible);
}

TEST(Growth, OfMostIterationsIsProbable) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 12; ++i) {
        maker.begin_iteration();
        if (i != 7) maker.alloc(chip, Pool::kDram, 10);
        maker.end_iteration();
    }
    EXPECT_EQ(growth_of(maker.finish()).owners[0].grown.certainty, Certainty::kProbable);
}

// A list that grows by one in each of `steps` iterations, and is freed inside the next; then `more` quiet iterations.
GrowthReport with_a_list(RecordingMaker& maker, int steps, int more, bool freed = true) {
    const uint32_t chip = maker.place({1}), exp = maker.text("exp");
    std::vector<uint64_t> list;
    for (int i = 0; i < steps + 1 + more; ++i) {
        maker.begin_iteration();
        if (i < steps) list.push_back(maker.alloc(chip, Pool::kDram, 10, exp));
        if (i == steps && freed) {
            for (const uint64_t handle : list) maker.free(handle);
        }
        maker.end_iteration();
    }
    return growth_of(maker.finish());
}

TEST(Growth, ThatIsFreedInALaterIterationIsNoneTheLess) {
    for (const int more : {0, 1, 40}) {
        RecordingMaker maker;
        const GrowthReport report = with_a_list(maker, 12, more);
        ASSERT_EQ(report.owners.size(), 1u) << more;
        EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kProbable);
        EXPECT_EQ(report.owners[0].grown.until_freed, 9u) << "after the warm-up";
        EXPECT_EQ(report.owners[0].grown.grew_in, 9u);
        EXPECT_EQ(report.owners[0].grown.last, (Sum{12, 120, 120}));
    }
}

TEST(Growth, ThatStopsIsACacheThatWasFilled) {
    RecordingMaker maker;
    const GrowthReport report = with_a_list(maker, 12, 40, false);
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kPossible);
}

TEST(Growth, OfFewIterationsThatIsFreedIsNone) {
    RecordingMaker maker;
    EXPECT_TRUE(with_a_list(maker, 7, 3).owners.empty());
}

TEST(Growth, OfInnerIterationsIsSeenThoughTheOuterOneFreesAll) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int outer = 0; outer < 2; ++outer) {
        maker.begin_iteration();
        std::vector<uint64_t> list;
        for (int i = 0; i < 12; ++i) {
            maker.begin_iteration();
            list.push_back(maker.alloc(chip, Pool::kDram, 10));
            maker.end_iteration();
        }
        for (const uint64_t handle : list) maker.free(handle);
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kProbable);
}

TEST(Growth, OfBinariesThatOutliveTheirProgramsIsALeak) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (uint64_t i = 0; i < 8; ++i) {
        maker.begin_iteration();
        maker.add(EventKind::kProgramCreated).subject = 100 + i;
        maker.alloc(chip, Pool::kDram, 2048, {.allocation_class = AllocationClass::kProgram, .holder = 100 + i});
        maker.add(EventKind::kProgramDestroyed).subject = 100 + i;
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
    EXPECT_EQ(report.owners[0].grown.last, (Sum{8, 8 * 2048, 8 * 2048}));
    EXPECT_TRUE(report.caches.empty());
}

TEST(Growth, OfMemoryThatOutlivesItsTraceIsALeak) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (uint64_t i = 0; i < 8; ++i) {
        maker.begin_iteration();
        maker.add(EventKind::kTraceCaptured).subject = 100 + i;
        maker.alloc(chip, Pool::kTrace, 2048, {.allocation_class = AllocationClass::kTrace, .holder = 100 + i});
        maker.add(EventKind::kTraceReleased).subject = 100 + i;
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
}

TEST(Growth, OfTracesThatNobodyReleasesIsCounted) {
    RecordingMaker maker;
    maker.place({1});
    for (uint64_t i = 0; i < 8; ++i) {
        maker.begin_iteration();
        maker.add(EventKind::kTraceCaptured).subject = 100 + i;
        if (i == 7) maker.add(EventKind::kTraceReleased).subject = 103;
        maker.end_iteration();
    }
    const ProcessGrowth& process = growth_of(maker.finish()).processes.at(0);
    EXPECT_EQ(process.traces.first, 2u);
    EXPECT_EQ(process.traces.last, 7u);
    EXPECT_EQ(process.traces.grew_in, 5u);
}

TEST(Growth, UnderANewNameEachTimeIsToldOfAllTogether) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 8; ++i) {
        maker.begin_iteration();
        maker.alloc(chip, Pool::kDram, 10, {.tag = maker.text("request " + std::to_string(i))});
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    const OwnerGrowth& total = report.owners.front();
    EXPECT_TRUE(total.several);
    EXPECT_EQ(total.grown.certainty, Certainty::kCertain);
    EXPECT_EQ(total.grown.last.allocations, 8u);
}

// Steps of a convolution: each shape is compiled when it comes for the first time, with a table that stays.
GrowthReport with_tables(RecordingMaker& maker, const std::vector<int>& shapes, bool leaks_otherwise = false) {
    const uint32_t chip = maker.place({1}), pool2d = maker.text("max_pool2d");
    const auto scope = [&](EventKind kind) {
        Event& event = maker.add(kind);
        event.name = pool2d, event.thread = 1;
    };
    std::set<int> known;
    for (size_t i = 0; i < shapes.size(); ++i) {
        maker.begin_iteration();
        scope(EventKind::kOperationBegun);
        if (known.insert(shapes[i]).second) {
            maker.compile(pool2d);
            maker.alloc(chip, Pool::kL1Small, 10, pool2d);
        }
        const uint64_t result = maker.alloc(chip, Pool::kDram, 500, pool2d);
        scope(EventKind::kOperationEnded);
        maker.free(result);
        if (leaks_otherwise && i == 9) maker.alloc(chip, Pool::kL1Small, 10, pool2d);
        maker.end_iteration();
    }
    return growth_of(maker.finish());
}

TEST(Growth, OfWhatComesWithCompiledProgramsIsTheirs) {
    RecordingMaker maker;
    const GrowthReport report = with_tables(maker, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 1, 1, 1});
    EXPECT_TRUE(report.owners.empty());
    ASSERT_EQ(report.pinned.size(), 1u);
    EXPECT_EQ(report.pinned[0].pool, Pool::kL1Small);
    EXPECT_EQ(report.pinned[0].grown.last, (Sum{9, 90, 90}));
    const Repetition::Tables& tables = report.repetitions.at(0).tables;
    EXPECT_EQ(tables.size(), 9u);
    EXPECT_TRUE(std::ranges::all_of(tables, [](const auto& table) { return table.second; }));
}

TEST(Growth, OfWhatComesWithCompiledProgramsAndWithoutIsNotTheirs) {
    RecordingMaker maker;
    const GrowthReport report = with_tables(maker, {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8}, true);
    EXPECT_TRUE(report.pinned.empty());
    ASSERT_EQ(report.owners.size(), 1u);
}

TEST(Growth, KnowsInHowManyIterationsAnOperationCompiledNothing) {
    RecordingMaker maker;
    EXPECT_EQ(with_tables(maker, {1, 1, 2, 2, 3, 3}).pinned.size(), 1u) << "three, the last one too";
    RecordingMaker other;
    EXPECT_TRUE(with_tables(other, {1, 1, 2, 2, 3}).pinned.empty());
}

// A batch that is kept for eight iterations and freed; at the end half of one.
TEST(Growth, OfABatchThatIsFreedAgainAndAgainIsNone) {
    for (const size_t batch : {size_t{5}, size_t{6}, size_t{8}}) {
        RecordingMaker maker;
        const uint32_t chip = maker.place({1});
        std::vector<uint64_t> kept;
        for (size_t i = 0; i < 3 * batch + batch / 2; ++i) {
            maker.begin_iteration();
            kept.push_back(maker.alloc(chip, Pool::kDram, 10));
            if (kept.size() == batch) {
                for (const uint64_t handle : kept) maker.free(handle);
                kept.clear();
            }
            maker.end_iteration();
        }
        for (const uint64_t handle : kept) maker.free(handle);
        for (const OwnerGrowth& owner : growth_of(maker.finish()).owners)
            EXPECT_EQ(owner.grown.certainty, Certainty::kPossible) << batch;
    }
}

// Each of ten prefills keeps something, then there are thirty clean steps of decoding.
TEST(Growth, AmongIterationsOfOneKindIsKnownToLeaks) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), conv = maker.text("conv"), prefill = maker.text("prefill");
    for (int i = 0; i < 40; ++i) {
        maker.begin_iteration(0, i < 10 ? prefill : 0);
        if (i < 10) maker.alloc(chip, Pool::kDram, 10, conv);
        maker.end_iteration();
    }
    const Repetition& history = growth_of(maker.finish()).repetitions.at(0);
    EXPECT_TRUE(history.does_grow({"conv", "", Pool::kDram, AllocationClass::kTensor}));
    EXPECT_FALSE(history.does_grow({"conv", "", Pool::kL1, AllocationClass::kTensor}));
}

TEST(Growth, OfAnOperationThatAlwaysCompilesIsALeak) {
    RecordingMaker maker;
    const GrowthReport report = with_tables(maker, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
    EXPECT_TRUE(report.pinned.empty());
    ASSERT_EQ(report.owners.size(), 1u);
    EXPECT_EQ(report.owners[0].grown.certainty, Certainty::kCertain);
}

// Four validations among many steps of training, each of which leaves one block.
TEST(Growth, OfTooFewIterationsOfAKindIsPossibleAndSaysSo) {
    for (const bool replaces : {false, true}) {
        RecordingMaker maker;
        const uint32_t chip = maker.place({1}), exp = maker.text("exp"), validate = maker.text("validate");
        std::vector<uint64_t> list;
        for (int epoch = 0; epoch < 4; ++epoch) {
            for (int i = 0; i < 20; ++i) maker.begin_iteration(), maker.end_iteration();
            maker.begin_iteration(0, validate);
            list.push_back(maker.alloc(chip, Pool::kDram, 10, exp));
            if (replaces && epoch > 0) maker.free(list[list.size() - 2]);
            maker.end_iteration();
        }
        if (replaces) list = {list.back()};
        for (const uint64_t handle : list) maker.free(handle);
        const GrowthReport report = growth_of(maker.finish());
        if (replaces) {
            for (const OwnerGrowth& owner : report.owners) EXPECT_FALSE(owner.too_few);
            continue;
        }
        ASSERT_EQ(report.owners.size(), 1u);
        EXPECT_TRUE(report.owners[0].too_few);
        EXPECT_EQ(report.owners[0].iterations_called, validate);
        EXPECT_EQ(report.owners[0].grown.grew_in, 4u);
        EXPECT_EQ(report.owners[0].outlived, 4u);
    }
}

TEST(Growth, KnowsWhichIterationsItHasNoHistoryOf) {
    RecordingMaker maker;
    maker.recording.end.processes[0].iterations_ended = 20;
    const GrowthReport report = with_a_list(maker, 3, 0, false);
    EXPECT_EQ(report.processes[0].iterations_missing, 16u);
    EXPECT_TRUE(report.processes[0].has_gap);
}

TEST(Growth, OfTheProgramCacheIsAChapterOfItsOwn) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (uint64_t i = 0; i < 5; ++i) {
        maker.begin_iteration();
        maker.add(EventKind::kProgramCreated).subject = 100 + i;
        maker.alloc(chip, Pool::kDram, 2048, {.allocation_class = AllocationClass::kProgram, .holder = 100 + i});
        maker.alloc(chip, Pool::kL1Small, 64, {.holder = 100 + i});
        maker.end_iteration();
    }
    const GrowthReport report = growth_of(maker.finish());
    EXPECT_TRUE(report.owners.empty());
    EXPECT_EQ(report.processes[0].programs.first, 2u);
    EXPECT_EQ(report.processes[0].programs.last, 5u);
    ASSERT_EQ(report.caches.size(), 2u);
    EXPECT_EQ(report.caches[1].pool, Pool::kL1Small);
    EXPECT_EQ(report.caches[1].grown.last, (Sum{5, 320, 320}));
    EXPECT_EQ(report.caches[1].grown.certainty, Certainty::kCertain);
}

TEST(Growth, WhatIsMarkedPersistentMayGrow) {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1});
    for (int i = 0; i < 6; ++i) {
        maker.begin_iteration();
        const uint64_t one = maker.alloc(chip, Pool::kDram, 10);
        if (i % 2 == 0) maker.persist(one);
        if (i % 2 == 1) maker.free(one);
        maker.end_iteration();
    }
    EXPECT_TRUE(growth_of(maker.finish()).owners.empty());
}

// What is live of each op at the ends of iterations, counted the plain way.
TEST(Growth, EqualsTheTruthOfMadeUpWorkloads) {
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        std::map<uint64_t, Event> live;
        std::set<uint64_t> closed;
        std::vector<std::map<std::tuple<uint32_t, uint32_t, Pool>, uint64_t>> ends;
        const std::vector<Place>& places = random.maker.recording.end.places;
        for (const Event& event : random.maker.events) {
            if (event.kind == EventKind::kAllocated) live[event.subject] = event;
            if (event.kind == EventKind::kFreed) live.erase(event.subject);
            if (event.kind == EventKind::kMadePersistent) live[event.subject].persistent = true;
            if (event.kind == EventKind::kPlaceClosed) {
                std::erase_if(live, [&](const auto& entry) {
                    const Place& of = places[entry.second.place];
                    return entry.second.place == event.place ||
                           (of.parent != 0 && of.parent == places[event.place].registration);
                });
            }
            if (event.kind != EventKind::kIterationEnded) continue;
            ends.emplace_back();
            for (const auto& [handle, block] : live) {
                if (block.persistent || block.holder != 0) continue;
                ends.back()[{block.op, block.tag, block.pool}] +=
                    block.bytes_per_bank * places[block.place].chips.size();
            }
        }
        const GrowthReport report = growth_of(random.maker.finish());
        ASSERT_EQ(report.processes.size(), ends.empty() ? 0u : 1u);
        if (ends.empty()) continue;
        ASSERT_EQ(report.processes[0].iterations, ends.size());
        const size_t warm_up = report.processes[0].warm_up;
        for (const OwnerGrowth& owner : report.owners) {
            if (owner.several || owner.grown.until_freed != 0 || owner.outlived != 0) continue;
            if (owner.allocation_class == AllocationClass::kProgram) continue;  // its program is gone
            const std::tuple key(owner.op, owner.tag, owner.pool);
            ASSERT_EQ(owner.grown.first.reserved_bytes, ends[warm_up - 1][key]);
            ASSERT_EQ(owner.grown.last.reserved_bytes, ends.back()[key]);
        }
        for (const auto& [key, bytes] : ends.back()) {
            if (bytes <= ends[warm_up - 1][key]) continue;
            ASSERT_TRUE(std::any_of(report.owners.begin(), report.owners.end(), [&](const OwnerGrowth& owner) {
                return std::tuple(owner.op, owner.tag, owner.pool) == key;
            }));
        }
    }
}

}  // namespace
}  // namespace ttmem
