// The words of a ledger, and the sums that guard them.
//
// A word that is shared between threads is an 8-byte atomic. Limits that more than one record knows are here, too.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace ttmem::ledger {

using Word = std::atomic<uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);

constexpr uint32_t kPools = 5;    // numbered as ttmem_pool
constexpr uint32_t kNoPool = 15;  // of slots and events that are not memory
constexpr uint32_t kMaxChips = 64;
constexpr uint32_t kMaxIterationDepth = 4;
constexpr uint32_t kMaxText = 255;

// A sum of words times odd constants: terms are independent, so it costs little, and any change of a single word shows.
constexpr uint64_t kOdd[8] = {0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93,
                              0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3};

constexpr uint64_t check_sum(const uint64_t* words, size_t count) {
    uint64_t sum = kOdd[7];
    for (size_t i = 0; i < count; ++i) sum += words[i] * (kOdd[i & 7] + 2 * (i >> 3));
    return sum;
}

constexpr uint32_t fold(uint64_t sum) { return static_cast<uint32_t>(sum >> 32); }

}  // namespace ttmem::ledger
