// Rows are exact whoever changes them: one thread alone, several at once, one after the other, threads without a ring.
#include <atomic>
#include <barrier>
#include <random>
#include <thread>

#include "src/client/test_support.h"

using namespace ttmem::client::testing;

namespace {

constexpr uint64_t kBytes = 4096;  // of make_allocation(), requested

ttmem_handle allocate(ttmem_place place) {
    ttmem_allocation allocation = make_allocation(place);
    allocation.requested_bytes = kBytes;
    const ttmem_handle handle = ttmem_record_alloc(&allocation);
    CHECK(handle != 0);
    return handle;
}

void pairs(ttmem_place place, int count) {
    for (int i = 0; i < count; ++i) ttmem_record_free(allocate(place));
}

void check_row(ttmem_place place, uint64_t live, uint64_t peak) {
    const Bytes bytes = Bytes::mine();
    bytes.check_consistent();
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).live_requested.load(), live * kBytes);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_requested.load(), peak * kBytes);
}

}  // namespace

CLIENT_TEST(RowWriters, one_thread_has_a_row_for_itself, {}) {
    const ttmem_place place = make_chip_place();
    allocate(place);
    pairs(place, 20'000);
    check_row(place, 1, 2);
    CHECK_EQ(Bytes::mine().row(place, TTMEM_POOL_DRAM).turns.load(), 0);
}

CLIENT_TEST(RowWriters, a_second_thread_takes_it_away_and_the_one_that_stays_takes_it_over_again, {}) {
    const ttmem_place place = make_chip_place();
    pairs(place, 10);
    for (int round = 0; round < 5; ++round) {
        std::thread([&] { pairs(place, 100); }).join();
        CHECK(Bytes::mine().row(place, TTMEM_POOL_DRAM).turns.load() != 0);
        pairs(place, 10'000);
        CHECK_EQ(Bytes::mine().row(place, TTMEM_POOL_DRAM).turns.load(), 0);
    }
    check_row(place, 0, 1);
}

CLIENT_TEST(RowWriters, the_peak_is_exact_when_all_threads_change_a_row_at_once, {{"TTMEM_LEVEL", "events"}}) {
    constexpr int kThreads = 4, kRounds = 200;
    const ttmem_place place = make_chip_place();
    std::barrier together(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (int round = 0; round < kRounds; ++round) {
                const ttmem_handle handle = allocate(place);
                together.arrive_and_wait();
                ttmem_record_free(handle);
                together.arrive_and_wait();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    check_row(place, 0, kThreads);
}

CLIENT_TEST(RowWriters, rows_go_from_thread_to_thread_while_others_come_in_between, {{"TTMEM_LEVEL", "events"}}) {
    constexpr int kThreads = 3;
    const ttmem_place places[] = {make_chip_place(71, 0), make_chip_place(72, 1)};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(static_cast<unsigned>(t));
            for (int burst = 0; burst < 6; ++burst) {
                pairs(places[random() % 2], 9'000);  // long enough to take a row over
                for (int i = 0; i < 50; ++i) pairs(places[i % 2], 1);
            }
            allocate(places[t % 2]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    const Bytes bytes = Bytes::mine();
    bytes.check_consistent();
    CHECK_EQ(bytes.row(places[0], TTMEM_POOL_DRAM).live_requested.load(), 2 * kBytes);
    CHECK_EQ(bytes.row(places[1], TTMEM_POOL_DRAM).live_requested.load(), kBytes);
    CHECK(bytes.row(places[0], TTMEM_POOL_DRAM).peak_requested.load() <= kThreads * kBytes);
}

CLIENT_TEST(RowWriters, threads_without_a_ring_are_counted_right, {}) {
    constexpr int kThreads = 40;  // more than rings
    const ttmem_place place = make_chip_place();
    std::barrier together(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            const ttmem_handle handle = allocate(place);
            together.arrive_and_wait();
            ttmem_record_free(handle);
            pairs(place, 500);
        });
    }
    for (std::thread& thread : threads) thread.join();
    check_row(place, 0, kThreads);
}

CLIENT_TEST(RowWriters, what_a_close_released_comes_off_the_row_of_another_thread, {{"TTMEM_LEDGER_SLOTS", "256"}}) {
    const ttmem_place place = make_chip_place(), other = make_chip_place(79, 2);
    std::thread([&] {
        for (int i = 0; i < 200; ++i) allocate(place);
    }).join();
    ttmem_close(place);
    for (int i = 0; i < 200; ++i) allocate(other);  // there is no room but that of the released
    Bytes::mine().check_consistent();
    check_row(other, 200, 200);
}
