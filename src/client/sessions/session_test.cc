// Places and sessions: what a close releases, and what is kept when records are used again.
#include <time.h>

#include <algorithm>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

ttmem_place make_place(uint32_t kind, uint32_t number, std::vector<uint64_t> chips, ttmem_place parent = 0) {
    ttmem_place_info info{};
    info.kind = kind;
    info.number = number;
    info.parent = parent;
    info.chip_count = static_cast<uint32_t>(chips.size());
    info.chip_ids = chips.data();
    info.name = "mesh";
    return ttmem_register_place(&info);
}

}  // namespace

CLIENT_TEST(Places, TheSameDescriptionIsTheSamePlace, {}) {
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place mesh = make_place(TTMEM_PLACE_MESH, 0, {77, 78});
    CHECK(mesh != 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {78, 77}), mesh);
    CHECK(make_place(TTMEM_PLACE_CHIP, 0, {77}) != mesh);  // chip 0 is not mesh 0
    CHECK(make_place(TTMEM_PLACE_MESH, 1, {77, 78}) != mesh);
    CHECK(make_place(TTMEM_PLACE_MESH, 0, {77}) != mesh);
    const ttmem_place part = make_place(TTMEM_PLACE_MESH_PART, 0, {77}, mesh);
    CHECK(part != 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}, mesh), part);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {99}), 0);       // a chip that nobody registered
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}), 0);  // a part of nothing
    CHECK_EQ(make_place(TTMEM_PLACE_MESH_PART, 0, {77}, 999), 0);
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 0, {}), 0);
    CHECK_EQ(make_place(7, 0, {77}), 0);
    CHECK_EQ(Bytes::mine().live().invalid, 5);
}

CLIENT_TEST(Places, ThousandsComeAndGoInOneProcess, {}) {
    make_chip_place();
    const ttmem_place kept = make_place(TTMEM_PLACE_MESH, 1000000, {77});
    CHECK_EQ(ttmem_open(kept), TTMEM_OK);
    const ttmem_place first = make_place(TTMEM_PLACE_MESH, 1, {77});
    for (uint32_t i = 1; i <= 10000; ++i) {
        const ttmem_place mesh = make_place(TTMEM_PLACE_MESH, i, {77});
        CHECK(mesh != 0);
        const ttmem_allocation a = make_allocation(mesh, i, 1);
        const ttmem_handle handle = ttmem_record_alloc(&a);
        CHECK(handle != 0);
        CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        CHECK_EQ(ttmem_close(mesh), TTMEM_OK);
    }
    CHECK_EQ(make_place(TTMEM_PLACE_MESH, 1000000, {77}), kept);  // it was open all the time
    const ttmem_allocation old = make_allocation(first);
    CHECK_EQ(ttmem_record_alloc(&old), 0);  // its number has gone to another
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().session_clock, 20001);
    CHECK_EQ(bytes.live().sessions_full, 0);
    // The records at hand have the newest peaks; those before are in the chip.
    const uint64_t past = bytes.map().chips[0].past_peaks[0].requested_low;
    CHECK(past < 10000 && past >= 10000 - Geometry().sessions);
    bytes.check_consistent();
}

CLIENT_TEST(Sessions, RecordingOpensAPlaceThatIsNotOpen, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    CHECK(ttmem_record_alloc(&a) != 0);
    const Bytes bytes = Bytes::mine();
    const uint32_t session = bytes.session_of(place);
    CHECK(session != 0);
    const SessionRecord& record = bytes.map().sessions[session];
    CHECK_EQ(record.place >> 32, TTMEM_PLACE_CHIP);
    CHECK_EQ(record.chips, 1);
    CHECK_EQ(record.opened, 1);
    CHECK_EQ(record.check, check_sum(reinterpret_cast<const uint64_t*>(&record.place), 6));
    CHECK_EQ(ttmem_open(place), TTMEM_OK);  // it is
    CHECK_EQ(Bytes::mine().live().session_clock, 1);
}

CLIENT_TEST(Sessions, ACloseReleasesThePlaceAndItsPartsAndNothingElse, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place chip = make_chip_place(77, 0);
    make_chip_place(78, 1);
    const ttmem_place mesh = make_place(TTMEM_PLACE_MESH, 0, {77, 78});
    const ttmem_place part = make_place(TTMEM_PLACE_MESH_PART, 0, {78}, mesh);
    const ttmem_place sub_mesh = make_place(TTMEM_PLACE_MESH, 1, {77});
    std::vector<ttmem_handle> handles;
    for (const ttmem_place place : {chip, mesh, part, sub_mesh}) {
        const ttmem_allocation a = make_allocation(place);
        handles.push_back(ttmem_record_alloc(&a));
        CHECK(handles.back() != 0);
    }
    CHECK_EQ(ttmem_close(mesh), TTMEM_OK);
    Bytes bytes = Bytes::mine();
    CHECK(bytes.session_of(chip) != 0 && bytes.session_of(sub_mesh) != 0);
    CHECK(bytes.session_of(mesh) == 0 && bytes.session_of(part) == 0);
    CHECK_EQ(bytes.live_slots(), 4);  // evidence stays
    CHECK_EQ(ttmem_close(mesh), TTMEM_UNKNOWN);
    for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    bytes = Bytes::mine();
    CHECK_EQ(bytes.live().late_free, 2);
    CHECK_EQ(bytes.live().double_free, 0);
    CHECK_EQ(bytes.live_slots(), 0);
    bytes.check_consistent();
}

CLIENT_TEST(Sessions, AFreeByAddressPrefersTheOpenSession, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place);
    a.flags = TTMEM_BY_ADDRESS;
    const ttmem_handle released = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK(ttmem_record_alloc(&a) != 0);  // in the next session, at the same address
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().ambiguous_free, 0);
    CHECK_EQ(bytes.live().late_free, 0);
    CHECK(control_is_live(bytes.slot(released).control));
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    bytes = Bytes::mine();
    CHECK_EQ(bytes.live().late_free, 1);
    CHECK_EQ(bytes.live_slots(), 0);
}

CLIENT_TEST(Sessions, ReleasedAllocationsMakeRoomWhenTheLedgerIsFull, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place, 1000, 100);
    a.flags = TTMEM_BY_ADDRESS;
    std::vector<ttmem_handle> released;
    for (int i = 0; i < 63; ++i) released.push_back(ttmem_record_alloc(&a));
    CHECK(!is_recorded(ttmem_record_alloc(&a)));
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live_slots(), 63);
    const ttmem_handle fresh = ttmem_record_alloc(&a);
    CHECK(fresh != 0);
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 1);
    CHECK_EQ(bytes.live().retired_allocations, 63);
    CHECK_EQ(bytes.live().retired_bytes, 63000);
    bytes.check_consistent();
    // A late free of one that was forgotten is no double free.
    for (const ttmem_handle handle : released) CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    bytes = Bytes::mine();
    CHECK_EQ(bytes.live().late_free, released.size());
    CHECK_EQ(bytes.live().unknown_free, 0);
    CHECK_EQ(bytes.live().double_free, 0);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_UNKNOWN);
}

CLIENT_TEST(Sessions, RecordsAreUsedAgainAndThePeaksOfTheirChipsStay, {}) {
    make_chip_place(77, 0), make_chip_place(78, 1);
    const ttmem_place both = make_place(TTMEM_PLACE_MESH, 0, {77, 78}), one = make_place(TTMEM_PLACE_MESH, 1, {77});
    const ttmem_allocation a = make_allocation(both, 1000, 100), b = make_allocation(one, 500, 50);
    // Two sessions at the same time: chip 77 held something between 1000 and 1500 at its peak, chip 78 exactly 1000.
    const ttmem_handle large = ttmem_record_alloc(&a), small = ttmem_record_alloc(&b);
    ttmem_record_free(large), ttmem_record_free(small);
    ttmem_close(both), ttmem_close(one);
    const ttmem_allocation c = make_allocation(one, 1, 1);
    for (uint64_t i = 0; i < Geometry().sessions + 300; ++i) {
        CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&c)), TTMEM_OK);
        CHECK_EQ(ttmem_close(one), TTMEM_OK);
    }
    const Bytes bytes = Bytes::mine();
    const PastPeak& shared = bytes.map().chips[0].past_peaks[TTMEM_POOL_DRAM];
    CHECK_EQ(shared.requested_low, 1000);
    CHECK_EQ(shared.requested_high, 1500);
    CHECK_EQ(shared.reserved_low, 1200);
    CHECK_EQ(shared.reserved_high, 1800);
    const PastPeak& single = bytes.map().chips[1].past_peaks[TTMEM_POOL_DRAM];
    CHECK_EQ(single.requested_low, 1000);
    CHECK_EQ(single.requested_high, 1000);
    CHECK_EQ(bytes.live().retired_allocations, 0);
}

CLIENT_TEST(Sessions, WhenAllRecordsHoldSomethingTheOldestClosedOneIsForgotten, {}) {
    make_chip_place();
    std::vector<ttmem_place> meshes;
    std::vector<ttmem_handle> handles;
    for (uint32_t i = 0; i < Geometry().sessions; ++i) {  // one more than there are records for
        meshes.push_back(make_place(TTMEM_PLACE_MESH, i, {77}));
        const ttmem_allocation a = make_allocation(meshes.back(), 1000 + i, 1);
        handles.push_back(ttmem_record_alloc(&a));
        if (i == 5 || i == 6) CHECK_EQ(ttmem_close(meshes[i]), TTMEM_OK);
    }
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().retired_allocations, 1);
    CHECK_EQ(bytes.live().retired_bytes, 1005);
    CHECK(!control_is_live(bytes.slot(handles[5]).control));
    CHECK(control_is_live(bytes.slot(handles[6]).control));
    bytes.check_consistent();
    const ttmem_place more[] = {make_place(TTMEM_PLACE_MESH, 20000, {77}), make_place(TTMEM_PLACE_MESH, 20001, {77})};
    CHECK_EQ(ttmem_open(more[0]), TTMEM_OK);
    CHECK_EQ(ttmem_open(more[1]), TTMEM_FULL);
    const ttmem_allocation a = make_allocation(more[1], 70, 1);
    CHECK(!is_recorded(ttmem_record_alloc(&a)));
    bytes = Bytes::mine();
    CHECK_EQ(bytes.live().sessions_full, 2);
    CHECK_EQ(bytes.live().untracked_allocations, 1);
    CHECK_EQ(bytes.live().untracked_bytes, 70);
}

CLIENT_TEST(Chips, ADescriptionIsBroughtUpToDate, {}) {
    make_chip_place();
    ttmem_chip_info chip{};
    chip.chip_id = 77;
    chip.arch = "blackhole";
    chip.logical_id = 3;
    chip.pools[TTMEM_POOL_L1] = {64, 0, 1499136};
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    const ChipRecord& record = bytes.map().chips[0];
    CHECK_EQ(record.sequence, 4);
    CHECK_EQ(record.check, check_sum(reinterpret_cast<const uint64_t*>(&record.chip_id), 22));
    CHECK_EQ(record.logical_and_arch >> 32, 3);
    CHECK(bytes.text(static_cast<uint32_t>(record.logical_and_arch)) == "blackhole");
    CHECK_EQ(record.banks[TTMEM_POOL_L1], 64);
    CHECK_EQ(record.banks[TTMEM_POOL_DRAM], 0);
    for (uint64_t id = 1000; id < 1063; ++id) make_chip_place(id);
    chip.chip_id = 5;
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_FULL);
    CHECK_EQ(Bytes::mine().live().chips_full, 1);
}

namespace {

bool is_marked_leaked(const Bytes& bytes, ttmem_handle handle) { return control_is_leaked(bytes.slot(handle).control); }

}  // namespace

CLIENT_TEST(Sessions, ACloseTellsWhatHadLeakedFromWhatItReleased, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_text step = ttmem_intern("step");
    const ttmem_handle outside = ttmem_record_alloc(&a);
    ttmem_iteration_begin(step);
    const ttmem_handle leaked = ttmem_record_alloc(&a), kept = ttmem_record_alloc(&a);
    ttmem_mark_persistent(kept);
    ttmem_iteration_end();
    ttmem_iteration_begin(step);
    const ttmem_handle inside = ttmem_record_alloc(&a);
    const ttmem_handle gone = ttmem_program_created(0, 1), cached = ttmem_program_created(0, 2);
    ttmem_allocation binary = a;
    binary.kind = TTMEM_CLASS_PROGRAM;
    binary.holder = gone;
    const ttmem_handle orphan = ttmem_record_alloc(&binary);
    binary.holder = cached;
    const ttmem_handle held = ttmem_record_alloc(&binary);
    ttmem_program_destroyed(gone);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    ttmem_program_destroyed(cached);  // later than the close: no leaks
    ttmem_iteration_end();
    const Bytes bytes = Bytes::mine();
    for (const ttmem_handle handle : {leaked, orphan}) CHECK(is_marked_leaked(bytes, handle));
    for (const ttmem_handle handle : {outside, kept, inside, held}) CHECK(!is_marked_leaked(bytes, handle));
    bytes.check_consistent();
    ttmem_record_free(leaked);
    CHECK_EQ(Bytes::mine().live().late_free, 1);
}

CLIENT_TEST(Sessions, ACloseIsNotMisledByWhatHasTheSlotOfAHolderNow, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    ttmem_allocation binary = a;
    binary.kind = TTMEM_CLASS_PROGRAM;
    const auto hold_and_destroy = [&](uint64_t number) {
        binary.holder = ttmem_program_created(0, number);
        const ttmem_handle orphan = ttmem_record_alloc(&binary);
        CHECK_EQ(ttmem_program_destroyed(binary.holder), TTMEM_OK);
        return orphan;
    };
    const ttmem_handle first = hold_and_destroy(1);
    CHECK_EQ(handle_slot(ttmem_record_alloc(&a)), handle_slot(binary.holder));
    const ttmem_handle second = hold_and_destroy(2);
    timespec some_time{0, 10'000'000};  // a tick of the coarsest clock
    nanosleep(&some_time, nullptr);
    CHECK_EQ(handle_slot(ttmem_program_created(0, 3)), handle_slot(binary.holder));
    binary.holder = make_handle(1, kMaxSlots - 1);
    const ttmem_handle of_nobody = ttmem_record_alloc(&binary);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK(is_marked_leaked(bytes, first) && is_marked_leaked(bytes, second) && !is_marked_leaked(bytes, of_nobody));
}

CLIENT_TEST(Sessions, WhatACacheKeepsOfAnIterationThatIsOverHasNotLeaked, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place);
    std::vector<ttmem_handle> handles;
    ttmem_iteration_begin(ttmem_intern("step"));
    for (const uint32_t kind : {TTMEM_CLASS_TENSOR, TTMEM_CLASS_PROGRAM, TTMEM_CLASS_TRACE}) {
        a.kind = static_cast<uint16_t>(kind);
        handles.push_back(ttmem_record_alloc(&a));
    }
    ttmem_iteration_end();
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    for (size_t i = 0; i < handles.size(); ++i) CHECK_EQ(is_marked_leaked(bytes, handles[i]), i == 0);
}

CLIENT_TEST(Sessions, HundredsOfReleasedAllocationsOfOnePlaceMakeRoomAtOnce, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place, 0, 2048);  // of no bytes, and a bank each
    for (int i = 0; i < 300; ++i) CHECK(ttmem_record_alloc(&a) != 0);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    for (uint32_t i = 1; Bytes::mine().live().retired_allocations == 0; ++i) {
        CHECK(i < 5000);
        const ttmem_place other = make_mesh(i);
        const ttmem_allocation stays = make_allocation(other);
        CHECK(ttmem_record_alloc(&stays) != 0);
        CHECK_EQ(ttmem_close(other), TTMEM_OK);
    }
    CHECK_EQ(Bytes::mine().live().retired_allocations, 300);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Sessions, PeaksOfBytesWithoutBanksAndOfBanksWithoutBytesStay, {}) {
    const ttmem_place place = make_chip_place(), earlier = make_mesh(1);
    const ttmem_allocation stays = make_allocation(earlier);
    CHECK(ttmem_record_alloc(&stays) != 0);
    CHECK_EQ(ttmem_close(earlier), TTMEM_OK);
    for (const bool reserved : {false, true}) {
        const ttmem_allocation a = make_allocation(place, reserved ? 0 : 4096, reserved ? 2048 : 0);
        CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
        CHECK_EQ(ttmem_close(place), TTMEM_OK);
    }
    for (uint64_t i = 0; i < Geometry().sessions; ++i) ttmem_open(place), ttmem_close(place);
    const Bytes bytes = Bytes::mine();
    const PastPeak& past = bytes.map().chips[0].past_peaks[TTMEM_POOL_DRAM];
    CHECK_EQ(past.requested_low, 4096);
    CHECK_EQ(past.reserved_low, 2048 * 12);
}

CLIENT_TEST(Places, ThoseOfOneNumberInOtherMeshesAreOthers, {}) {
    make_chip_place();
    std::vector<ttmem_place> parts;
    for (uint32_t number = 0; number < 2000; ++number) {
        const ttmem_place whole = make_mesh(number);
        parts.push_back(make_mesh(0, whole));
        CHECK_EQ(make_mesh(0, whole), parts.back());
    }
    std::sort(parts.begin(), parts.end());
    CHECK(std::adjacent_find(parts.begin(), parts.end()) == parts.end());
}

CLIENT_TEST(Places, TwentyThousandComeAndGo, {}) {
    make_chip_place();
    const ttmem_place kept = make_mesh(0);
    CHECK_EQ(ttmem_open(kept), TTMEM_OK);
    for (uint32_t number = 1; number < 20'000; ++number) {
        const ttmem_place place = make_mesh(number);
        CHECK(place != 0 && place != kept);
        CHECK_EQ(make_mesh(number), place);
    }
    CHECK_EQ(make_mesh(0), kept);  // it is open
    CHECK_EQ(ttmem_close(kept), TTMEM_OK);
}

CLIENT_TEST(Sessions, AnAllocationWithoutBytesThatLeakedStaysALeakAfterTheClose, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_iteration_begin(0);
    const ttmem_allocation nothing = make_allocation(place, 0, 0), unasked = make_allocation(place, 0, 4096);
    const ttmem_handle handles[] = {ttmem_record_alloc(&nothing), ttmem_record_alloc(&unasked)};
    ttmem_iteration_end();
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    for (const ttmem_handle handle : handles) CHECK(control_is_leaked(Bytes::mine().slot(handle).control));
}

CLIENT_TEST(Sessions, ALeakThatHasToMakeRoomIsCounted, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    ttmem_iteration_begin(0);
    for (int i = 0; i < 10; ++i) ttmem_record_alloc(&a);
    ttmem_iteration_end();
    ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    while (Bytes::mine().live().retired_allocations == 0) CHECK(ttmem_record_alloc(&a) != 0);
    CHECK_EQ(Bytes::mine().live().retired_allocations, 11);
    CHECK_EQ(Bytes::mine().live().leaks_forgotten, 10);
}

CLIENT_TEST(Sessions, ADoubleFreeIsOneWhateverRoomWasMadeOfBefore, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle retired = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    std::vector<ttmem_handle> handles;
    while (Bytes::mine().live().retired_allocations == 0) handles.push_back(ttmem_record_alloc(&a));
    for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    for (int round = 0; round < 2; ++round) {  // the slots are used again and again
        for (ttmem_handle& handle : handles) handle = ttmem_record_alloc(&a);
        const uint64_t before = Bytes::mine().live().double_free;
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
        CHECK_EQ(Bytes::mine().live().double_free, before + handles.size());
    }
    CHECK_EQ(ttmem_record_free(retired), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().late_free, 1);
    CHECK_EQ(Bytes::mine().live().unknown_free, 0);
}

CLIENT_TEST(Sessions, TheOneThatWasClosedFirstIsForgottenFirstWheneverItWasOpened, {}) {
    make_tables_short();
    make_chip_place();
    const uint32_t records = static_cast<uint32_t>(Bytes::mine().map().geometry.sessions) - 1;
    std::vector<ttmem_handle> handles;
    for (uint32_t i = 0; i < records; ++i) {
        const ttmem_allocation a = make_allocation(make_mesh(i));
        handles.push_back(ttmem_record_alloc(&a));
    }
    for (uint32_t i = records; i-- > 0;) CHECK_EQ(ttmem_close(make_mesh(i)), TTMEM_OK);
    CHECK_EQ(ttmem_open(make_mesh(records)), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().retired_allocations, 1);
    CHECK(!control_is_live(bytes.slot(handles.back()).control));
}

CLIENT_TEST(Sessions, AFreeOfWhatMadeRoomBeforeTheLastTimeIsUnknown, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const auto fill = [&] {
        const ttmem_handle first = ttmem_record_alloc(&a);
        for (int i = 0; i < 62; ++i) CHECK(is_recorded(ttmem_record_alloc(&a)));
        return first;
    };
    const ttmem_handle oldest = fill();
    ttmem_close(place);
    const ttmem_handle older = fill();
    ttmem_close(place);
    fill();
    CHECK_EQ(ttmem_record_free(older), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().late_free, 1);
    CHECK_EQ(ttmem_record_free(oldest), TTMEM_UNKNOWN);
    CHECK_EQ(Bytes::mine().live().unknown_free, 1);
}
