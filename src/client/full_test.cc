// Every table of a ledger when it is full: what finds no room is counted, and nothing else changes.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

CLIENT_TEST(Full, PlansThatFindNoRoomAreRefusedAndCounted, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    uint64_t made = 0;
    while (plan(program, place, ++made) == TTMEM_OK) CHECK(made < 1'000'000);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().plans_refused, 1);
    CHECK_EQ(plan(program, place, made - 1), TTMEM_OK);  // one that is known
    CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
    CHECK_EQ(ttmem_program_destroyed(program), TTMEM_OK);
}

CLIENT_TEST(Full, ProgramsAtMorePlacesThanThereIsRoomForAreRefusedAndCounted, {}) {
    make_chip_place();
    std::vector<ttmem_handle> programs;
    for (int i = 0; i < 8000; ++i) programs.push_back(ttmem_program_created(0, static_cast<uint64_t>(i)));
    uint64_t refused = 0;
    for (uint32_t place = 0; place < 40 && refused == 0; ++place) {
        const ttmem_place mesh = make_mesh(place);
        for (const ttmem_handle program : programs) refused += plan(program, mesh, 4096) != TTMEM_OK;
    }
    CHECK(refused > 0);
    CHECK_EQ(Bytes::mine().live().plans_refused, refused);
    for (const ttmem_handle program : programs) CHECK_EQ(ttmem_program_cbs_freed(program), TTMEM_OK);
    CHECK_EQ(plan(programs[0], make_mesh(0), 4096), TTMEM_OK);  // there is room again
    for (const ttmem_handle program : programs) CHECK_EQ(ttmem_program_destroyed(program), TTMEM_OK);
}

CLIENT_TEST(Full, TracesThatFindNoRoomAreRefusedAndCounted, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    plan(program, place, 4096);
    std::vector<ttmem_handle> traces;
    for (uint64_t i = 0;; ++i) {
        CHECK(i < 100'000);
        CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
        for (int k = 0; k < 100; ++k) ttmem_program_dispatched(program, place);
        const ttmem_handle trace = ttmem_trace_end(0, i);
        if (trace == 0) break;
        traces.push_back(trace);
    }
    CHECK(Bytes::mine().live().plans_refused > 0);
    CHECK_EQ(ttmem_trace_released(traces[traces.size() / 2]), TTMEM_OK);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    CHECK(ttmem_trace_end(0, 1) != 0);  // there is room again
}

CLIENT_TEST(Full, ATraceOfVeryManyDispatchesIsKeptOrRefused, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    for (uint64_t i = 1; i <= 4000; ++i) {
        plan(program, place, i);
        CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
    }
    const ttmem_handle trace = ttmem_trace_end(0, 1);
    if (trace != 0) CHECK_EQ(ttmem_trace_replayed(trace), TTMEM_OK);
    CHECK(trace != 0 || Bytes::mine().live().plans_refused > 0);
}

CLIENT_TEST(Full, TracesWithMoreEntriesThanThereIsRoomForAreRefusedAndCounted, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_handle program = ttmem_program_created(0, 1);
    uint64_t kept = 0;
    for (; kept < 10; ++kept) {
        ttmem_trace_begin(place);
        for (uint64_t i = 0; i < 16'000; ++i) {
            CHECK_EQ(plan(program, place, i << 5), TTMEM_OK);
            CHECK_EQ(ttmem_program_dispatched(program, place), TTMEM_OK);
        }
        if (ttmem_trace_end(0, kept) == 0) break;
    }
    CHECK_EQ(kept, Geometry().trace_entries / 16'000);
    CHECK_EQ(Bytes::mine().live().plans_refused, 1);
}

CLIENT_TEST(Full, PlacesThatAreAllOpenLeaveNoRoomForAnother, {}) {
    const ttmem_place chip = make_chip_place();
    uint32_t number = 0;
    while (ttmem_open(make_mesh(number)) == TTMEM_OK) CHECK(++number < 100'000);
    CHECK_EQ(number, Geometry().sessions - 1);
    CHECK_EQ(Bytes::mine().live().sessions_full, 1);
    const ttmem_allocation a = make_allocation(make_mesh(number));
    const ttmem_handle untracked = ttmem_record_alloc(&a);
    CHECK_EQ(Bytes::mine().live().untracked_allocations, 1);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 1);  // in no row
    CHECK_EQ(ttmem_record_free(untracked), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 0);
    CHECK_EQ(ttmem_close(make_mesh(0)), TTMEM_OK);
    CHECK_EQ(ttmem_open(chip), TTMEM_OK);  // there is room again
}

CLIENT_TEST(Full, ChipsThatFindNoRoomAreRefusedAndCounted, {}) {
    ttmem_chip_info chip{};
    for (uint64_t id = 1; id <= 64; ++id) {
        chip.chip_id = id;
        CHECK_EQ(ttmem_register_chip(&chip), TTMEM_OK);
    }
    chip.chip_id = 65;
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_FULL);
    CHECK_EQ(Bytes::mine().live().chips_full, 1);
    chip.chip_id = 64, chip.grid_x = 9;
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_OK);  // one that is known, with another description
}

CLIENT_TEST(Full, ProgramsAndTracesWithoutASlotAreCounted, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    std::vector<ttmem_handle> programs;
    for (uint64_t i = 0; i < 100; ++i) programs.push_back(ttmem_program_created(0, i));
    CHECK_EQ(programs.back(), 0);
    CHECK_EQ(ttmem_program_destroyed(programs.back()), TTMEM_OK);  // 0 is accepted
    plan(programs[0], place, 4096);
    CHECK_EQ(ttmem_trace_begin(place), TTMEM_OK);
    ttmem_program_dispatched(programs[0], place);
    CHECK_EQ(ttmem_trace_end(0, 1), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Full, ASmallLedgerIsSharedByManyThreads, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_allocation a = make_allocation(make_chip_place());
    std::vector<std::thread> threads;
    std::atomic<int> recorded{0};
    std::atomic<bool> end{false};
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&] {
            ttmem_record_free(ttmem_record_alloc(&a));
            ++recorded;
            while (!end) std::this_thread::yield();
        });
    }
    while (recorded < 20) std::this_thread::yield();
    end = true;
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(Bytes::mine().live().untracked_allocations, 0);
    CHECK_EQ(Bytes::mine().live_slots(), 0);
}
