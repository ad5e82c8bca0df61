// Sessions: what opens one, and what its close releases and finds leaked.
#include <time.h>

#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

bool is_marked_leaked(const Bytes& bytes, ttmem_handle handle) { return control_is_leaked(bytes.slot(handle).control); }

}  // namespace

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

CLIENT_TEST(Sessions, AnAllocationWithoutBytesThatLeakedStaysALeakAfterTheClose, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_iteration_begin(0);
    const ttmem_allocation nothing = make_allocation(place, 0, 0), unasked = make_allocation(place, 0, 4096);
    const ttmem_handle handles[] = {ttmem_record_alloc(&nothing), ttmem_record_alloc(&unasked)};
    ttmem_iteration_end();
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    for (const ttmem_handle handle : handles) CHECK(control_is_leaked(Bytes::mine().slot(handle).control));
}
