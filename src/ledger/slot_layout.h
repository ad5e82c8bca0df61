// Slots, events, and the handles that name what is in a slot.
#pragma once

#include "src/ledger/words.h"

namespace ttmem::ledger {

struct alignas(64) Slot {
    Word control;  // generation 44 | ring + 1 of the thread that freed it 16 | SlotState 4
    Word check;    // fold(sum over handle and the six words) 32 | call stack 32
    Word where, requested, taken, who, order, time;
};
static_assert(sizeof(Slot) == 64);

struct alignas(64) Event {
    Word subject;  // handle; what it is for other events stands in docs/ledger-format.md
    Word check;    // fold(the slot's sum + (position + 1) * kOdd[7]) 32 | call stack, of a free the owner who freed 32
    Word where, requested, taken, who, order, time;
};
static_assert(sizeof(Event) == 64);

// Of a slot that is free or has an allocation or trace.
enum class SlotState : uint64_t { kFree = 0, kLive = 2, kPersistent = 3 };
// Of a program's slot, in the same bits. One that has given back its circular buffers lives, and reserves nothing.
enum class ProgramState : uint64_t { kFree = 0, kLive = 2, kCbsFreed = 3 };

constexpr int kSlotBits = 20;
constexpr uint64_t kMaxSlots = 1ull << kSlotBits;
constexpr uint64_t kGenerations = 1ull << 44;

// Handle: generation 44 | slot 20. Slot 0 is never used, so no handle is 0 and holder 0 is none.
constexpr uint64_t make_handle(uint64_t generation, uint64_t slot) { return generation << kSlotBits | slot; }
constexpr uint64_t handle_slot(uint64_t handle) { return handle & (kMaxSlots - 1); }
constexpr uint64_t handle_generation(uint64_t handle) { return handle >> kSlotBits; }

constexpr uint64_t make_control(uint64_t generation, SlotState state, uint64_t freed_by = 0) {
    return generation << 20 | freed_by << 4 | static_cast<uint64_t>(state);
}
constexpr uint64_t make_control(uint64_t generation, ProgramState state) {
    return make_control(generation, static_cast<SlotState>(state));
}
constexpr uint64_t control_generation(uint64_t control) { return control >> 20; }
// Of a free slot: the generation of what it will hold next. 0 is none.
constexpr uint64_t next_generation(uint64_t control) {
    const uint64_t next = (control_generation(control) + 1) % kGenerations;
    return next + (next == 0);
}
constexpr uint64_t control_freed_by(uint64_t control) { return control >> 4 & 0xffff; }
// Of a live allocation, in the place of `freed_by`: it had leaked when its place was closed. What ends after that, its
// iteration, program or trace, makes no leak of it.
constexpr uint64_t kLeakedBeforeClose = 1;
constexpr bool control_is_leaked(uint64_t control) { return (control >> 4 & kLeakedBeforeClose) != 0; }
constexpr SlotState control_state(uint64_t control) { return static_cast<SlotState>(control & 15); }
constexpr ProgramState program_state(uint64_t control) { return static_cast<ProgramState>(control & 15); }
constexpr bool control_is_live(uint64_t control) { return (control & 14) == 2; }

}  // namespace ttmem::ledger
