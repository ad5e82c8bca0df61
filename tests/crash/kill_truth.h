// What threads of a process that will be killed are doing, in memory that survives it.
//
// A thread says what it is about to do, calls the library, and says that it has done it. Whoever looks afterwards knows
// what must be in the ledger, what must not, and of what either is right.
#pragma once

#include <atomic>
#include <cstdint>

namespace ttmem::crash {

enum class Life : uint32_t { kNone, kBeginning, kLive, kMarking, kEnding };

// One allocation or program after another. Its identity is the address of the allocation, or the program's unique id:
// the number of the entry and how many times it was used.
struct KillEntry {
    std::atomic<Life> life{Life::kNone};
    std::atomic<uint64_t> times{0};
    std::atomic<uint64_t> handle{0};
    std::atomic<uint64_t> requested{0}, per_bank{0};
    std::atomic<uint32_t> pool{0}, marked{0}, is_program{0};
};

struct alignas(64) KillThread {
    std::atomic<uint64_t> tid{0};
    std::atomic<uint64_t> begun{0}, finished{0};  // calls that appear in history
};

struct KillTruth {
    static constexpr uint64_t kEntries = 200;
    static constexpr int kThreads = 4;

    KillEntry entries[kEntries];
    KillThread threads[kThreads];
    std::atomic<uint32_t> ready{0};  // threads that have begun

    static uint64_t identity(uint64_t entry, uint64_t times) { return (times << 8 | entry) + 1; }
    static uint64_t entry_of(uint64_t identity) { return (identity - 1) & 0xff; }
    static uint64_t times_of(uint64_t identity) { return (identity - 1) >> 8; }
};
static_assert(std::atomic<uint64_t>::is_always_lock_free && KillTruth::kEntries <= 0x100);

}  // namespace ttmem::crash
