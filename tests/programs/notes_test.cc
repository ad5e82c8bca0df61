// What an adapter says of a process, as a reader sees it; and what kinds of circular buffers its programs have.
#include "tests/support/notes.h"
#include "tests/programs/scene.h"

using namespace ttmem;
using namespace ttmem::programs_testing;

CLIENT_TEST(Notes, TheRuntimeHasANameAndTakesNothingFromTheAnswer, {}) {
    CHECK_EQ(ttmem_note(ttmem_intern("tt-metal 0.81.1, known"), TTMEM_NOTE_RUNTIME), TTMEM_OK);
    const Snapshot now = snapshot();
    CHECK(now.processes.at(0).runtime == "tt-metal 0.81.1, known");
    CHECK(now.coverage.complete);
    CHECK(!has_note(now.coverage, "tt-metal"));
}

CLIENT_TEST(Notes, WhatAnAdapterCouldNotFollowMakesTheAnswerIncomplete, {}) {
    ttmem_note(ttmem_intern("sub-devices are followed from 0.70 on"), 0);
    CHECK(snapshot().coverage.complete);
    ttmem_note(ttmem_intern("circular buffers are not followed"), TTMEM_NOTE_INCOMPLETE);
    const Snapshot now = snapshot();
    CHECK(!now.coverage.complete);
    CHECK(has_note(now.processes.at(0).coverage, "circular buffers are not followed"));
    CHECK(has_note(now.processes.at(0).coverage, "sub-devices are followed"));
    CHECK(now.processes.at(0).runtime.empty());
}

CLIENT_TEST(Notes, MoreOfThemThanAreKeptMakeTheAnswerIncomplete, {}) {
    for (int i = 0; i < 33; ++i) ttmem_note(ttmem_intern(("note " + std::to_string(i)).c_str()), 0);
    CHECK(!snapshot().coverage.complete);
    CHECK(has_note(snapshot().coverage, "found no room"));
}

CLIENT_TEST(ProgramCbs, EachIsOfTheKindThatTheRuntimeCallsIt, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    CHECK_EQ(plan(matmul, place,
                  {cb(kBase, 512, kGrid), cb(kBase + 512, 512, kGrid, TTMEM_CB_DATAFLOW),
                   cb(kBase + 1024, 512, kGrid, TTMEM_CB_SCRATCHPAD), cb(0, 512, kGrid, TTMEM_CB_ALIASED)}),
             TTMEM_OK);
    const Snapshot now = snapshot();
    const std::vector<CircularBuffer>& buffers = named(now, "matmul").cbs.at(0).plan.buffers;
    CHECK_EQ(buffers.size(), 4);
    const CbKind kinds[] = {CbKind::kCb, CbKind::kDataflow, CbKind::kScratchpad, CbKind::kCb};
    for (size_t i = 0; i < 4; ++i) CHECK(buffers[i].kind == kinds[i]);
    CHECK_EQ(named(now, "matmul").cbs[0].reserved_bytes, kCores * 3 * 512);  // whatever they are called
}

CLIENT_TEST(ProgramCbs, OfTwoKindsAtOnceOrOfNoneThatExistsIsRefused, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    for (const uint8_t flags : {TTMEM_CB_DATAFLOW | TTMEM_CB_SCRATCHPAD, 8u}) {
        CHECK_EQ(plan(matmul, place, {cb(kBase, 512, kGrid, flags)}), TTMEM_INVALID);
    }
}

CLIENT_TEST(Overflow, SumsThatNoNumberHoldsAreNotCalledExact, {}) {
    const ttmem_place place = make_chip_place(kChip);
    ttmem_allocation largest = make_allocation(place, (1ull << 44) - 1, (1ull << 40) - 1);
    largest.banks = 4095;
    for (int i = 0; i < 4200; ++i) CHECK(ttmem_record_alloc(&largest) != 0);
    const Snapshot now = snapshot();
    const PoolUse& use = now.processes.at(0).chips.at(0).pool(Pool::kDram);
    CHECK(use.peak_reserved->low < use.peak_reserved->high);
    CHECK(!now.coverage.complete);
}
