// What an allocation and its free cost the application, through the shared library, as a runtime would call it.
//
// Each includes building the argument and the two calls, at a place of its own. `pair`: freed at once. `fifo`: a
// thousand live, the oldest goes.
#include "bench/record.h"

#include <atomic>
#include <vector>

#include "bench/measure.h"
#include "bench/runtime.h"

namespace ttmem::bench {
namespace {

constexpr uint64_t kPairs = 300'000;
constexpr uint64_t kLive = 1000;
constexpr uint64_t kBlock = 256, kBlocks = 4;  // between two threads

void pairs(ttmem_place place, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        const ttmem_allocation allocation = allocation_at(place, i);
        ttmem_record_free(ttmem_record_alloc(&allocation));
    }
}

// The limit of two threads at the same place: each at a place of its own, and four additions to a line that both
// write, which is the least that exact peaks of both cost.
struct alignas(128) SharedLine {
    std::atomic<uint64_t> requested, reserved;
};

void pairs_and_a_line(ttmem_place place, SharedLine& line, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        const ttmem_allocation allocation = allocation_at(place, i);
        const ttmem_handle handle = ttmem_record_alloc(&allocation);
        line.requested.fetch_add(1, std::memory_order_relaxed);
        line.reserved.fetch_add(1, std::memory_order_relaxed);
        ttmem_record_free(handle);
        line.requested.fetch_sub(1, std::memory_order_relaxed);
        line.reserved.fetch_sub(1, std::memory_order_relaxed);
    }
}

void fifo(ttmem_place place, uint64_t count) {
    std::vector<ttmem_handle> live(kLive, 0);
    for (uint64_t i = 0, at = 0; i < count; ++i, at = at + 1 == kLive ? 0 : at + 1) {
        ttmem_record_free(live[at]);
        const ttmem_allocation allocation = allocation_at(place, i);
        live[at] = ttmem_record_alloc(&allocation);
    }
    for (ttmem_handle handle : live) ttmem_record_free(handle);
}

void pairs_by_address(ttmem_place place, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        ttmem_allocation allocation = allocation_at(place, i);
        allocation.flags = TTMEM_BY_ADDRESS;
        ttmem_record_alloc(&allocation);
        ttmem_record_free_at(place, TTMEM_POOL_DRAM, allocation.address);
    }
}

// Thread 0 allocates, thread 1 frees; the handles cross in blocks, so that what is timed is ttmem and not the handover.
class Crossing {
public:
    void run(int thread, ttmem_place place, uint64_t count) {
        const uint64_t blocks = count / kBlock;
        for (uint64_t i = 0; i < blocks; ++i) thread == 0 ? allocate(place) : release();
    }

private:
    void allocate(ttmem_place place) {
        const uint64_t number = filled_.load(std::memory_order_relaxed);
        while (number - emptied_.load(std::memory_order_acquire) == kBlocks) __builtin_ia32_pause();
        for (uint64_t i = 0; i < kBlock; ++i) {
            const ttmem_allocation allocation = allocation_at(place, number * kBlock + i);
            handles_[number % kBlocks][i] = ttmem_record_alloc(&allocation);
        }
        filled_.store(number + 1, std::memory_order_release);
    }

    void release() {
        const uint64_t number = emptied_.load(std::memory_order_relaxed);
        while (filled_.load(std::memory_order_acquire) == number) __builtin_ia32_pause();
        for (ttmem_handle handle : handles_[number % kBlocks]) ttmem_record_free(handle);
        emptied_.store(number + 1, std::memory_order_release);
    }

    alignas(64) std::atomic<uint64_t> filled_{0};
    alignas(64) std::atomic<uint64_t> emptied_{0};
    ttmem_handle handles_[kBlocks][kBlock];
};

// Runs `work(thread, count)` at a level.
template <class Work>
auto at_level(ttmem_level level, int threads, const Work& work, Timer timer) {
    return [=](benchmark::State& state) {
        if (ttmem_set_level(level) != TTMEM_OK) return state.SkipWithError("nothing is tracked here");
        measure(state, threads, kPairs, work, timer);
    };
}

void add_level(ttmem_level level, const std::string& name) {
    auto add_one = [&](const std::string& what, int threads, const auto& work, Timer timer = Timer::kProcessor) {
        add((name + "/" + what).c_str(), at_level(level, threads, work, timer));
    };
    add_one("pair/1t", 1, [here = new_place(1)](int, uint64_t count) { pairs(here, count); });
    add_one("fifo/1t", 1, [here = new_place(1)](int, uint64_t count) { fifo(here, count); });
    add_one("pair/2t_other_place", 2, [here = new_place(1), there = new_place(1)](int thread, uint64_t count) {
        pairs(thread == 0 ? here : there, count);
    });
    add_one("pair/2t_same_place", 2, [here = new_place(1)](int, uint64_t count) { pairs(here, count); });
    add_one("pair/2t_other_place_and_a_line", 2,
            [here = new_place(1), there = new_place(1)](int thread, uint64_t count) {
                static SharedLine line;
                pairs_and_a_line(thread == 0 ? here : there, line, count);
            });
    add_one(
        "pair/freed_on_other_thread", 2,
        [here = new_place(1)](int thread, uint64_t count) {
            static Crossing crossing;
            crossing.run(thread, here, count);
        },
        Timer::kWall);
    add_one("pair/by_address_1t", 1, [here = new_place(1)](int, uint64_t count) { pairs_by_address(here, count); });
    for (const auto& [name, chips] : {std::pair("1_chip", 1u), {"8_chips", 8u}, {"32_chips", 32u}}) {
        add_one(std::string("mesh/") + name, 1,
                [place = new_place(chips)](int, uint64_t count) { pairs(place, count); });
    }
}

}  // namespace

void add_record_benchmarks() {
    add_level(TTMEM_LEVEL_COUNTS, "counts");
    add_level(TTMEM_LEVEL_EVENTS, "events");
}

}  // namespace ttmem::bench
