// What is forgotten to make room, in which order, and what is said of it.
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

CLIENT_TEST(SessionRoom, ReleasedAllocationsMakeRoomWhenTheLedgerIsFull, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
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

CLIENT_TEST(SessionRoom, RecordsAreUsedAgainAndThePeaksOfTheirChipsStay, {}) {
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

CLIENT_TEST(SessionRoom, WhenAllRecordsHoldSomethingTheOldestClosedOneIsForgotten, {}) {
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

CLIENT_TEST(SessionRoom, HundredsOfReleasedAllocationsOfOnePlaceMakeRoomAtOnce, {}) {
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

CLIENT_TEST(SessionRoom, PeaksOfBytesWithoutBanksAndOfBanksWithoutBytesStay, {}) {
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

CLIENT_TEST(SessionRoom, ALeakThatHasToMakeRoomIsCounted, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
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

CLIENT_TEST(SessionRoom, ADoubleFreeIsOneWhateverRoomWasMadeOfBefore, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
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

CLIENT_TEST(SessionRoom, TheOneThatWasClosedFirstIsForgottenFirstWheneverItWasOpened, {}) {
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

CLIENT_TEST(SessionRoom, AFreeOfWhatMadeRoomBeforeTheLastTimeIsUnknown, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
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
