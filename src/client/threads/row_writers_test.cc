// Rows are exact whoever changes them: one thread alone, several at once or by turns, one after the other, threads
// without a ring.
#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <random>
#include <thread>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using ttmem::ledger::RowUse;

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

void check_row(ttmem_place place, uint64_t live, uint64_t least_peak, uint64_t most_peak) {
    const uint32_t session = Bytes::mine().session_of(place);
    ttmem_close(place);
    const Bytes bytes = Bytes::mine();
    bytes.check_consistent();
    const ttmem::ledger::Row& row = bytes.map().sessions[session].rows[TTMEM_POOL_DRAM];
    CHECK_EQ(row.live_requested.load(), live * kBytes);
    CHECK(row.peak_requested.load() >= least_peak * kBytes);
    CHECK(row.peak_requested.load() <= most_peak * kBytes);
}

void check_row(ttmem_place place, uint64_t live, uint64_t peak) { check_row(place, live, peak, peak); }

RowUse use_of(ttmem_place place) { return static_cast<RowUse>(Bytes::mine().row(place, TTMEM_POOL_DRAM).use.load()); }

// Runs `work(number)` in several threads at once.
template <class Work>
void in_threads(int count, const Work& work) {
    std::vector<std::thread> threads;
    for (int t = 0; t < count; ++t) threads.emplace_back([&, t] { work(t); });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

CLIENT_TEST(RowWriters, OneThreadHasARowForItself, {}) {
    const ttmem_place place = make_chip_place();
    allocate(place);
    pairs(place, 20'000);
    CHECK(use_of(place) == RowUse::kAlone);
    check_row(place, 1, 2);
}

CLIENT_TEST(RowWriters, ASecondThreadMakesItEverybodysForGood, {}) {
    const ttmem_place place = make_chip_place();
    pairs(place, 10);
    CHECK(use_of(place) == RowUse::kAlone);
    std::thread([&] { pairs(place, 100); }).join();
    CHECK(use_of(place) == RowUse::kTogether);
    pairs(place, 20'000);
    CHECK(use_of(place) == RowUse::kTogether);
    check_row(place, 0, 1);
}

CLIENT_TEST(RowWriters, AThreadThatTakesTheRingOfOneThatEndedTakesItsRowsToo, {}) {
    const ttmem_place place = make_chip_place();
    ttmem_handle left = 0;
    std::thread([&] { left = allocate(place); }).join();
    std::thread([&] {
        ttmem_record_free(left);
        pairs(place, 100);
    }).join();
    CHECK(use_of(place) == RowUse::kAlone);
    check_row(place, 0, 1);
}

CLIENT_TEST(RowWriters, ThePeakIsExactWhenAllThreadsChangeARowAtOnce, {{"TTMEM_LEVEL", "events"}}) {
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

CLIENT_TEST(RowWriters, RowsGoFromThreadToThreadWhileOthersComeInBetween, {{"TTMEM_LEVEL", "events"}}) {
    constexpr int kThreads = 3;
    const ttmem_place places[] = {make_chip_place(71, 0), make_chip_place(72, 1)};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            std::mt19937 random(static_cast<unsigned>(t));
            for (int burst = 0; burst < 6; ++burst) {
                pairs(places[random() % 2], 1'000);
                for (int i = 0; i < 50; ++i) pairs(places[i % 2], 1);
            }
            allocate(places[t % 2]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    check_row(places[0], 2, 2, kThreads);
    check_row(places[1], 1, 1, kThreads);
}

CLIENT_TEST(RowWriters, ThreadsWithoutARingAreCountedRight, {}) {
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

CLIENT_TEST(RowWriters, WhatACloseReleasedComesOffTheRowOfAnotherThread, {{"TTMEM_LEDGER_SLOTS", "256"}}) {
    const ttmem_place place = make_chip_place(), other = make_chip_place(79, 2);
    std::thread([&] {
        for (int i = 0; i < 200; ++i) allocate(place);
    }).join();
    ttmem_close(place);
    for (int i = 0; i < 200; ++i) allocate(other);  // there is no room but that of the released
    Bytes::mine().check_consistent();
    check_row(other, 200, 200);
}

CLIENT_TEST(RowWriters, AChildBeginsWithRowsOfItsOwn, {}) {
    const ttmem_place place = make_chip_place();
    in_threads(2, [&](int) { pairs(place, 10); });
    CHECK_EQ(in_child([] {
                 const ttmem_place mine = make_chip_place(73, 0);
                 pairs(mine, 10);
                 CHECK(use_of(mine) == RowUse::kAlone);
                 Bytes::mine().check_consistent();
             }),
             0);
}

// Each operation is made under a mutex, so that there is one order, and its peak is known.
CLIENT_TEST(RowWriters, ThePeakIsThatOfTheOneOrderInWhichThreadsTookTurns, {}) {
    constexpr int kThreads = 3;
    constexpr uint64_t kBank = 4096, kBanks = 12;
    const ttmem_place place = make_chip_place();
    std::mutex mutex;
    uint64_t requested = 0, reserved = 0, peak_requested = 0, peak_reserved = 0;
    in_threads(kThreads, [&](int t) {
        std::mt19937 random(static_cast<unsigned>(t));
        struct Held {
            ttmem_handle handle;
            uint64_t requested, reserved;
        };
        std::vector<Held> held;
        for (int i = 0; i < 18'000; ++i) {
            // Now and then more is live than before.
            const size_t most = i % 6'000 < 5'950 ? 2 : 3 + static_cast<size_t>(i) / 6'000;
            const std::lock_guard guard(mutex);
            if (held.size() < most && (held.empty() || random() % 2 == 0)) {
                ttmem_allocation a = make_allocation(place);
                a.bytes_per_bank = kBank << random() % 2;
                a.banks = a.data_banks = kBanks;
                a.requested_bytes = 1 + random() % 2 * kBytes;
                held.push_back({ttmem_record_alloc(&a), a.requested_bytes, a.bytes_per_bank * kBanks});
                requested += held.back().requested;
                reserved += held.back().reserved;
                peak_requested = std::max(peak_requested, requested);
                peak_reserved = std::max(peak_reserved, reserved);
            } else {
                std::swap(held[random() % held.size()], held.back());
                ttmem_record_free(held.back().handle);
                requested -= held.back().requested;
                reserved -= held.back().reserved;
                held.pop_back();
            }
        }
    });
    const Bytes bytes = Bytes::mine();
    bytes.check_consistent();
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_requested.load(), peak_requested);
    CHECK_EQ(bytes.row(place, TTMEM_POOL_DRAM).peak_reserved.load(), peak_reserved);
}
