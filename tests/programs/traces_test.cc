// Traces: a capture launches nothing, a replay launches all of it.
#include "tests/programs/scene.h"

using namespace ttmem;
using namespace ttmem::programs_testing;

namespace {

struct TwoPrograms {
    ttmem_place place = make_chip_place(kChip);
    ttmem_handle small = program("small"), large = program("large");

    TwoPrograms() {
        plan(small, place, {cb(kBase, 100, kGrid)});
        plan(large, place, {cb(kBase, 300, kLeft)});
    }
    ttmem_handle capture(std::vector<ttmem_handle> programs) const {
        CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
        for (const ttmem_handle p : programs) CHECK_EQ(ttmem_program_dispatched(p, place), TTMEM_OK);
        const ttmem_handle trace = ttmem_trace_end(ttmem_intern("decode"), 3);
        CHECK(trace != 0);
        return trace;
    }
};

}  // namespace

CLIENT_TEST(Traces, ACaptureLaunchesNothingAndAReplayAllOfItInOrder, {}) {
    const TwoPrograms two;
    const ttmem_handle trace = two.capture({two.large, two.small, two.large});
    CHECK_EQ(bytes_on(kChip).resident, 0);
    Snapshot now = snapshot();
    CHECK_EQ(now.traces.size(), 1);
    CHECK(now.traces[0].name == "decode" && !now.traces[0].replayed);
    CHECK_EQ(now.traces[0].number, 3);
    CHECK_EQ(now.traces[0].plans, 2);
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_OK);
    CHECK_EQ(bytes_on(kChip).resident, 32 * 300 + 32 * 100);
    ttmem_program_dispatched(two.small, two.place);
    CHECK_EQ(bytes_on(kChip).resident, 64 * 100);
    ttmem_trace_replayed(trace);
    CHECK_EQ(bytes_on(kChip).resident, 32 * 300 + 32 * 100);
    CHECK(snapshot().traces[0].replayed);
}

CLIENT_TEST(Traces, AReleaseLeavesWhatWasReplayedLast, {}) {
    const TwoPrograms two;
    const ttmem_handle trace = two.capture({two.small});
    ttmem_program_dispatched(two.large, two.place);
    ttmem_trace_replayed(trace);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);
    CHECK_EQ(bytes_on(kChip).resident, 64 * 100);
    CHECK(snapshot().traces.empty());
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_UNKNOWN);
}

CLIENT_TEST(Traces, NeitherAReplayNorAReleasePutsAPlanInForceThatWaits, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle changing = program("changing");
    plan(changing, place, {cb(kBase, 50, kGrid)});
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    ttmem_program_dispatched(changing, place);
    const ttmem_handle trace = ttmem_trace_end(0, 0);
    plan(changing, place, {cb(kBase, 60, kGrid)});
    ttmem_program_dispatched(changing, place);
    plan(changing, place, {cb(kBase, 50, kGrid)});  // waits again
    ttmem_trace_replayed(trace);
    const CbBytes replayed = bytes_on(kChip);
    CHECK((replayed == CbBytes{64 * 60, 0}));
    ttmem_trace_released(trace);
    CHECK((bytes_on(kChip) == replayed));
    ttmem_program_dispatched(changing, place);
    CHECK((bytes_on(kChip) == CbBytes{64 * 50, 64 * 50}));
}

CLIENT_TEST(Traces, ATraceLaunchesNothingWhenTheRecordOfItsSessionIsUsedAgain, {}) {
    const TwoPrograms two;
    const ttmem_handle trace = two.capture({two.small});
    ttmem_close(two.place);
    CHECK_EQ(snapshot().traces.size(), 1);
    for (uint32_t i = 0; i < ledger::Geometry().sessions; ++i) {  // each of them has as good a reason to be kept
        const ttmem_place other = mesh(i, {kChip});
        plan(two.small, other, {cb(kBase, 50, kGrid)});
        ttmem_close(other);
    }
    CHECK(snapshot().traces.empty());
    CHECK(!snapshot().coverage.complete);
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);
}

CLIENT_TEST(Traces, AProgramInTheSlotOfOneThatWasCapturedIsNotTakenForIt, {}) {
    const TwoPrograms two;
    const ttmem_handle trace = two.capture({two.large});
    ttmem_program_cbs_freed(two.large), ttmem_program_destroyed(two.large);
    for (int i = 0; i < 70; ++i) plan(program("next"), two.place, {cb(kBase, 300, kLeft)});
    ttmem_program_dispatched(two.small, two.place);
    ttmem_trace_replayed(trace);
    CHECK_EQ(bytes_on(kChip).resident, 32 * 100);  // the cores of the dead one have nothing
    ttmem_trace_released(trace);
    CHECK_EQ(bytes_on(kChip).resident, 32 * 100);
}

CLIENT_TEST(Traces, AChangedPlanIsInForceFromTheCaptureOn, {}) {
    const TwoPrograms two;
    ttmem_program_dispatched(two.small, two.place);
    plan(two.small, two.place, {cb(kBase, 50, kGrid)});
    const ttmem_handle trace = two.capture({two.small});
    CHECK((bytes_on(kChip) == CbBytes{32 * 300 + 32 * 50, 0}));
    ttmem_trace_replayed(trace);
    CHECK_EQ(bytes_on(kChip).resident, 64 * 50);
}

CLIENT_TEST(Traces, DispatchesAtPartsOfACapturedMeshBelongToItsTraceAndOthersDoNot, {}) {
    const ttmem_place other = make_chip_place(79, 2);
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place all = mesh(0, {77, 78}), part = mesh(0, {78}, all);
    const ttmem_handle on_part = program("on_part"), elsewhere = program("elsewhere");
    plan(on_part, part, {cb(kBase, 100, kGrid)});
    plan(elsewhere, other, {cb(kBase, 10, kGrid)});
    CHECK_EQ(ttmem_trace_begin(all), TTMEM_OK);
    ttmem_program_dispatched(on_part, part), ttmem_program_dispatched(elsewhere, other);
    const ttmem_handle trace = ttmem_trace_end(0, 0);
    CHECK_EQ(bytes_on(79).resident, 64 * 10);
    CHECK_EQ(bytes_on(78).resident, 0);
    ttmem_trace_replayed(trace);
    CHECK_EQ(bytes_on(78).resident, 64 * 100);
    CHECK_EQ(bytes_on(77).resident, 0);
}

CLIENT_TEST(Traces, TracesComeAndGoAndTheirRoomIsUsedAgain, {}) {
    const TwoPrograms two;
    std::vector<ttmem_handle> kept;
    for (int i = 0; i < 2000; ++i) {
        kept.push_back(two.capture(i % 3 == 0 ? std::vector{two.small, two.large} : std::vector{two.small}));
        if (kept.size() == 100) {
            for (size_t k = 0; k < kept.size(); k += 2) CHECK_EQ(ttmem_trace_released(kept[k]), TTMEM_OK);
            for (size_t k = 1; k < kept.size(); k += 2) CHECK_EQ(ttmem_trace_released(kept[k]), TTMEM_OK);
            kept.clear();
        }
    }
    const Snapshot now = snapshot();
    CHECK(now.coverage.complete);
    CHECK(now.traces.empty());
}

CLIENT_TEST(Traces, AnAllocationNamesTheTraceThatHoldsItWhileItLives, {}) {
    const TwoPrograms two;
    const ttmem_handle trace = two.capture({two.small});
    ttmem_allocation commands = make_allocation(two.place);
    commands.pool = TTMEM_POOL_TRACE;
    commands.kind = TTMEM_CLASS_TRACE;
    commands.holder = trace;
    CHECK(ttmem_record_alloc(&commands) != 0);
    CHECK_EQ(snapshot().allocations.at(0).trace, 1);
    ttmem_trace_released(trace);
    const Allocation left = snapshot().allocations.at(0);
    CHECK(left.trace == 0 && left.holder_ended);
}

CLIENT_TEST(Traces, AnEndWithoutABeginIsRefusedAndTwoBeginsAre, {}) {
    const TwoPrograms two;
    CHECK_EQ(ttmem_trace_end(0, 0), 0);
    CHECK_EQ(ttmem_trace_begin(two.place), TTMEM_OK);
    CHECK_EQ(ttmem_trace_begin(two.place), TTMEM_INVALID);
    CHECK(ttmem_trace_end(0, 0) != 0);
    CHECK_EQ(ttmem_trace_begin(999), TTMEM_INVALID);
}

CLIENT_TEST(Traces, WhatALivingTraceHoldsIsNoLeakHoweverManySessionsComeAndGo, {}) {
    const ttmem_place one = make_chip_place(kChip), other = make_chip_place(78, 1), both = mesh(0, {kChip, 78});
    ttmem_trace_begin(one);
    ttmem_allocation commands = make_allocation(both);
    commands.holder = ttmem_trace_end(ttmem_intern("decode"), 1);
    commands.kind = TTMEM_CLASS_TRACE;
    ttmem_record_alloc(&commands);
    ttmem_close(one);
    for (int i = 0; i < 5000; ++i) ttmem_open(other), ttmem_close(other);
    const Snapshot now = snapshot();
    CHECK_EQ(now.traces.size(), 1);
    CHECK_EQ(now.allocations.at(0).trace, 1);
    CHECK(!now.allocations[0].holder_ended);
    CHECK(now.coverage.complete);
}

CLIENT_TEST(Traces, APartWhoseRecordIsUsedAgainTakesItsDispatchesWithIt, {}) {
    make_tables_short();
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place all = mesh(0, {77, 78}), part = mesh(0, {78}, all);
    const ttmem_handle on_part = program("on_part"), on_all = program("on_all");
    plan(on_part, part, {cb(kBase, 100, kGrid)}), plan(on_all, all, {cb(kBase, 10, kGrid)});
    CHECK_EQ(ttmem_trace_begin(all), TTMEM_OK);
    ttmem_program_dispatched(on_all, all), ttmem_program_dispatched(on_part, part);
    const ttmem_handle trace = ttmem_trace_end(0, 0);
    ttmem_close(part);
    const auto records = static_cast<uint32_t>(Bytes::mine().map().geometry.sessions - 1);
    for (uint32_t i = 1; i < records + 3; ++i) {  // each of them has as good a reason to be kept
        const ttmem_place other = mesh(i, {77});
        plan(on_part, other, {cb(kBase, 50, kGrid)});
        ttmem_close(other);
    }
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_OK);
    CHECK_EQ(bytes_on(78).resident, 64 * 10);
    CHECK(!snapshot().coverage.complete);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);
    CHECK_EQ(bytes_on(78).resident, 64 * 10);
}
