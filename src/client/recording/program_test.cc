// Programs and traces at the edges: with wrong handles, when places close and tables fill up. What they mean for the
// figures of a chip is tested in tests/programs.
#include <functional>
#include <random>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

ttmem_handle capture(ttmem_place place, const std::vector<ttmem_handle>& programs) {
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    for (const ttmem_handle program : programs) CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
    return ttmem_trace_end(0, 1);
}

// Frees of each kind with a handle of which none is right.
void check_wrong_ends() {
    const ttmem_place place = make_place_in_use();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle allocation = ttmem_record_alloc(&a), program = ttmem_program_created(0, 1);
    plan(program, place, 4096);
    const ttmem_handle trace = capture(place, {program});
    const ttmem_handle nowhere[] = {make_handle(5, 0), make_handle(1, kMaxSlots - 1), make_handle(0x777, 9)};
    const uint64_t live = Bytes::mine().live_slots();
    for (const ttmem_handle handle : nowhere) {
        CHECK(ttmem_record_free(handle) != TTMEM_OK);
        CHECK(ttmem_mark_persistent(handle) != TTMEM_OK);
        CHECK(ttmem_program_destroyed(handle) != TTMEM_OK);
        CHECK(ttmem_program_cbs_freed(handle) != TTMEM_OK);
        CHECK(ttmem_program_dispatched(handle, place) != TTMEM_OK);
        CHECK(ttmem_trace_released(handle) != TTMEM_OK);
        CHECK(ttmem_trace_replayed(handle) != TTMEM_OK);
    }
    for (const ttmem_handle handle : {program, trace}) CHECK(ttmem_mark_persistent(handle) != TTMEM_OK);
    for (const ttmem_handle handle : {program, trace}) CHECK(ttmem_record_free(handle) != TTMEM_OK);
    for (const ttmem_handle handle : {allocation, trace}) CHECK(ttmem_program_destroyed(handle) != TTMEM_OK);
    for (const ttmem_handle handle : {allocation, program}) CHECK(ttmem_trace_released(handle) != TTMEM_OK);
    CHECK_EQ(Bytes::mine().live_slots(), live);

    ttmem_allocation held = a;
    held.holder = program;
    CHECK(ttmem_record_alloc(&held) != 0);
    CHECK_EQ(ttmem_record_view(&held), TTMEM_OK);
    CHECK_EQ(ttmem_program_cache_cleared(place), TTMEM_OK);

    CHECK_EQ(ttmem_record_free(allocation), TTMEM_OK);
    CHECK(ttmem_mark_persistent(allocation) != TTMEM_OK);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);  // later than its place
    CHECK_EQ(ttmem_program_destroyed(program), TTMEM_OK);
    CHECK(ttmem_program_destroyed(program) != TTMEM_OK);
    Bytes::mine().check_consistent();
}

}  // namespace

CLIENT_TEST(Programs, EndsOfWhatIsNotThereChangeNothing, {}) { check_wrong_ends(); }
CLIENT_TEST(Programs, EndsOfWhatIsNotThereChangeNothingAtLevelEvents, {{"TTMEM_LEVEL", "events"}}) {
    check_wrong_ends();
}

CLIENT_TEST(Programs, TheClockIsBroughtUpToDateByEachKindOfEvent, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle kept = ttmem_program_created(0, 1), program = ttmem_program_created(0, 2);
    ttmem_allocation a = make_allocation(place);
    const ttmem_handle allocation = ttmem_record_alloc(&a), trace = capture(place, {});
    a.flags = TTMEM_BY_ADDRESS, a.address = 77 << 10;
    ttmem_record_alloc(&a);
    const std::vector<std::function<bool()>> calls = {
        [&] { return ttmem_program_dispatched(kept, place) == TTMEM_OK; },
        [&] { return ttmem_record_alloc(&a) != 0; },
        [&] { return ttmem_record_free(allocation) == TTMEM_OK; },
        [&] { return ttmem_record_free_at(place, TTMEM_POOL_DRAM, 77 << 10) == TTMEM_OK; },
        [&] { return ttmem_record_view(&a) == TTMEM_OK; },
        [&] { return ttmem_program_created(0, 3) != 0; },
        [&] { return ttmem_program_destroyed(program) == TTMEM_OK; },
        [&] { return capture(place, {}) != 0; },
        [&] { return ttmem_trace_released(trace) == TTMEM_OK; },
    };
    constexpr uint64_t kEvents = 65536;  // from one to the next
    for (const auto& call : calls) {
        const uint64_t position = Bytes::mine().map().rings[0].position;
        for (uint64_t i = position % kEvents + 1; i < kEvents; ++i) ttmem_program_dispatched(kept, place);
        const uint64_t before = Bytes::mine().live().anchor_sequence;
        CHECK(call());
        CHECK_EQ(Bytes::mine().live().anchor_sequence, before + 2);
    }
}

CLIENT_TEST(Programs, APlanWithoutCircularBuffersAndOneWithoutCoresArePlans, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    CHECK_EQ(ttmem_program_planned(program, place, nullptr, 0), TTMEM_OK);
    const ttmem_circular_buffer nowhere{0, 0, 0, 0, 4096, 4096, nullptr};
    CHECK_EQ(ttmem_program_planned(program, place, &nowhere, 1), TTMEM_OK);
    CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
}

CLIENT_TEST(Programs, WithoutASessionHaveNoPlanAndNoDispatch, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    uint32_t number = 0;
    while (ttmem_open(make_mesh(++number)) == TTMEM_OK) CHECK(number < 10000);  // until none is left
    CHECK_EQ(plan(program, place, 4096), TTMEM_FULL);
    CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_FULL);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_FULL);
    CHECK(Bytes::mine().live().sessions_full > 0 && Bytes::mine().live().plans_refused > 0);
}

CLIENT_TEST(Programs, ADispatchOpensItsPlace, {}) {
    const ttmem_place place = make_chip_place();
    CHECK_EQ(ttmem_program_dispatched(ttmem_program_created(0, 1), place), TTMEM_OK);
    CHECK(Bytes::mine().session_of(place) != 0);
}

CLIENT_TEST(Programs, AtAPlaceThatWasForgottenHaveNoPlan, {}) {
    make_chip_place();
    const ttmem_place old = make_mesh(0);
    const ttmem_handle program = ttmem_program_created(0, 1);
    CHECK_EQ(plan(program, old, 4096), TTMEM_OK);
    CHECK_EQ(ttmem_close(old), TTMEM_OK);
    for (uint32_t number = 1; number < 10000; ++number) make_mesh(number);
    CHECK_EQ(ttmem_program_dispatched(program, old), TTMEM_INVALID);
    CHECK_EQ(plan(program, old, 4096), TTMEM_INVALID);
}

CLIENT_TEST(Programs, APlanInOneOfManyPlacesEndsWithThatPlace, {}) {
    make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    for (uint32_t i = 0; i < 5; ++i) CHECK_EQ(plan(program, make_mesh(i), 4096), TTMEM_OK);
    for (const uint32_t i : {1u, 0u}) CHECK_EQ(ttmem_close(make_mesh(i)), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(program), TTMEM_OK);  // gives back what was at the closed ones, the oldest
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Programs, AtAPlaceThatOpensAgainNeedRoomForTheirPlan, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1), other = ttmem_program_created(0, 2);
    CHECK_EQ(plan(program, place, 0), TTMEM_OK);
    uint64_t made = 0;
    while (plan(other, place, ++made << 5) == TTMEM_OK) CHECK(made < 100'000);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    const uint64_t refused = Bytes::mine().live().plans_refused;
    CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().plans_refused, refused + 1);
}

CLIENT_TEST(Programs, LeftBehindAtAClosedPlaceAreCountedWhenItsRecordIsUsedAgain, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle kept = ttmem_program_created(0, 1), gone = ttmem_program_created(0, 2);
    CHECK_EQ(plan(kept, place, 4096), TTMEM_OK);
    CHECK_EQ(plan(gone, place, 8192), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(gone), TTMEM_OK);
    CHECK_EQ(plan(ttmem_program_created(0, 3), place, 8192), TTMEM_OK);  // in its slot
    const ttmem_handle also_gone = ttmem_program_created(0, 4);
    CHECK_EQ(plan(also_gone, place, 16384), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(also_gone), TTMEM_OK);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    for (uint32_t i = 0; i < 300; ++i) {  // of which each keeps something
        const ttmem_allocation a = make_allocation(make_mesh(i));
        CHECK(ttmem_record_alloc(&a) != 0);
        CHECK_EQ(ttmem_close(a.place), TTMEM_OK);
        if (i != 200) continue;
        const ttmem_handle newest =
            ttmem_program_created(0, 5);  // whose slot has nothing in it when the next one opens
        CHECK_EQ(plan(newest, make_mesh(1000), 4096), TTMEM_OK);
        CHECK_EQ(ttmem_program_destroyed(newest), TTMEM_OK);
    }
    CHECK_EQ(plan(kept, place, 4096), TTMEM_OK);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Programs, PlansOfManyShapesAreToldApart, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    uint64_t pairs = 0;
    for (int round = 0; round < 2; ++round) {
        std::mt19937_64 random(11);
        for (int i = 0; i < 9000; ++i) {
            const uint64_t any = random();
            const ttmem_core_range cores{0, 0, static_cast<uint8_t>(any % 8), static_cast<uint8_t>(any >> 8 & 7)};
            const ttmem_circular_buffer buffer{0, 0, 1, 0, any >> 30, 4096, &cores};
            const ttmem_circular_buffer buffers[] = {buffer, buffer};
            CHECK_EQ(ttmem_program_planned(program, place, buffers, 1 + any % 2), TTMEM_OK);
        }
        if (round == 0) pairs = Bytes::mine().live().pairs_used;
    }
    CHECK_EQ(pairs, 9001);
    CHECK_EQ(Bytes::mine().live().pairs_used, pairs);
}

CLIENT_TEST(Programs, PlansOfManyWordsFillTheirRegionFirst, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    const std::vector<ttmem_core_range> ranges(256, {0, 0, 7, 7});
    std::vector<ttmem_circular_buffer> buffers(64, {0, 0, 256, 0, 0, 4096, ranges.data()});
    ttmem_result result = TTMEM_OK;
    for (uint64_t i = 0; result == TTMEM_OK && i < 100; ++i) {
        buffers[0].address = i << 5;
        result = ttmem_program_planned(program, place, buffers.data(), 64);
    }
    CHECK_EQ(result, TTMEM_FULL);
    CHECK_EQ(Bytes::mine().live().plans_refused, 1);
    CHECK_EQ(plan(program, place, 4096), TTMEM_OK);  // for a short one there is room
}

CLIENT_TEST(Programs, ThatAProcessHadAreNotThoseOfItsChild, {}) {
    static ttmem_place place;
    static ttmem_handle program;
    place = make_chip_place(), program = ttmem_program_created(0, 1);
    CHECK_EQ(plan(program, place, 4096), TTMEM_OK);
    CHECK_EQ(in_child([] {
                 CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_UNKNOWN);
                 const ttmem_handle own = ttmem_program_created(0, 1);
                 CHECK_EQ(plan(own, place, 4096), TTMEM_OK);
                 CHECK_EQ(ttmem_program_dispatched(own, place), TTMEM_OK);
                 Bytes::mine().check_consistent();
             }),
             0);
    CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
}

CLIENT_TEST(TraceCalls, WithAWrongNameOrNumberOrOfAClosedPlaceMakeNoTrace, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    CHECK_EQ(ttmem_trace_end(0, 1ull << 48), 0);
    CHECK_EQ(ttmem_trace_end(999'999, 1), 0);
    CHECK(ttmem_trace_end(0, 1) != 0);  // the capture went on
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    CHECK_EQ(ttmem_close(place), TTMEM_OK);
    CHECK_EQ(ttmem_trace_end(0, 1), 0);
    CHECK_EQ(Bytes::mine().live().plans_refused, 1);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);  // that capture is over
}

CLIENT_TEST(TraceCalls, ADispatchAtAnUnknownPlaceIsNotCaptured, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    plan(program, place, 4096);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    CHECK_EQ(ttmem_program_dispatched(program, 999), TTMEM_INVALID);
    CHECK(ttmem_trace_end(0, 1) != 0);
}

CLIENT_TEST(TraceCalls, AsManyTracesAsThereAreRecordsAreKept, {}) {
    const ttmem_place place = make_chip_place();
    std::vector<ttmem_handle> traces;
    for (ttmem_handle trace; (trace = capture(place, {})) != 0;) {
        traces.push_back(trace);
        CHECK(traces.size() < 10'000);
    }
    CHECK_EQ(traces.size(), Geometry().traces);
    CHECK_EQ(Bytes::mine().live().plans_refused, 1);
    CHECK_EQ(ttmem_trace_released(traces[7]), TTMEM_OK);
    CHECK(capture(place, {}) != 0);
    CHECK_EQ(ttmem_trace_replayed(traces[8]), TTMEM_OK);  // nothing runs
}

CLIENT_TEST(TraceCalls, ATraceOfAMeshOutlivesTheSessionOfAPart, {}) {
    make_chip_place();
    const ttmem_place whole = make_mesh(1), part = make_mesh(0, whole);
    const ttmem_handle program = ttmem_program_created(0, 1);
    plan(program, whole, 4096), plan(program, part, 8192);
    CHECK_EQ(ttmem_trace_begin(whole), TTMEM_OK);
    CHECK_EQ(ttmem_program_dispatched(program, whole), TTMEM_OK);
    CHECK_EQ(ttmem_program_dispatched(program, part), TTMEM_OK);
    const ttmem_handle trace = ttmem_trace_end(0, 1);
    CHECK_EQ(ttmem_close(part), TTMEM_OK);
    for (int i = 0; i < 300; ++i) {  // until the record of that session is used again
        CHECK_EQ(ttmem_open(make_mesh(2)), TTMEM_OK);
        CHECK_EQ(ttmem_close(make_mesh(2)), TTMEM_OK);
    }
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_OK);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(TraceCalls, AReleaseRaisesNobodyWhoIsGoneOrRanLater, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle gone = ttmem_program_created(0, 1), freed = ttmem_program_created(0, 2),
                       again = ttmem_program_created(0, 3);
    plan(gone, place, 4096), plan(freed, place, 8192), plan(again, place, 16384);
    const ttmem_handle trace = capture(place, {gone, freed, again});
    CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(gone), TTMEM_OK);
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle in_its_slot = ttmem_record_alloc(&a);
    CHECK_EQ(handle_slot(in_its_slot), handle_slot(gone));
    CHECK_EQ(ttmem_program_destroyed(freed), TTMEM_OK);
    CHECK_EQ(ttmem_program_dispatched(again, place), TTMEM_OK);
    CHECK_EQ(ttmem_trace_released(trace), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    for (uint64_t pair = 1; pair < bytes.live().pairs_used; ++pair) {
        const uint64_t slot = newest_slot(bytes.map().pairs[pair].newest);
        CHECK(slot == 0 || slot == handle_slot(again));
    }
}
