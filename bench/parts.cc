// The parts that a pair at level `events` cannot do without, each alone: what the machine asks for them at least.
//
// Their sum is the yardstick of a pair. Parts overlap in a real call, and a real call has branches between them, so a
// pair may be below or above the sum; far above it would mean that something is done twice.
#include <time.h>

#include <atomic>
#include <memory>

#include "bench/measure.h"
#include "bench/record.h"

extern "C" uint64_t bench_empty_call(const void* argument);

namespace ttmem::bench {
namespace {

constexpr uint64_t kRounds = 1'000'000;
using Word = std::atomic<uint64_t>;
constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

struct alignas(64) Line {
    Word words[8];
};

void fill(Line& line, uint64_t value) {
    for (Word& word : line.words) word.store(value, kRelaxed);
}

// The kernel's coarse clock, twice: whether the last stamp is still good, at the allocation and at the free.
void clock_part(int, uint64_t count) {
    for (uint64_t i = 0; i < 2 * count; ++i) {
        timespec time;
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
        benchmark::DoNotOptimize(time);
    }
}

// The line of the slot: all of it at the allocation, two words of it at the free.
void slot_part(int, uint64_t count) {
    static Line slots[64];
    for (uint64_t i = 0; i < count; ++i) {
        Line& slot = slots[i & 63];
        fill(slot, i);
        slot.words[0].store(i, kRelease);
        slot.words[6].store(i, kRelaxed);
    }
}

// Two events of a line each into a ring, and its position.
void event_part(int, uint64_t count) {
    constexpr uint64_t kEvents = 1024;
    static Line events[kEvents];
    static Word position;
    for (uint64_t i = 0; i < 2 * count; ++i) {
        fill(events[i & (kEvents - 1)], i);
        position.store(i, kRelease);
    }
}

// The redo record and the sequence, of two operations.
void redo_part(int, uint64_t count) {
    static Line redo;
    for (uint64_t i = 0; i < 2 * count; ++i) {
        redo.words[2].store(i, kRelaxed);
        redo.words[3].store(i, kRelaxed);
        redo.words[4].store(i, kRelaxed);
        redo.words[0].store(2 * i + 1, kRelaxed);
        redo.words[0].store(2 * i + 2, kRelease);
    }
}

// Requested and reserved bytes, up and down, of a row that the thread has for itself.
void row_part(int, uint64_t count) {
    static Line row;
    for (uint64_t i = 0; i < count; ++i) {
        for (const uint64_t change : {uint64_t{64}, 0 - uint64_t{64}}) {
            row.words[0].store(row.words[0].load(kRelaxed) + change, kRelaxed);
            row.words[1].store(row.words[1].load(kRelaxed) + change, kRelaxed);
        }
    }
}

// The compare-and-swap by which a free wins.
void swap_part(int, uint64_t count) {
    static Word control;
    uint64_t expected = control.load();
    for (uint64_t i = 0; i < count; ++i) {
        control.compare_exchange_strong(expected, expected + 1, std::memory_order_acq_rel);
        expected = control.load(kRelaxed);
    }
}

// The check words of a slot and two events.
void check_part(int, uint64_t count) {
    uint64_t sum = 1;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t words[9];
        for (uint64_t w = 0; w < 9; ++w) words[w] = (i + w) * 0x9E3779B97F4A7C15;
        benchmark::DoNotOptimize(words);
        for (uint64_t word : words) sum += word * 0xBF58476D1CE4E5B9;
        benchmark::DoNotOptimize(sum);
    }
}

void call_part(int, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        benchmark::DoNotOptimize(bench_empty_call(&i));
        benchmark::DoNotOptimize(bench_empty_call(&i));
    }
}

void loop_part(int, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(i);
}

template <class Work>
void add_part(const char* name, Work work) {
    add(name, [work](benchmark::State& state) { measure(state, 1, kRounds, work); });
}

}  // namespace

void add_part_benchmarks() {
    add_part("part/loop", loop_part);
    add_part("part/2_coarse_clocks", clock_part);
    add_part("part/slot_stores", slot_part);
    add_part("part/event_stores", event_part);
    add_part("part/redo_stores", redo_part);
    add_part("part/row_adds", row_part);
    add_part("part/cas", swap_part);
    add_part("part/check_words", check_part);
    add_part("part/2_calls", call_part);
}

}  // namespace ttmem::bench
