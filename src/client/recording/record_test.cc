// Allocations and frees: what stands in slots, rows and rings afterwards.
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

CLIENT_TEST(Record, AnAllocationIsOneSlotWithAllItWasTold, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place, 24576, 2048);
    a.unique_id = 0x123456789abc;
    const ttmem_handle handle = ttmem_record_alloc(&a);
    CHECK(handle != 0);
    const Bytes bytes = Bytes::mine();
    const ttmem::ledger::Body body = bytes.body(handle);
    CHECK_EQ(body.address(), 1u << 20);
    CHECK_EQ(body.banks(), 12);
    CHECK_EQ(body.data_banks(), 2);
    CHECK_EQ(body.requested_bytes(), 24576);
    CHECK_EQ(body.bytes_per_bank(), 2048);
    CHECK_EQ(body.page_bytes(), 2048);
    CHECK_EQ(body.pool(), TTMEM_POOL_DRAM);
    CHECK_EQ(body.allocation_class(), TTMEM_CLASS_TENSOR);
    CHECK_EQ(body.session(), bytes.session_of(place));
    CHECK(body.clock() != 0);
    CHECK_EQ(bytes.map().unique_ids[handle_slot(handle)] >> 16, 0x123456789abc);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).live_requested, 24576);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).live_reserved, 2048 * 12);
    CHECK_EQ(bytes.events(), 0);  // level counts
    bytes.check_consistent();
}

CLIENT_TEST(Record, AFreedAllocationLeavesItsPeak, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place, 1000, 100);
    const ttmem_handle one = ttmem_record_alloc(&a), two = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free(one), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(two), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 0);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_requested, 2000);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_reserved, 2400);
    bytes.check_consistent();
}

CLIENT_TEST(Record, EveryOperationIsAnEventAtLevelEvents, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const uint64_t before = (ttmem_open(place), Bytes::mine().events());
    for (int i = 0; i < 5000; ++i) CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.events() - before, 10000);
    bytes.check_consistent();
    const RingHeader& ring = bytes.map().rings[0];
    const Event& last = bytes.map().events[(ring.position - 1) % ring.capacity];
    const Event& first = bytes.map().events[(ring.position - 2) % ring.capacity];
    CHECK_EQ(last.time & 0xff, static_cast<uint64_t>(Op::kFree));
    CHECK_EQ(first.time & 0xff, static_cast<uint64_t>(Op::kAlloc));
    CHECK_EQ(last.subject, first.subject);
    CHECK(last.order >> 16 > first.order >> 16);
}

CLIENT_TEST(Record, WrongFreesAreToldApartAndChangeNothing, {}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle kept = ttmem_record_alloc(&a), freed = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free(freed), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(freed), TTMEM_UNKNOWN);   // twice
    const ttmem_handle reused = ttmem_record_alloc(&a);  // the same slot
    CHECK_EQ(handle_slot(reused), handle_slot(freed));
    CHECK_EQ(ttmem_record_free(freed), TTMEM_UNKNOWN);    // three times
    CHECK_EQ(ttmem_record_free(0xfffff), TTMEM_UNKNOWN);  // no such slot
    CHECK_EQ(ttmem_record_free(1ull << 63 | handle_slot(kept)), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free(0), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().double_free, 2);
    CHECK_EQ(bytes.live().unknown_free, 2);
    CHECK_EQ(bytes.live().foreign_free, 0);
    CHECK_EQ(bytes.live_slots(), 2);
    bytes.check_consistent();
}

CLIENT_TEST(Record, OneOfTwoRacingFreesWins, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    constexpr int kRounds = 2000;
    std::vector<ttmem_handle> handles(kRounds);
    for (ttmem_handle& handle : handles) handle = ttmem_record_alloc(&a);
    std::atomic<int> wins{0}, losses{0};
    const auto free_all = [&] {
        for (const ttmem_handle handle : handles) ++(ttmem_record_free(handle) == TTMEM_OK ? wins : losses);
    };
    std::thread other(free_all);
    free_all();
    other.join();
    CHECK_EQ(wins.load(), kRounds);
    CHECK_EQ(losses.load(), kRounds);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().double_free, kRounds);
    CHECK_EQ(bytes.live_slots(), 0);
    bytes.check_consistent();
}

CLIENT_TEST(Record, ArgumentsOutOfRangeAreRefusedAndCounted, {}) {
    const ttmem_place place = make_chip_place();
    const auto refused = [&](auto change) {
        ttmem_allocation a = make_allocation(place);
        change(a);
        CHECK_EQ(ttmem_record_alloc(&a), 0);
    };
    refused([](auto& a) { a.pool = 5; });
    refused([](auto& a) { a.banks = 0; });
    refused([](auto& a) { a.banks = 4096; });
    refused([](auto& a) { a.data_banks = 13; });
    refused([](auto& a) { a.address = 1ull << 40; });
    refused([](auto& a) { a.requested_bytes = 1ull << 44; });
    refused([](auto& a) { a.bytes_per_bank = 1ull << 40; });
    refused([](auto& a) { a.unique_id = 1ull << 48; });
    refused([](auto& a) { a.kind = 5; });
    refused([](auto& a) { a.place = 4000; });
    refused([](auto& a) { a.place = 0; });
    CHECK_EQ(ttmem_record_alloc(nullptr), 0);
    CHECK_EQ(ttmem_record_free_at(place, static_cast<ttmem_pool>(5), 0), TTMEM_INVALID);
    CHECK_EQ(ttmem_op_begin(60000), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().invalid, 14);
    ttmem_allocation largest = make_allocation(place, (1ull << 44) - 1, (1ull << 40) - 1);
    largest.banks = largest.data_banks = 4095;
    largest.address = (1ull << 40) - 1;
    const ttmem_handle handle = ttmem_record_alloc(&largest);
    CHECK_EQ(Bytes::mine().body(handle).reserved_bytes(), 4095 * ((1ull << 40) - 1));
}

CLIENT_TEST(Record, AnAllocationIsFreedByItsAddress, {}) {
    const ttmem_place place = make_chip_place(), other = make_chip_place(78, 1);
    ttmem_allocation a = make_allocation(place);
    a.flags = TTMEM_BY_ADDRESS;
    CHECK(ttmem_record_alloc(&a) != 0);
    CHECK_EQ(ttmem_record_free_at(other, TTMEM_POOL_DRAM, a.address), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_L1, a.address), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address + 1), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_UNKNOWN);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().unknown_free, 4);
    CHECK_EQ(bytes.live_slots(), 0);
}

CLIENT_TEST(Record, OfSeveralAtOneAddressTheNewestGoes, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place);
    a.flags = TTMEM_BY_ADDRESS;
    const ttmem_handle oldest = ttmem_record_alloc(&a), middle = ttmem_record_alloc(&a),
                       newest = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(newest), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free(middle), TTMEM_OK);  // by handle: it leaves the index, too
    CHECK_EQ(ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(oldest), TTMEM_UNKNOWN);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().ambiguous_free, 1);
    CHECK_EQ(bytes.live().double_free, 2);
    CHECK_EQ(bytes.live_slots(), 0);
}

CLIENT_TEST(Record, ThreadsFreeEachOthersAddresses, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    std::vector<std::thread> threads;
    std::atomic<uint64_t> freed{0};
    for (uint64_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            ttmem_allocation a = make_allocation(place);
            a.flags = TTMEM_BY_ADDRESS;
            for (uint64_t i = 0; i < 20000; ++i) {
                a.address = (i % 7) << 12;
                const ttmem_handle handle = ttmem_record_alloc(&a);
                const bool by_handle = (i + t) % 3 == 0;
                const ttmem_result result =
                    by_handle ? ttmem_record_free(handle) : ttmem_record_free_at(place, TTMEM_POOL_DRAM, a.address);
                if (result == TTMEM_OK) ++freed;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 80000 - freed.load() - bytes.live().untracked_allocations);
    bytes.check_consistent();
}

CLIENT_TEST(Record, WhatDoesNotFitIsCountedInNumberAndBytes, {{"TTMEM_LEDGER_SLOTS", "64"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place, 1000, 100);
    std::vector<ttmem_handle> handles;
    for (int i = 0; i < 100; ++i) handles.push_back(ttmem_record_alloc(&a));
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 63);
    CHECK_EQ(bytes.live().untracked_allocations, 37);
    CHECK_EQ(bytes.live().untracked_bytes, 37000);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).untracked_allocations, 37);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).untracked_reserved, 37 * 1200);
    for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().untracked_now_allocations, 0);
    CHECK(ttmem_record_alloc(&a) != 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Record, AllSlotsOfALedgerCanBeUsed, {{"TTMEM_LEDGER_SLOTS", "100000"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    std::vector<ttmem_handle> handles;
    for (ttmem_handle next = 0; is_recorded(next = ttmem_record_alloc(&a));) handles.push_back(next);
    CHECK_EQ(handles.size(), 100032 - 1);  // a multiple of 64, and slot 0 is not used
    std::thread([&] {
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
    }).join();
    for (size_t i = 0; i < handles.size(); ++i) CHECK(ttmem_record_alloc(&a) != 0);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), handles.size());
    bytes.check_consistent();
}

CLIENT_TEST(Record, AMarkMakesAnAllocationPersistentAndFreeStillWorks, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place);
    const ttmem_handle marked = ttmem_record_alloc(&a);
    a.flags = TTMEM_PERSISTENT;
    const ttmem_handle born = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_mark_persistent(marked), TTMEM_OK);
    CHECK_EQ(ttmem_mark_persistent(born), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK(control_state(bytes.slot(marked).control) == SlotState::kPersistent);
    CHECK(control_state(bytes.slot(born).control) == SlotState::kPersistent);
    CHECK_EQ(ttmem_record_free(marked), TTMEM_OK);
    CHECK_EQ(ttmem_record_free(born), TTMEM_OK);
    CHECK_EQ(ttmem_mark_persistent(marked), TTMEM_UNKNOWN);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Record, AProgramHoldsItsBinaryUntilItIsDestroyed, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_text name = ttmem_intern("matmul");
    const ttmem_handle program = ttmem_program_created(name, 42);
    ttmem_allocation a = make_allocation(place);
    a.kind = TTMEM_CLASS_PROGRAM;
    a.holder = program;
    const ttmem_handle binary = ttmem_record_alloc(&a);
    Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.body(binary).holder_slot(), handle_slot(program));
    CHECK_EQ(bytes.body(program).where >> 16, 42);
    CHECK_EQ(bytes.body(program).reserved_bytes(), 0);
    CHECK_EQ(bytes.text(program_of(bytes.body(program)).name) == "matmul", true);
    CHECK_EQ(ttmem_record_free(program), TTMEM_INVALID);       // not an allocation
    CHECK_EQ(ttmem_program_destroyed(binary), TTMEM_INVALID);  // not a program
    CHECK_EQ(ttmem_program_destroyed(program), TTMEM_OK);
    a.holder = program;  // of the past
    const ttmem_handle late = ttmem_record_alloc(&a);
    CHECK_EQ(Bytes::mine().body(late).holder_slot(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Record, AViewIsHistoryAndHoldsNothing, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    CHECK_EQ(ttmem_open(place), TTMEM_OK);
    const uint64_t before = Bytes::mine().events();
    const ttmem_allocation a = make_allocation(place);
    CHECK_EQ(ttmem_record_view(&a), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.events() - before, 1);
    CHECK_EQ(bytes.live_slots(), 0);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_requested, 0);
    bytes.check_consistent();
}

CLIENT_TEST(Record, AViewNeedsAPlaceAndNoHistory, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_allocation a = make_allocation(place);
    CHECK_EQ(ttmem_record_view(&a), TTMEM_OK);
    CHECK_EQ(Bytes::mine().events(), 0);
    a.place = 999;
    CHECK_EQ(ttmem_record_view(&a), TTMEM_INVALID);
}

CLIENT_TEST(Record, TheClockIsBroughtUpToDateWhileHistoryGoesOn, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const ttmem_allocation a = make_allocation(place);
    const ttmem_handle program = ttmem_program_created(0, 1);
    const ttmem_text op = ttmem_intern("op");
    uint64_t before = Bytes::mine().live().anchor_sequence;
    const auto check_refreshed = [&](auto&& record) {
        for (int i = 0; i < 70'000; ++i) record();  // 65,536 events
        const uint64_t now = Bytes::mine().live().anchor_sequence;
        CHECK(now > before);
        before = now;
    };
    check_refreshed([&] { ttmem_record_view(&a); });
    check_refreshed([&] { ttmem_op_begin(op), ttmem_op_end(); });
    check_refreshed([&] { ttmem_program_dispatched(program, place); });
    check_refreshed([&] { ttmem_record_free(ttmem_record_alloc(&a)); });
}

CLIENT_TEST(Record, AnAddressIsOneOfAPlaceAPoolAndASession, {}) {
    const ttmem_place one = make_chip_place(77, 0), other = make_chip_place(78, 1);
    ttmem_allocation a = make_allocation(one);
    a.flags = TTMEM_BY_ADDRESS;
    const ttmem_handle first = ttmem_record_alloc(&a);
    a.pool = TTMEM_POOL_L1;
    const ttmem_handle in_l1 = ttmem_record_alloc(&a);
    a.pool = TTMEM_POOL_DRAM, a.place = other;
    const ttmem_handle elsewhere = ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free_at(one, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(ttmem_record_free_at(one, TTMEM_POOL_DRAM, a.address), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free(first), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_record_free(in_l1), TTMEM_OK);
    // One of an earlier session is ended only where there is none of the present one.
    CHECK_EQ(ttmem_close(other), TTMEM_OK);
    CHECK_EQ(ttmem_open(other), TTMEM_OK);
    ttmem_record_alloc(&a);
    CHECK_EQ(ttmem_record_free_at(other, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().late_free, 0);
    CHECK_EQ(ttmem_record_free_at(other, TTMEM_POOL_DRAM, a.address), TTMEM_OK);
    CHECK_EQ(Bytes::mine().live().late_free, 1);
    CHECK_EQ(ttmem_record_free(elsewhere), TTMEM_UNKNOWN);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Record, TheNewestFailuresAreKept, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    ttmem_failure failure{};
    failure.place = place;
    failure.kind = TTMEM_FAILURE_OUT_OF_MEMORY;
    failure.largest_free_per_bank = UINT64_MAX;
    for (uint64_t i = 0; i < 40; ++i) {
        failure.requested_bytes = i;
        CHECK_EQ(ttmem_record_failure(&failure), TTMEM_OK);
    }
    failure.kind = 9;
    CHECK_EQ(ttmem_record_failure(&failure), TTMEM_INVALID);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().failures, 40);
    const FailureRecord& newest = bytes.map().failures[39 % 32];
    CHECK_EQ(newest.position, 40);
    CHECK_EQ(newest.requested_bytes, 39);
    CHECK_EQ(newest.largest_free_per_bank, UINT64_MAX);
    CHECK_EQ(newest.what >> 32, bytes.session_of(place));
    CHECK_EQ(newest.check, check_sum(reinterpret_cast<const uint64_t*>(&newest.what), 14));
}
