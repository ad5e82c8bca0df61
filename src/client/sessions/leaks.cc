#include "src/client/sessions/leaks.h"

#include "include/ttmem/ttmem.h"
#include "src/client/tables/slot.h"

namespace ttmem::client {
namespace {

using ledger::Slot;
using ledger::Word;

// The iterations that are open in any thread: a thread that begins or ends one now is at odds with the close anyway.
class OpenIterations {
public:
    OpenIterations() {
        for (uint64_t i = 0; i < process.map.geometry.rings; ++i) {
            for (const Word& word : process.map.rings[i].iterations) {
                const uint64_t iteration = word.load(kRelaxed) & 0xffffff;
                if (iteration != 0) numbers_[count_++] = static_cast<uint32_t>(iteration);
            }
        }
    }
    bool contain(uint32_t number) const {
        for (uint32_t i = 0; i < count_; ++i) {
            if (numbers_[i] == number) return true;
        }
        return false;
    }

private:
    uint32_t numbers_[ledger::Geometry().rings * ledger::kMaxIterationDepth];
    uint32_t count_ = 0;
};

// Whether the program or trace that held it is gone. Its slot may have another one now, which is younger.
bool holder_is_gone(const ledger::Body& body) {
    if (body.holder_slot() == 0) return false;
    const Slot& holder = process.map.slots[body.holder_slot()];
    return !ledger::control_is_live(holder.control.load(std::memory_order_acquire)) ||
           holder.order.load(kRelaxed) % 16 != ledger::kNoPool || holder.time.load(kRelaxed) >> 16 > body.clock();
}

// What docs/glossary.md calls leaked, of a live allocation.
bool has_leaked(const ledger::Body& body, uint64_t control, const OpenIterations& open) {
    if (holder_is_gone(body)) return true;
    const bool may_stay = ledger::control_state(control) == ledger::SlotState::kPersistent ||
                          body.allocation_class() == TTMEM_CLASS_PROGRAM ||
                          body.allocation_class() == TTMEM_CLASS_TRACE;
    return !may_stay && body.iteration() != 0 && !open.contain(body.iteration());
}

}  // namespace

void mark_leaks(uint32_t session) {
    const OpenIterations open;
    for_each_live_allocation([&](uint32_t number, uint64_t control, uint64_t order) {
        if (session_of(order) != session) return;
        Slot& slot = process.map.slots[number];
        if (!has_leaked(body_of(slot), control, open)) return;
        // Whoever frees or marks it at this moment is faster.
        slot.control.compare_exchange_strong(control, control | ledger::kLeakedBeforeClose << 4,
                                             std::memory_order_acq_rel);
    });
}

}  // namespace ttmem::client
