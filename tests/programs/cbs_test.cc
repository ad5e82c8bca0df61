// Circular buffers of programs: who reserves them, what is resident, and whose end ends what.

#include "src/collector/follower.h"
#include "tests/programs/scene.h"
#include "tests/support/notes.h"

using namespace ttmem;
using namespace ttmem::programs_testing;

namespace {

// Whether the answer says that dispatches in closed places are forgotten, and that it is incomplete because of it.
bool is_forgetting(const Snapshot& snapshot) {
    return !snapshot.coverage.complete && has_note(snapshot.coverage, "what programs ran there last is forgotten");
}

}  // namespace

CLIENT_TEST(ProgramCbs, APlanReservesFromWhenItIsMadeAndIsResidentFromItsDispatch, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle add = program("add");
    CHECK_EQ(plan(add, place, {cb(kBase, 4096, kGrid)}), TTMEM_OK);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, 0}));
    CHECK_EQ(ttmem_program_dispatched(add, place), TTMEM_OK);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
    const Snapshot now = snapshot();
    CHECK_EQ(*cbs_of(now, kChip).largest_core_bytes, 4096);
    const Program& seen = named(now, "add");
    CHECK_EQ(seen.cbs.size(), 1);
    CHECK_EQ(seen.cbs[0].reserved_bytes, kCores * 4096);
    CHECK_EQ(seen.cbs[0].resident_bytes, kCores * 4096);
    CHECK_EQ(seen.cbs[0].plan.buffers.at(0).address, kBase);
}

CLIENT_TEST(ProgramCbs, TheEndOfOneProgramEndsItsCircularBuffersOnlyOnAllOfItsChips, {}) {
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place both = mesh(0, {77, 78});
    const ttmem_handle add = program("add"), matmul = program("matmul");
    plan(add, both, {cb(kBase, 1000, kGrid)});
    plan(matmul, both, {cb(kBase, 5000, kLeft)});
    ttmem_program_dispatched(add, both), ttmem_program_dispatched(matmul, both);
    CHECK((bytes_on(78) == CbBytes{32 * 5000 + 32 * 1000, 32 * 5000 + 32 * 1000}));
    CHECK_EQ(ttmem_program_cbs_freed(matmul), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(matmul), TTMEM_OK);
    for (const uint64_t chip : {77, 78}) CHECK((bytes_on(chip) == CbBytes{64 * 1000, 32 * 1000}));
    CHECK_EQ(snapshot().programs.size(), 1);
}

CLIENT_TEST(ProgramCbs, CachedProgramsReserveTheirUnionAndTheNewestIsResident, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle small = program("small"), large = program("large"), twin = program("twin");
    plan(small, place, {cb(kBase, 1000, kGrid)});
    plan(large, place, {cb(kBase, 3000, kGrid)});
    plan(twin, place, {cb(kBase, 3000, kGrid)});
    for (const ttmem_handle p : {large, twin, small}) ttmem_program_dispatched(p, place);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 3000, kCores * 1000}));
    ttmem_program_dispatched(large, place);
    Snapshot now = snapshot();
    CHECK_EQ(named(now, "large").cbs[0].resident_bytes, kCores * 3000);
    CHECK_EQ(named(now, "twin").cbs[0].resident_bytes, 0);  // the same plan, and not its dispatch
}

CLIENT_TEST(ProgramCbs, ProgramsOnDifferentSubDevicesAreBothResident, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle left = program("left"), right = program("right");
    plan(left, place, {cb(kBase, 4096, kLeft)});
    plan(right, place, {cb(kBase, 2048, kRight)});
    ttmem_program_dispatched(left, place), ttmem_program_dispatched(right, place);
    CHECK((bytes_on(kChip) == CbBytes{32 * (4096 + 2048), 32 * (4096 + 2048)}));
}

CLIENT_TEST(ProgramCbs, AnAliasedCircularBufferAddsNothing, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle older = program("older"), reader = program("reader");
    plan(older, place, {cb(kBase, 4096, kGrid)});
    plan(reader, place, {cb(999, 1 << 20, kGrid, TTMEM_CB_ALIASED), cb(kBase, 512, kOneCore)});
    ttmem_program_dispatched(older, place), ttmem_program_dispatched(reader, place);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, 512}));
}

CLIENT_TEST(ProgramCbs, ADeadProgramLeavesNothingResidentAndNeverAnOlderOne, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle older = program("older"), newer = program("newer");
    plan(older, place, {cb(kBase, 4096, kGrid)});
    plan(newer, place, {cb(kBase, 2048, kOneCore)});
    ttmem_program_dispatched(older, place), ttmem_program_dispatched(newer, place);
    ttmem_program_cbs_freed(newer), ttmem_program_destroyed(newer);
    for (int i = 0; i < 100; ++i) {  // another program gets the slot of the dead one
        const ttmem_handle next = program("next");
        plan(next, place, {cb(kBase, 2048, kOneCore)});
        CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, 63 * 4096}));
        ttmem_program_cbs_freed(next), ttmem_program_destroyed(next);
    }
}

CLIENT_TEST(ProgramCbs, ResidencyIsKnownLongAfterTheDispatch, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(matmul, place);
    const ttmem_allocation a = make_allocation(place);
    for (int i = 0; i < 10000; ++i) ttmem_record_free(ttmem_record_alloc(&a));
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
}

// The bytes of the buffer of each plan that was told, in their order; 0 for one that is not known.
std::vector<uint64_t> planned_bytes(const Snapshot& tables, const std::vector<Event>& events) {
    std::vector<uint64_t> bytes;
    for (const Event& event : events) {
        if (event.kind != EventKind::kPlanChanged) continue;
        bytes.push_back(event.plan == 0 ? 0 : tables.plans.at(event.plan - 1).buffers.at(0).bytes);
    }
    return bytes;
}

CLIENT_TEST(ProgramCbs, HistoryNamesEveryPlanWhateverBecameOfIt, {{"TTMEM_LEVEL", "events"}}) {
    const OwnDirectory system;
    Interest mine;
    mine.pid = static_cast<uint32_t>(getpid());
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle gone = program("gone"), matmul = program("matmul");
    plan(gone, place, {cb(kBase, 512, kGrid)});
    ttmem_program_dispatched(gone, place);
    ttmem_program_cbs_freed(gone), ttmem_program_destroyed(gone);
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    plan(matmul, place, {cb(kBase, 1024, kLeft)});
    Follower later(system, mine);  // from now on: it begins with what is planned now
    Follower::Batch batch = later.drain();
    plan(matmul, place, {cb(kBase, 2048, kLeft)});
    Follower::Batch rest = later.finish();
    batch.events.insert(batch.events.end(), rest.events.begin(), rest.events.end());
    CHECK((planned_bytes(later.tables(), batch.events) == std::vector<uint64_t>{1024, 2048}));

    const Recording all = live_recording(system, mine);
    std::vector<Event> events;
    CHECK(all.source->next(events));
    CHECK((planned_bytes(all.end, events) == std::vector<uint64_t>{512, 4096, 1024, 2048}));
    CHECK_EQ(all.end.plans.size(), size_t{4});
}

CLIENT_TEST(ProgramCbs, AChangedPlanReplacesTheOldOneAtTheNextDispatch, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(matmul, place);
    plan(matmul, place, {cb(kBase, 1024, kLeft)});
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
    ttmem_program_dispatched(matmul, place);
    CHECK((bytes_on(kChip) == CbBytes{32 * 1024, 32 * 1024}));
    plan(matmul, place, {cb(kBase, 4096, kGrid)});  // back to the first, and then not
    plan(matmul, place, {cb(kBase, 1024, kLeft)});
    ttmem_program_dispatched(matmul, place);
    CHECK((bytes_on(kChip) == CbBytes{32 * 1024, 32 * 1024}));
}

CLIENT_TEST(ProgramCbs, Mesh0NeverMergesWithChip0AndPartsCloseWithTheirMesh, {}) {
    const ttmem_place chip = make_chip_place(77, 0);
    make_chip_place(78, 1);
    const ttmem_place all = mesh(0, {77, 78}), part = mesh(0, {78}, all);
    const ttmem_handle on_chip = program("on_chip"), on_mesh = program("on_mesh"), on_part = program("on_part");
    plan(on_chip, chip, {cb(kBase, 100, kGrid)});
    plan(on_mesh, all, {cb(kBase + 100, 100, kGrid)});
    plan(on_part, part, {cb(kBase + 200, 100, kGrid)});
    CHECK((bytes_on(77) == CbBytes{64 * 200, 0}));
    CHECK((bytes_on(78) == CbBytes{64 * 200, 0}));
    ttmem_close(all);
    CHECK((bytes_on(77) == CbBytes{64 * 100, 0}));
    CHECK((bytes_on(78) == CbBytes{0, 0}));
    CHECK_EQ(named(snapshot(), "on_part").cbs[0].released, true);
}

CLIENT_TEST(ProgramCbs, WhatAClosedPlaceRanLastStillHidesWhatWasThereBefore, {}) {
    const ttmem_place chip = make_chip_place(77, 0), all = mesh(0, {77});
    const ttmem_handle older = program("older"), newer = program("newer");
    plan(older, chip, {cb(kBase, 100, kGrid)});
    plan(newer, all, {cb(kBase, 50, kLeft)});
    ttmem_program_dispatched(older, chip), ttmem_program_dispatched(newer, all);
    ttmem_close(all);
    CHECK((bytes_on(77) == CbBytes{64 * 100, 32 * 100}));
}

CLIENT_TEST(ProgramCbs, AProgramThatOutlivesItsPlaceFollowsItToItsNextSession, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(matmul, place);
    ttmem_close(place);
    ttmem_open(place);
    CHECK((bytes_on(kChip) == CbBytes{0, 0}));
    ttmem_program_dispatched(matmul, place);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
    ttmem_close(place);
    plan(matmul, place, {cb(kBase, 1024, kGrid)});
    CHECK((bytes_on(kChip) == CbBytes{kCores * 1024, 0}));
}

CLIENT_TEST(ProgramCbs, WhatADestroyedProgramDidNotGiveBackIsLeftBehind, {}) {
    const ttmem_place place = make_chip_place(kChip);
    ttmem_op_begin(ttmem_intern("ttnn.matmul"));
    const ttmem_handle bad = program("bad"), good = program("good");
    ttmem_op_end();
    plan(bad, place, {cb(kBase, 4096, kGrid)});
    plan(good, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_cbs_freed(good);
    ttmem_program_destroyed(good), ttmem_program_destroyed(bad);
    program("next");  // has the slot of one of them
    CHECK((bytes_on(kChip) == CbBytes{0, 0}));
    ttmem_close(place);
    const Snapshot now = snapshot();
    CHECK_EQ(now.programs.size(), 2);
    const Program& left = named(now, "bad");
    CHECK(left.destroyed && left.cbs.at(0).left_behind);
    CHECK(now.texts[left.op] == "ttnn.matmul");
}

CLIENT_TEST(ProgramCbs, CircularBuffersThatWereGivenBackCanBePlannedAgain, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle matmul = program("matmul");
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(matmul, place);
    ttmem_program_cbs_freed(matmul);
    CHECK((bytes_on(kChip) == CbBytes{0, 0}));
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    CHECK_EQ(bytes_on(kChip).reserved, kCores * 4096);
}

CLIENT_TEST(ProgramCbs, ThousandsOfSessionsAndProgramsLeaveNothingWrong, {}) {
    const ttmem_place kept = make_chip_place(kChip, 1000000);
    const ttmem_handle cached = program("cached");
    plan(cached, kept, {cb(kBase, 77, kGrid)});
    ttmem_program_dispatched(cached, kept);
    for (uint32_t i = 0; i < 5000; ++i) {
        const ttmem_place place = mesh(i, {kChip});
        const ttmem_handle passing = program("passing");
        CHECK_EQ(plan(passing, place, {cb(kBase, 100 + i % 50, kRight)}), TTMEM_OK);
        CHECK_EQ(ttmem_program_dispatched(passing, place), TTMEM_OK);
        CHECK_EQ(ttmem_program_cbs_freed(passing), TTMEM_OK);
        CHECK_EQ(ttmem_program_destroyed(passing), TTMEM_OK);
        ttmem_close(place);
    }
    const Snapshot now = snapshot();
    CHECK_EQ(*cbs_of(now, kChip).reserved_bytes, 64 * 77);
    CHECK_EQ(now.programs.size(), 1);
    // On the right half `passing` ran last, and that is forgotten: it is said, and nothing else is wrong.
    CHECK(is_forgetting(now));
    CHECK_EQ(now.coverage.notes.size(), 1);
}

CLIENT_TEST(ProgramCbs, WrongArgumentsAreRefusedAndCounted, {}) {
    const ttmem_place place = make_chip_place(kChip);
    const ttmem_handle p = program("p");
    const ttmem_core_range backwards = {3, 0, 2, 0}, outside = {0, 0, 32, 0};
    CHECK_EQ(plan(p, place, {cb(kBase, 1, backwards)}), TTMEM_INVALID);
    CHECK_EQ(plan(p, place, {cb(kBase, 1, outside)}), TTMEM_INVALID);
    CHECK_EQ(plan(p, place, {cb(1ull << 40, 1, kGrid)}), TTMEM_INVALID);
    CHECK_EQ(plan(p, 999, {cb(kBase, 1, kGrid)}), TTMEM_INVALID);
    CHECK_EQ(plan(p, place, std::vector<ttmem_circular_buffer>(65, cb(kBase, 1, kGrid))), TTMEM_INVALID);
    CHECK_EQ(ttmem_program_planned(p, place, nullptr, 1), TTMEM_INVALID);
    ttmem_program_destroyed(p);
    CHECK_EQ(plan(p, place, {cb(kBase, 1, kGrid)}), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_program_dispatched(p, place), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_program_dispatched(0, place), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().invalid, 8);
}

CLIENT_TEST(ProgramCbs, WhatRanLongAgoIsForgottenWithoutAWordWhereNobodyCanMissIt, {}) {
    const ttmem_place place = make_chip_place(kChip);
    for (int i = 0; i < 5000; ++i) {
        const ttmem_handle passing = program("passing");
        plan(passing, place, {cb(kBase, 100, kGrid)});
        CHECK_EQ(ttmem_program_dispatched(passing, place), TTMEM_OK);
        ttmem_program_cbs_freed(passing), ttmem_program_destroyed(passing);
        ttmem_close(place);
    }
    const ttmem_handle add = program("add");
    plan(add, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(add, place);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
    CHECK(snapshot().coverage.complete);
}

CLIENT_TEST(ProgramCbs, AProgramHasItsCircularBuffersHoweverManySessionsComeAndGo, {}) {
    const ttmem_place place = make_chip_place(kChip), other = make_chip_place(78, 1);
    const ttmem_handle matmul = program("matmul");
    plan(matmul, place, {cb(kBase, 4096, kGrid)});
    ttmem_program_dispatched(matmul, place);
    ttmem_close(place);
    for (int i = 0; i < 5000; ++i) ttmem_open(other), ttmem_close(other);
    ttmem_program_dispatched(matmul, place);
    CHECK((bytes_on(kChip) == CbBytes{kCores * 4096, kCores * 4096}));
    CHECK(snapshot().coverage.complete);
}

CLIENT_TEST(ProgramCbs, ManyProgramsAtAPlaceThatIsOpenedAgainAndAgainFindRoom, {}) {
    const ttmem_place place = make_chip_place(kChip);
    for (uint64_t i = 0; i < 1000; ++i) {
        for (uint64_t k = 0; k < 20; ++k) {
            const ttmem_handle passing = program("passing");
            CHECK_EQ(plan(passing, place, {cb(kBase + 16 * k, 100, kGrid)}), TTMEM_OK);
            ttmem_program_dispatched(passing, place);
            ttmem_program_cbs_freed(passing), ttmem_program_destroyed(passing);
        }
        ttmem_close(place);
    }
    CHECK(snapshot().coverage.complete);
}

CLIENT_TEST(ProgramCbs, WhatDestroyedProgramsLeftBehindMakesRoomAndIsCounted, {}) {
    make_tables_short();
    make_chip_place(kChip);
    const auto records = static_cast<uint32_t>(Bytes::mine().map().geometry.sessions - 1);
    for (uint32_t i = 0; i < records + 3; ++i) {
        const ttmem_place place = mesh(i, {kChip});
        if (i % 2 == 0) ttmem_open(place);  // before the slot of the last one is used again, or after
        const ttmem_handle left = program("left");
        CHECK_EQ(plan(left, place, {cb(kBase, 100, kGrid)}), TTMEM_OK);
        ttmem_program_destroyed(left);
        ttmem_close(place);
    }
    CHECK_EQ(Bytes::mine().live().leaks_forgotten, 3);
    CHECK_EQ(Bytes::mine().live().plans_forgotten, 0);
}

// Dispatches in more sessions than are kept, in each of another mesh of the same chip. Returns how many were forgotten.
static uint64_t dispatch_in_many_sessions(ttmem_place opened_late) {
    const auto records = static_cast<uint32_t>(Bytes::mine().map().geometry.sessions - 1);
    for (uint32_t i = 0; i < records; ++i) {
        const ttmem_place place = mesh(i, {kChip});
        const ttmem_handle passing = program("passing");
        CHECK_EQ(plan(passing, place, {cb(kBase, 100, kGrid)}), TTMEM_OK);
        ttmem_program_dispatched(passing, place);
        ttmem_program_cbs_freed(passing), ttmem_program_destroyed(passing);
        ttmem_close(place);
        if (i + 2 == records && opened_late != 0) CHECK_EQ(ttmem_open(opened_late), TTMEM_OK);
    }
    return Bytes::mine().live().dispatches_forgotten;
}

CLIENT_TEST(ProgramCbs, WhatAClosedPlaceRanIsMissedWhereAnOlderOneIsOpen, {}) {
    make_tables_short();
    const ttmem_place older = make_chip_place(kChip), elsewhere = make_chip_place(78, 1);
    ttmem_open(elsewhere), ttmem_open(older);
    CHECK(dispatch_in_many_sessions(0) > 0);
    CHECK(!snapshot().coverage.complete);
}

CLIENT_TEST(ProgramCbs, WhatAClosedPlaceRanIsNotMissedWhereAYoungerOneIsOpen, {}) {
    make_tables_short();
    CHECK_EQ(dispatch_in_many_sessions(make_chip_place(kChip)), 0);
    CHECK(snapshot().coverage.complete);
}

// Programs with a plan of their own each, which follow their place to its next session.
static void follow_to_the_next_session(uint64_t count) {
    const ttmem_place place = mesh(1, {kChip});
    std::vector<ttmem_handle> programs;
    for (uint64_t i = 0; i < count; ++i) {
        programs.push_back(program("stays"));
        CHECK_EQ(plan(programs.back(), place, {cb(kBase + 16 * i, 16, kOneCore)}), TTMEM_OK);
    }
    ttmem_close(place);
    for (const ttmem_handle program : programs) CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
}

CLIENT_TEST(ProgramCbs, ThatFollowTheirPlaceFindTheRoomOfWhatIsOver, {}) {
    const ttmem_place older = make_chip_place(kChip), before = mesh(0, {kChip});
    ttmem_open(older);
    for (uint64_t i = 0; i < 7000; ++i) {
        const ttmem_handle passing = program("passing");
        CHECK_EQ(plan(passing, before, {cb(kBase + 16 * i, 16, kOneCore)}), TTMEM_OK);
        ttmem_program_dispatched(passing, before);
        ttmem_program_cbs_freed(passing), ttmem_program_destroyed(passing);
    }
    ttmem_close(before);
    follow_to_the_next_session(5000);
    CHECK_EQ(Bytes::mine().live().plans_refused, 0);
    CHECK(!snapshot().chips.at(0).cb.is_bound);
    CHECK_EQ(Bytes::mine().live().dispatches_forgotten, 1);
}

CLIENT_TEST(ProgramCbs, ThatFollowTheirPlaceAndFindNoRoomAreCounted, {}) {
    make_chip_place(kChip);
    follow_to_the_next_session(9000);
    CHECK(Bytes::mine().live().plans_refused > 0);
    CHECK(!snapshot().coverage.complete);
    CHECK(snapshot().chips.at(0).cb.is_bound);
}
