// The free slots of the ledger, whose memory is taken in steps.
//
// A thread takes slots from its own cache, last in first out, so that the hottest line is used again, and without any
// shared word. Caches are filled from and handed over to one stack of batches for the process, with a tag against reuse
// in between (ABA), and from the slots that were never used. All of it is private memory: a killed process leaves only
// its slots behind, and a slot is free by its control word, in no list.
#pragma once

#include <atomic>
#include <cstdint>

namespace ttmem::client {

constexpr uint32_t kSlotCache = 64;  // free slots that a thread may keep

class FreeSlots {
public:
    // A new ledger with `count` slots, of which the first step has its memory. Gives back the memory of an earlier one.
    // False when there is no memory.
    bool reset(uint64_t count);

    // Puts at most `room` free slots to `slots`, and gives their number; 0 when there are none.
    uint32_t take(uint32_t* slots, uint32_t room);

    // Takes `count` slots that nobody uses any more.
    void give(const uint32_t* slots, uint32_t count);

private:
    uint32_t pop(uint32_t* slots, uint32_t room);
    uint32_t take_unused(uint32_t* slots, uint32_t room);
    bool grow();
    bool take_step(uint64_t first, uint64_t end);

    std::atomic<uint32_t>* next_in_batch_ = nullptr;
    std::atomic<uint32_t>* next_batch_ = nullptr;
    uint64_t count_ = 0;
    std::atomic<uint64_t> ready_{0};             // slots below have memory
    std::atomic<uint32_t> tries_to_skip_{0};     // before memory is asked for again
    alignas(64) std::atomic<uint64_t> head_{0};  // tag 32 | first slot of the first batch 32; slot 0: empty
    alignas(64) std::atomic<uint64_t> unused_{0};
};

extern constinit FreeSlots free_slots;

// How many slots a thread may keep for itself when there are `threads`: all caches together hold a part of the ledger.
uint32_t fair_cache_limit(uint32_t threads);

}  // namespace ttmem::client
