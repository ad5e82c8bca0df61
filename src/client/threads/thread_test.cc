// Threads that come, go, are cancelled or interrupted while they record.
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

ttmem_place shared_place;

void use_shared_place() { shared_place = make_place_in_use(); }

// Everything that may enter the kernel, the making of the ledger included, with a cancellation pending.
bool has_recorded = false;
void* record_while_cancelled(void*) {
    pthread_cancel(pthread_self());
    use_shared_place();
    ttmem_set_level(TTMEM_LEVEL_COUNTS);
    ttmem_close(shared_place);
    has_recorded = true;
    pthread_testcancel();
    return nullptr;
}

}  // namespace

CLIENT_TEST(Threads, FiveThousandShortOnesShareTheRings, {{"TTMEM_LEVEL", "events"}}) {
    use_shared_place();
    const uint64_t before = Bytes::mine().events();
    for (int batch = 0; batch < 500; ++batch) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 10; ++i) {
            threads.emplace_back([] {
                const ttmem_allocation a = make_allocation(shared_place);
                for (int k = 0; k < 10; ++k) CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().ring_misses, 0);
    CHECK_EQ(bytes.events() - before, 5000 * (20 + 1));  // and one for each thread
    CHECK_EQ(bytes.live_slots(), 1);
    for (uint64_t i = 1; i < bytes.map().geometry.rings; ++i) CHECK_EQ(bytes.map().rings[i].thread >> 32, 0);
    bytes.check_consistent();
}

CLIENT_TEST(Threads, MoreThreadsThanRingsAreExactAndTheirMissingHistoryIsCounted, {{"TTMEM_LEVEL", "events"}}) {
    use_shared_place();
    const uint64_t before = Bytes::mine().events();
    constexpr int kThreads = 200, kPairs = 300;
    std::atomic<int> waiting{kThreads};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&waiting] {
            ttmem_allocation a = make_allocation(shared_place);
            const ttmem_handle first = ttmem_record_alloc(&a);
            --waiting;
            while (waiting != 0) std::this_thread::yield();  // all are there at once
            for (int k = 0; k < kPairs; ++k) CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
            CHECK_EQ(ttmem_record_free(first), TTMEM_OK);
        });
    }
    for (std::thread& thread : threads) thread.join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().untracked_allocations, 0);
    CHECK(bytes.live().ring_misses > 0);
    const uint64_t operations = kThreads * (2ull * kPairs + 2);
    const uint64_t recorded = bytes.events() - before + bytes.live().ring_misses;
    CHECK(recorded >= operations && recorded <= operations + kThreads);  // and one for each thread with a ring
    CHECK_EQ(bytes.live_slots(), 1);
    bytes.check_consistent();
}

CLIENT_TEST(Threads, WithoutARingRecordViewsWithoutHistory, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_allocation a = make_allocation(make_chip_place());
    std::vector<std::thread> threads;
    std::atomic<uint64_t> done{0};
    for (uint64_t i = 0; i < Geometry().rings + 4; ++i) {
        threads.emplace_back([&] {
            CHECK_EQ(ttmem_record_view(&a), TTMEM_OK);
            ++done;
            while (done < Geometry().rings + 4) std::this_thread::yield();
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(Bytes::mine().live().ring_misses >= 4);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Threads, WhatOneAllocatesAnotherFrees, {{"TTMEM_LEVEL", "events"}}) {
    use_shared_place();
    constexpr size_t kCount = 50000, kAhead = 1000;
    auto handles = std::make_unique<std::atomic<ttmem_handle>[]>(kCount);
    std::atomic<size_t> freed{0};
    std::thread other([&] {
        for (size_t i = 0; i < kCount; ++i) {
            ttmem_handle handle;
            while ((handle = handles[i]) == 0) std::this_thread::yield();
            CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
            ++freed;
        }
    });
    const ttmem_allocation a = make_allocation(shared_place);
    for (size_t i = 0; i < kCount; ++i) {
        while (i > freed + kAhead) std::this_thread::yield();
        const ttmem_handle handle = ttmem_record_alloc(&a);
        CHECK(handle != 0);
        handles[i] = handle;
    }
    other.join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 1);
    CHECK_EQ(bytes.live().untracked_allocations, 0);
    CHECK(bytes.live().slots_used < 2000);  // they go round
    bytes.check_consistent();
}

CLIENT_TEST(Threads, ThatAreCancelledFinishWhatTheLibraryIsDoing, {{"TTMEM_LEVEL", "events"}}) {
    pthread_t thread;
    void* result = nullptr;
    CHECK_EQ(pthread_create(&thread, nullptr, record_while_cancelled, nullptr), 0);
    CHECK_EQ(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK(has_recorded);
    CHECK(ttmem_intern("no lock was left behind") != 0);
    const ttmem_allocation a = make_allocation(shared_place);
    CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Signals, AHandlerInsideACallIsTurnedAwayAndCounted, {{"TTMEM_LEVEL", "events"}}) {
    use_shared_place();
    static std::atomic<uint64_t> recorded{0}, turned_away{0};
    struct sigaction action {};
    action.sa_handler = [](int) {
        const ttmem_allocation a = make_allocation(shared_place);
        const ttmem_handle handle = ttmem_record_alloc(&a);
        ++(handle != 0 ? recorded : turned_away);
        if (handle != 0) ttmem_record_free(handle);
    };
    sigaction(SIGALRM, &action, nullptr);
    itimerval every{{0, 200}, {0, 200}};
    setitimer(ITIMER_REAL, &every, nullptr);
    const ttmem_allocation a = make_allocation(shared_place);
    for (int i = 0; i < 20'000'000 && turned_away < 20; ++i)
        CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    every = {};
    setitimer(ITIMER_REAL, &every, nullptr);
    const Bytes bytes = Bytes::mine();
    CHECK(recorded + turned_away > 0);
    CHECK_EQ(bytes.live().reentrant, turned_away.load());
    CHECK_EQ(bytes.live_slots(), 1);
    bytes.check_consistent();
}
