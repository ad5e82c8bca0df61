#include "src/analysis/compare/alignment.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

using Anchor = Alignment::Anchor;

Alignment aligned(const Recording& own, const Recording& other) {
    return alignment_of(own, timeline_of(own, 100), other, timeline_of(other, 100));
}

// Iterations of this name one after the other, each with so many events.
Recording run_of(const char* name, const std::vector<int>& lengths, int before = 0) {
    RecordingMaker maker;
    const uint32_t text = *name == 0 ? 0 : maker.text(name);
    for (int i = 0; i < before; ++i) maker.add(EventKind::kPlaceOpened);
    for (const int length : lengths) {
        maker.begin_iteration(0, text);
        for (int i = 0; i < length; ++i) maker.add(EventKind::kPlaceOpened);
        maker.end_iteration();
    }
    return maker.finish();
}

TEST(Alignment, IterationsOfOneNameGoTogetherInTheirOrder) {
    const Alignment alignment = aligned(run_of("step", {3, 3, 3}), run_of("step", {1, 9, 1, 5}, 20));
    EXPECT_EQ(alignment.iterations, 3u);
    EXPECT_EQ(alignment.paired, 3u);
    EXPECT_EQ(alignment.anchors.size(), 6u) << "each begin and each end";
}

TEST(Alignment, TheShortestIterationCountsAsWell) {
    const Recording own = run_of("step", std::vector<int>(900, 0)), other = run_of("step", std::vector<int>(800, 1));
    const Alignment alignment = aligned(own, other);
    EXPECT_EQ(alignment.paired, 800u);
    EXPECT_LE(alignment.anchors.size(), kMostAnchors);
    EXPECT_GT(alignment.anchors.size(), kMostAnchors / 2);
    EXPECT_LT(alignment.anchors.back().own, 90) << "the last hundred has nothing to lie on";
}

TEST(Alignment, OfAPartIterationsGoByTheirNumber) {
    RecordingMaker maker;
    const uint32_t step = maker.text("step");
    for (int i = 0; i < 4; ++i) maker.begin_iteration(0, step), maker.end_iteration();
    Recording part = maker.finish();
    part.is_part = true;
    maker.events.erase(maker.events.begin(), maker.events.begin() + 4);
    part.source = std::make_shared<EventsInMemory>(maker.events);
    EXPECT_EQ(aligned(part, run_of("step", {1, 1, 1, 1})).paired, 2u);
    EXPECT_EQ(aligned(part, run_of("step", {1, 1, 1})).paired, 1u) << "the third alone is in both";
}

TEST(Alignment, OfRunsWithNothingAlikeThereIsNone) {
    EXPECT_EQ(aligned(run_of("prefill", {1, 2}), run_of("decode", {1, 2})).anchors, std::vector<Anchor>{});
    EXPECT_EQ(aligned(run_of("", {1}), run_of("", {})).anchors, std::vector<Anchor>{});
}

// The plain way: every pair of iterations is looked at, and the longest chain found by all that may come before.
struct Oracle {
    struct Iteration {
        std::string name;
        uint64_t number, process;
        double begin, end = -1;
    };
    static std::vector<Iteration> iterations(const Recording& recording, const Timeline& axis) {
        std::vector<Iteration> found;
        std::vector<Event> block;
        recording.source->rewind();
        while (recording.source->next(block)) {
            for (const Event& event : block) {
                const double at =
                    100.0 * static_cast<double>(event.at - axis.from) / static_cast<double>(axis.to - axis.from);
                if (event.kind == EventKind::kIterationBegun)
                    found.push_back({recording.end.texts[event.name], event.subject, event.process, at});
                for (Iteration& one : found) {
                    if (event.kind == EventKind::kIterationEnded && one.number == event.subject &&
                        one.process == event.process)
                        one.end = at;
                }
            }
        }
        return found;
    }
    static size_t place(const std::vector<Iteration>& all, size_t which) {
        size_t before = 0;
        for (size_t i = 0; i < which; ++i) {
            before +=
                all[i].name == all[which].name && (!all[which].name.empty() || all[i].number == all[which].number);
        }
        return before;
    }
    static std::vector<Anchor> pairs(const std::vector<Iteration>& own, const std::vector<Iteration>& other) {
        std::vector<Anchor> pairs;
        for (size_t i = 0; i < own.size(); ++i) {
            for (size_t j = 0; j < other.size(); ++j) {
                const bool alike = own[i].name == other[j].name && place(own, i) == place(other, j) &&
                                   (!own[i].name.empty() || own[i].number == other[j].number);
                if (!alike) continue;
                pairs.push_back({other[j].begin, own[i].begin});
                if (own[i].end >= 0 && other[j].end >= 0) pairs.push_back({other[j].end, own[i].end});
            }
        }
        return pairs;
    }
    static size_t longest(std::vector<Anchor> pairs) {
        std::ranges::sort(pairs, {}, &Anchor::own);
        std::vector<size_t> chain(pairs.size(), 1);
        size_t most = 0;
        for (size_t i = 0; i < pairs.size(); ++i) {
            for (size_t j = 0; j < i; ++j) {
                if (pairs[j].own < pairs[i].own && pairs[j].other < pairs[i].other)
                    chain[i] = std::max(chain[i], chain[j] + 1);
            }
            most = std::max(most, chain[i]);
        }
        return most;
    }
};

Recording random_run(std::mt19937& random) {
    RecordingMaker maker;
    const std::vector<uint32_t> names = {0, maker.text("prefill"), maker.text("decode")};
    const std::vector<uint32_t> processes = {0, maker.process()};
    std::vector<int> open(2);
    for (int i = 0; i < 60; ++i) {
        const uint32_t process = processes[random() % 2];
        const uint32_t dice = random() % 3;
        if (dice == 0) {
            maker.begin_iteration(process, names[random() % 3]), ++open[process];
        } else if (dice == 1 && open[process] > 0) {
            maker.end_iteration(process), --open[process];
        } else {
            maker.add(EventKind::kPlaceOpened, process);
        }
    }
    return maker.finish();
}

TEST(Alignment, AgreesWithAnOracleOnMadeUpRuns) {
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        const Recording own = random_run(random), other = random_run(random);
        const Timeline own_axis = timeline_of(own, 100), other_axis = timeline_of(other, 100);
        const Alignment alignment = alignment_of(own, own_axis, other, other_axis);
        const std::vector<Anchor> pairs =
            Oracle::pairs(Oracle::iterations(own, own_axis), Oracle::iterations(other, other_axis));
        EXPECT_EQ(alignment.anchors.size(), Oracle::longest(pairs)) << i;
        for (size_t a = 0; a < alignment.anchors.size(); ++a) {
            const Anchor& anchor = alignment.anchors[a];
            EXPECT_TRUE(std::ranges::any_of(pairs, [&](const Anchor& pair) {
                return std::abs(pair.own - anchor.own) < 1e-6 && std::abs(pair.other - anchor.other) < 1e-6;
            })) << i;
            if (a == 0) continue;
            EXPECT_LT(alignment.anchors[a - 1].own, anchor.own);
            EXPECT_LT(alignment.anchors[a - 1].other, anchor.other);
        }
    }
}

}  // namespace
}  // namespace ttmem
