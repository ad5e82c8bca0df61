// How many schedules a crash harness tries, and from which seed on.
//
// TTMEM_CRASH_SCHEDULES, else what is usual, times 20 with TTMEM_TEST_FULL; TTMEM_CRASH_SEED, else 1. A flaw names its
// seed: with that one and one schedule it is seen again.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace ttmem::crash {

inline uint64_t from_environment(const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

inline uint64_t first_seed() { return from_environment("TTMEM_CRASH_SEED", 1); }
inline uint64_t schedule_count(uint64_t usual) {
    const char* full = std::getenv("TTMEM_TEST_FULL");
    const bool is_full = full != nullptr && *full != '\0';
    return from_environment("TTMEM_CRASH_SCHEDULES", is_full ? 20 * usual : usual);
}

}  // namespace ttmem::crash
