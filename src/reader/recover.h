// What a killed thread was doing: finish the one operation it was in, or ignore it.
//
// recorder.h says in which order the words of an operation are stored. From any prefix of them follows one answer:
//
//   sequence even                         nothing was in flight
//   alloc: the slot has its generation    committed (or a later one, when others went on): finish it
//          the slot has an older one      not committed: ignore it
//   free:  the slot is free, of that generation, freed by this ring: committed; otherwise ignore it
//   event: its position was published     committed; otherwise ignore it
//
// Finishing means: count it, and add its event if it wanted one and did not get to publish it.
#pragma once

#include <cstdint>
#include <functional>

#include "src/ledger/layout.h"
#include "src/reader/image.h"

namespace ttmem::ledger {

// A slot as it lies in the file, unchecked.
struct RawSlot {
    uint64_t control, check;
    Body body;
};

// The words of a RingHeader that recovery looks at.
struct RedoWords {
    uint64_t sequence, position, handle, op, order, time, who;
};

// Sets operations, events and the rebuilt event of `ring`, which has number `number`. `slot_at` gives the slot with a
// number, or nullptr when the file has none.
void recover(const RedoWords& redo, uint32_t number, const std::function<const RawSlot*(uint64_t)>& slot_at,
             RingImage& ring);

}  // namespace ttmem::ledger
