#include "src/analysis/leaks/kept_to_end.h"

#include <gtest/gtest.h>

#include "src/analysis/leaks/growth.h"
#include "src/analysis/leaks/judgement.h"
#include "tests/support/recording_maker.h"

namespace ttmem {
namespace {

using Kept = Repetition::Kept;

// A program without iterations that ended.
class Script {
public:
    RecordingMaker maker;
    uint32_t chip = maker.place({1}), ones = maker.text("ttnn.ones"), exp = maker.text("ttnn.exp"),
             add = maker.text("ttnn.add"), deallocate = maker.text("ttnn.deallocate");

    uint64_t make(uint32_t op) { return maker.alloc(chip, Pool::kDram, 10, op); }
    void dispatch(uint32_t op) { maker.add(EventKind::kDispatched).op = op; }
    uint64_t run(uint32_t op) {
        const uint64_t result = make(op);
        dispatch(op);
        return result;
    }
    // As `kept.append(exp(ones()))` in a loop.
    std::vector<uint64_t> list(int steps) {
        std::vector<uint64_t> kept;
        for (int i = 0; i < steps; ++i) {
            const uint64_t x = make(ones);
            kept.push_back(run(exp));
            maker.free(x);
        }
        return kept;
    }
    Repetition finish(bool closed = true) {
        if (closed) maker.close(chip);
        Recording recording = maker.finish();
        recording.end.processes[0].state = ProcessState::kExited;
        return growth_of(recording).repetitions[0];
    }
};

TEST(KeptToEnd, WhatWasMadeAgainAndAgainBetweenOtherWorkIsNoFixedSet) {
    for (const auto& [steps, kept] : {std::pair(2, Kept::kOnce), std::pair(3, Kept::kAgain)}) {
        Script program;
        program.list(steps);
        EXPECT_EQ(program.finish().kept, kept) << steps;
    }
}

TEST(KeptToEnd, WhatVariablesGiveBackAtLastWasKeptAsWell) {
    for (const bool closed : {false, true}) {
        Script program;
        for (const uint64_t handle : program.list(5)) program.maker.free(handle);
        const Repetition of = program.finish(closed);
        EXPECT_EQ(of.kept, Kept::kAgain);
        ASSERT_EQ(of.freed_at_last.size(), 1u);
        EXPECT_EQ(std::get<0>(of.freed_at_last.begin()->first), "ttnn.exp");
        EXPECT_EQ(of.freed_at_last.begin()->second, (Sum{5, 50, 50}));
    }
}

// The close takes the rest. A window frees one with each that is made, and so once after all work.
TEST(KeptToEnd, AListOfWhichTheOlderPartIsFreedAfterAllWorkWasKept) {
    for (const auto& [steps, freed, work_after, kept] :
         {std::tuple(3, 1, 0, Kept::kOnce), std::tuple(3, 2, 0, Kept::kAgain), std::tuple(4, 2, 0, Kept::kAgain),
          std::tuple(4, 2, 1, Kept::kOnce), std::tuple(2, 1, 0, Kept::kOnce)}) {
        Script program;
        const std::vector<uint64_t> list = program.list(steps);
        for (int i = 0; i < freed; ++i) program.maker.free(list[static_cast<size_t>(i)]);
        for (int i = 0; i < work_after; ++i) program.maker.free(program.run(program.add));
        EXPECT_EQ(program.finish().kept, kept) << steps << freed << work_after;
    }
}

TEST(KeptToEnd, AListThatIsFreedWhenNearlyAllWorkIsDoneWasKeptHoweverThatIsDone) {
    for (const auto& [by_name, work_after, kept] :
         {std::tuple(true, 0, Kept::kAgain), std::tuple(false, 1, Kept::kAgain), std::tuple(true, 1, Kept::kAgain),
          std::tuple(false, 10, Kept::kOnce), std::tuple(true, 10, Kept::kOnce)}) {
        Script program;
        for (const uint64_t handle : program.list(9)) program.maker.free(handle, by_name ? program.deallocate : 0);
        for (int i = 0; i < work_after; ++i) program.maker.free(program.run(program.add));
        EXPECT_EQ(program.finish().kept, kept) << by_name << work_after;
    }
}

TEST(KeptToEnd, OfTheWorkThatIsYetToComeWhatIsCompiledIsNone) {
    Script program;
    for (const uint64_t handle : program.list(5)) program.maker.free(handle);
    for (const char* name : {"ttnn.sqrt", "ttnn.log"}) {
        const uint32_t op = program.maker.text(name);
        const uint64_t compiled = program.maker.compile(op);
        program.maker.alloc(program.chip, Pool::kDram, 10,
                            {.op = op, .allocation_class = AllocationClass::kProgram, .holder = compiled});
        program.maker.free(program.run(op));
    }
    EXPECT_EQ(program.finish().kept, Kept::kAgain);
}

// As weights that are trained, layer by layer; `leaks` keeps those of the first epoch as well.
TEST(KeptToEnd, WhatReplacesOthersIsNoneOfWhatPilesUp) {
    for (const auto& [leaks, kept] : {std::pair(false, Kept::kOnce), std::pair(true, Kept::kAgain)}) {
        Script program;
        std::vector<uint64_t> weights;
        for (int epoch = 0; epoch < 5; ++epoch) {
            for (size_t layer = 0; layer < 3; ++layer) {
                program.maker.free(program.run(program.add));
                const uint64_t updated = program.run(program.exp);
                if (epoch == 0) weights.push_back(updated);
                if (epoch == 1 && leaks) weights[layer] = updated;
                if (epoch == 0 || (epoch == 1 && leaks)) continue;
                program.maker.free(weights[layer]);
                weights[layer] = updated;
            }
        }
        EXPECT_EQ(program.finish().kept, kept) << leaks;
    }
}

TEST(KeptToEnd, WhatPilesUpBeforeTheFirstIterationIsNotJudgedSetUp) {
    for (const auto& [works, again] : {std::pair(false, 0u), std::pair(true, 5u)}) {
        Script program;
        program.maker.recording.end.processes[0].iterations_begun = 4;
        for (int i = 0; i < 5; ++i) works ? program.run(program.exp) : program.make(program.ones);
        for (int i = 0; i < 4; ++i) {
            program.maker.begin_iteration();
            program.maker.free(program.run(program.exp));
            program.maker.end_iteration();
        }
        EXPECT_EQ(program.finish().made_again.size(), again);
    }
}

TEST(KeptToEnd, WeightsAreAFixedSetHoweverManyAndOfWhateverOperations) {
    Script program;
    const uint32_t rand = program.maker.text("ttnn.rand");
    for (int i = 0; i < 40; ++i) program.make(program.ones), program.run(rand);
    uint64_t x = program.make(program.ones);
    for (int i = 0; i < 40; ++i) {
        const uint64_t y = program.run(program.add);
        program.maker.free(x);
        x = y;
    }
    EXPECT_EQ(program.finish().kept, Kept::kOnce);
}

TEST(KeptToEnd, ResultsOfOneOperationAloneArePiledUp) {
    Script program;
    program.make(program.ones);
    for (int i = 0; i < 5; ++i) program.run(program.exp);
    EXPECT_EQ(program.finish().kept, Kept::kAgain);
}

// Of a runtime that tells of no programs nothing but the frees says that there were steps.
TEST(KeptToEnd, ResultsWhoseInputsWereDroppedBetweenThemArePiledUpWithoutDispatches) {
    Script program;
    for (int i = 0; i < 30; ++i) {
        const uint64_t x = program.make(program.ones);
        program.make(program.exp);
        program.maker.free(x);
    }
    EXPECT_EQ(program.finish().kept, Kept::kAgain);
}

// Weights that were converted, or one result that is converted again and again.
TEST(KeptToEnd, ConversionsAreAFixedSetAsFarAsEachMayHaveItsOwnInput) {
    enum class Inputs { kOne, kFew, kAllBefore, kDropped, kEach, kReplaced };
    for (const auto& [inputs, kept] :
         {std::pair(Inputs::kOne, Kept::kAgain), std::pair(Inputs::kFew, Kept::kAgain),
          std::pair(Inputs::kAllBefore, Kept::kAgain), std::pair(Inputs::kDropped, Kept::kOnce),
          std::pair(Inputs::kEach, Kept::kOnce), std::pair(Inputs::kReplaced, Kept::kOnce)}) {
        Script program;
        const uint32_t typecast = program.maker.text("ttnn.typecast");
        std::vector<uint64_t> results, list;
        for (int i = 0; i < 6 && inputs == Inputs::kReplaced; ++i) results.push_back(program.make(program.exp));
        program.run(program.add);
        const bool in_a_list = inputs == Inputs::kAllBefore || inputs == Inputs::kDropped;
        const int before = inputs == Inputs::kFew ? 3 : in_a_list ? 6 : 0;
        for (int i = 0; i < before; ++i) list.push_back(program.make(program.ones));
        for (size_t i = 0; i < 6; ++i) {
            if (inputs == Inputs::kEach) program.make(program.ones);
            program.run(typecast);
            if (inputs == Inputs::kReplaced) program.maker.free(results[i]);
        }
        for (size_t i = 0; i < list.size() && inputs == Inputs::kDropped; ++i) program.maker.free(list[i]);
        program.run(program.add);
        EXPECT_EQ(program.finish().kept, kept) << static_cast<int>(inputs);
    }
}

// As a list of typecast() of each step's result, whose own input is dropped then.
TEST(KeptToEnd, ConversionsOfStepsThatEachDropTheirInputAreAListAllTheSame) {
    Script program;
    const uint32_t typecast = program.maker.text("ttnn.typecast");
    std::vector<uint64_t> list;
    for (int step = 0; step < 5; ++step) {
        const uint64_t x = program.make(program.ones), h = program.run(program.exp);
        for (int i = 0; i < 2; ++i) list.push_back(program.run(typecast));
        for (const uint64_t handle : {x, h}) program.maker.free(handle);
    }
    for (const uint64_t handle : list) program.maker.free(handle);
    EXPECT_EQ(program.finish().kept, Kept::kAgain);
}

TEST(KeptToEnd, SessionsAreLookedAtOneByOne) {
    Script program;
    for (int i = 0; i < 5; ++i) {
        program.list(1);
        program.maker.close(program.chip);
        program.chip = program.maker.place({1});
    }
    EXPECT_EQ(program.finish(false).kept, Kept::kOnce);
}

TEST(KeptToEnd, WithoutNamesAFreeTellsALoopFromASet) {
    for (const auto& [frees, kept] : {std::pair(false, Kept::kOnce), std::pair(true, Kept::kAgain)}) {
        Script program;
        for (int i = 0; i < 5; ++i) {
            program.make(0);
            if (frees) program.maker.free(program.make(0));
        }
        EXPECT_EQ(program.finish().kept, kept);
    }
}

TEST(KeptToEnd, OfALivingProcessAndOfHistoryWithGapsNothingIsKnown) {
    Script program;
    for (const uint64_t handle : program.list(5)) program.maker.free(handle);
    EXPECT_TRUE(growth_of(program.maker.finish()).repetitions[0].freed_at_last.empty()) << "it may go on";
    Script gap;
    gap.list(1);
    gap.maker.recording.gaps.push_back({.process = ProcessIndex{0}, .from = RecordingMaker::kBegan + 1, .why = "lost"});
    EXPECT_EQ(gap.finish().kept, Kept::kUnknown);
}

TEST(KeptToEnd, InTheLastIterationAsManyAsOneBeforeItMadeAreAlike) {
    for (const auto& [made, alike] : {std::pair(1, 1u), std::pair(2, 0u)}) {
        Script program;
        program.maker.recording.end.processes[0].iterations_begun = 4;
        for (int i = 0; i < 3; ++i) {
            program.maker.begin_iteration();
            program.maker.free(program.run(program.exp));
            program.maker.end_iteration();
        }
        program.maker.begin_iteration();
        for (int i = 0; i < made; ++i) program.run(program.exp);
        program.run(program.add);
        EXPECT_EQ(program.finish().like_before.size(), alike);
    }
}

// As the last step of --iterations-by, which no other one ends: a list in it, freed when all is done.
TEST(KeptToEnd, InTheLastIterationABurstOfMoreThanThoseBeforeItMadeIsNotJudged) {
    for (const auto& [before, burst, work_after, freed] :
         {std::tuple(1, 4, 0, 4u), std::tuple(4, 4, 0, 0u), std::tuple(1, 2, 0, 0u), std::tuple(1, 4, 1, 0u)}) {
        Script program;
        program.maker.recording.end.processes[0].iterations_begun = 4;
        for (int i = 0; i < 3; ++i) {
            program.maker.begin_iteration();
            for (const uint64_t handle : program.list(before)) program.maker.free(handle);
            program.maker.end_iteration();
        }
        program.maker.begin_iteration();
        for (const uint64_t handle : program.list(burst)) program.maker.free(handle);
        for (int i = 0; i < work_after; ++i) program.maker.free(program.run(program.add));
        const Repetition of = program.finish();
        Sum sum;
        for (const auto& [owner, its] : of.freed_at_last) sum += its;
        EXPECT_EQ(sum.allocations, freed) << before << burst << work_after;
    }
}

// A snapshot, and what history says of it.
Judgement judged_with(Kept kept, const std::string& asked_for = "") {
    Script program;
    program.list(3);
    Snapshot end = program.maker.finish().end;
    end.processes[0].iterations_by = asked_for;
    for (Allocation& a : end.allocations) a.released = true;
    Repetitions repetitions;
    repetitions[end.processes[0].ledger].kept = kept;
    return judge(end, {}, repetitions);
}

TEST(KeptToEnd, AFixedSetIsJudgedAndCounted) {
    EXPECT_TRUE(judged_with(Kept::kOnce).complete());
    EXPECT_EQ(judged_with(Kept::kOnce).kept, (Sum{3, 30, 30}));
    for (const Kept kept : {Kept::kAgain, Kept::kUnknown}) {
        EXPECT_FALSE(judged_with(kept).complete());
        EXPECT_EQ(judged_with(kept).sum, (Sum{3, 30, 30}));
    }
    EXPECT_FALSE(judged_with(Kept::kOnce, "ttnn.none").complete()) << "who asks for steps is told that there were none";
}

TEST(Work, KnowsByTheirNamesWhatOnlyMakesInputs) {
    for (const char* name : {"ttnn.zeros", "ttnn.from_torch", "test.zeros", "ones", "ttnn.to_device"})
        EXPECT_TRUE(only_makes_inputs(name)) << name;
    for (const char* name : {"ttnn.add", "ttnn.matmul", "my.zeros_and_more", ""})
        EXPECT_FALSE(only_makes_inputs(name)) << name;
}

TEST(Work, IterationsBeforeItSetUpWhereTheyBeginWithWhatOnlyMakesInputs) {
    for (const auto& [by, first] : {std::pair("ttnn.ones", 3u), std::pair("ttnn.add", 0u), std::pair("", 0u)}) {
        Script program;
        program.maker.recording.end.processes[0].iterations_by = by;
        for (int i = 0; i < 6; ++i) {
            program.maker.begin_iteration();
            program.make(program.ones);
            if (i >= 2) program.maker.free(program.run(program.add));
            program.maker.end_iteration();
        }
        EXPECT_EQ(program.finish().first_step, first) << by;
    }
    Script none;
    none.maker.recording.end.processes[0].iterations_by = "ttnn.ones";
    for (int i = 0; i < 6; ++i) {
        none.maker.begin_iteration();
        none.make(none.ones);
        none.maker.end_iteration();
    }
    EXPECT_EQ(none.finish().first_step, 0u) << "without any work nothing is known to set up";
}

TEST(Work, StepsMayBeginWithWhatRunsAllTheTime) {
    Script program;
    const auto call = [&](uint32_t op) { program.maker.add(EventKind::kOperationBegun).name = op; };
    const auto run = [&](uint32_t op) { call(op), program.maker.free(program.run(op)); };
    const uint32_t once = program.maker.text("ttnn.embedding"), late = program.maker.text("ttnn.argmax");
    const uint32_t deallocate = program.maker.text("ttnn.deallocate");
    for (int i = 0; i < 3; ++i) run(once);
    for (int i = 0; i < 8; ++i) {
        call(program.ones);
        run(program.exp), run(program.add), run(program.add);
        call(deallocate);  // makes nothing
    }
    for (int i = 0; i < 3; ++i) run(late);
    EXPECT_EQ(program.finish().steady, (std::vector<std::string>{"ttnn.exp", "ttnn.add"}));
}

}  // namespace
}  // namespace ttmem
