// Frees by one thread, by several at once, and by threads that come and go: each handle is freed once.
#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;

namespace {

std::vector<ttmem_handle> allocate_some(ttmem_place place, size_t count) {
    std::vector<ttmem_handle> handles(count);
    const ttmem_allocation allocation = make_allocation(place);
    for (ttmem_handle& handle : handles) {
        handle = ttmem_record_alloc(&allocation);
        CHECK(handle != 0);
    }
    return handles;
}

// The first thread frees; the second one comes in the middle of it, and frees the same from there on.
void free_twice_at_once(size_t before) {
    const ttmem_place place = make_chip_place();
    const std::vector<ttmem_handle> handles = allocate_some(place, 3000);
    std::atomic<size_t> freed{0};
    size_t wins = 0;
    std::thread other([&] {
        while (freed < before) {
        }
        for (size_t i = 0; i < handles.size(); ++i) {
            wins += ttmem_record_free(handles[(before + i) % handles.size()]) == TTMEM_OK;
        }
    });
    size_t my_wins = 0;
    for (const ttmem_handle handle : handles) {
        my_wins += ttmem_record_free(handle) == TTMEM_OK;
        freed.store(freed + 1);
    }
    other.join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(my_wins + wins, handles.size());
    CHECK_EQ(bytes.live().double_free, handles.size());
    CHECK_EQ(bytes.live_slots(), 0);
    bytes.check_consistent();
}

}  // namespace

CLIENT_TEST(Frees, OfOneThreadCountOnce, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    for (const ttmem_handle handle : allocate_some(place, 1000)) {
        CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    }
    CHECK_EQ(Bytes::mine().live().double_free, 1000);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, OfAThreadThatJoinsInTheMiddleFreeNothingTwice, {}) {
    for (int i = 0; i < 50; ++i) {
        CHECK_EQ(in_child([] { free_twice_at_once(1500); }), 0);
    }
}

CLIENT_TEST(Frees, MayBeMadeByAnyThread, {{"TTMEM_LEVEL", "events"}}) {
    const ttmem_place place = make_chip_place();
    const std::vector<ttmem_handle> mine = allocate_some(place, 100);
    std::vector<ttmem_handle> others;
    std::thread([&] {
        others = allocate_some(place, 100);
        for (size_t i = 0; i < mine.size(); i += 2) CHECK_EQ(ttmem_record_free(mine[i]), TTMEM_OK);
    }).join();
    for (size_t i = 0; i < mine.size(); ++i) {
        CHECK_EQ(ttmem_record_free(mine[i]), i % 2 == 0 ? TTMEM_UNKNOWN : TTMEM_OK);
        CHECK_EQ(ttmem_record_free(others[i]), TTMEM_OK);
    }
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, BesideThreadsThatComeAndGoFreeNothingTwice, {{"TTMEM_LEDGER_SLOTS", "100000"}}) {
    const ttmem_place place = make_chip_place();
    const std::vector<ttmem_handle> handles = allocate_some(place, 90'000);
    std::atomic<size_t> wins{0}, freed{0};
    const auto free_at = [&](size_t i) { wins += ttmem_record_free(handles[i]) == TTMEM_OK; };
    std::thread others([&] {  // records nothing itself
        while (freed < handles.size()) {
            std::thread([&] {
                const size_t next = freed;
                for (size_t i = next; i < next + 20 && i < handles.size(); ++i) free_at(i);
            }).join();
        }
    });
    for (size_t i = 0; i < handles.size(); ++i) {
        free_at(i);
        freed = i + 1;
    }
    others.join();
    CHECK_EQ(wins.load(), handles.size());
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, GoOnAfterTheThreadThatAllocatedHasEnded, {}) {
    std::vector<ttmem_handle> handles;
    ttmem_place place = 0;
    std::atomic<bool> begun{false}, joined{false};
    std::thread first([&] {
        place = make_chip_place();
        handles = allocate_some(place, 100);
        begun = true;
        begun.notify_all();
        joined.wait(false);
    });
    begun.wait(false);
    CHECK_EQ(ttmem_record_free(handles[0]), TTMEM_OK);
    joined = true;
    joined.notify_all();
    first.join();
    for (size_t i = 1; i < handles.size(); ++i) CHECK_EQ(ttmem_record_free(handles[i]), TTMEM_OK);
    for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, OfOneThreadAfterAnotherCountOnce, {}) {
    std::vector<ttmem_handle> handles;
    std::thread([&] { handles = allocate_some(make_chip_place(), 100); }).join();
    std::thread([&] {
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    }).join();
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, OfAThreadWithoutARingCountOnce, {}) {
    constexpr int kThreads = 40;  // more than rings
    std::vector<std::thread> threads;
    std::atomic<int> ready{0};
    std::atomic<bool> go{false};
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            make_chip_place();
            ++ready;
            go.wait(false);
        });
    }
    while (ready < kThreads) std::this_thread::yield();
    std::thread([&] {
        const ttmem_place place = make_chip_place();
        const std::vector<ttmem_handle> handles = allocate_some(place, 100);
        go = true;
        go.notify_all();
        for (std::thread& thread : threads) thread.join();
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
        for (const ttmem_handle handle : handles) CHECK_EQ(ttmem_record_free(handle), TTMEM_UNKNOWN);
    }).join();
    CHECK_EQ(Bytes::mine().live_slots(), 0);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Frees, OfAChildLeaveThoseOfItsParentAlone, {}) {
    const std::vector<ttmem_handle> mine = allocate_some(make_chip_place(), 10);
    CHECK_EQ(in_child([] {
                 for (const ttmem_handle handle : allocate_some(make_chip_place(78, 1), 100)) ttmem_record_free(handle);
                 CHECK_EQ(Bytes::mine().live_slots(), 0);
                 Bytes::mine().check_consistent();
             }),
             0);
    for (const ttmem_handle handle : mine) CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
}
