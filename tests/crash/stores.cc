#include "tests/crash/stores.h"

#include <utility>

namespace ttmem::crash {
namespace {

// The byte offset of `address` in the record of its array, or -1 when it lies outside.
template <class Record>
int64_t offset_in(const Record* records, uint64_t count, const void* address) {
    const auto begin = reinterpret_cast<uintptr_t>(records), at = reinterpret_cast<uintptr_t>(address);
    if (at < begin || at >= begin + count * sizeof(Record)) return -1;
    return static_cast<int64_t>((at - begin) % sizeof(Record));
}

Part part_of_ring(size_t offset) {
    if (offset == offsetof(ledger::RingHeader, sequence)) return Part::kSequence;
    if (offset == offsetof(ledger::RingHeader, position)) return Part::kPosition;
    if (offset >= offsetof(ledger::RingHeader, redo_handle) && offset <= offsetof(ledger::RingHeader, redo_who)) {
        return Part::kRedo;
    }
    return Part::kOther;
}

Part part_of_slot(size_t offset) {
    if (offset == offsetof(ledger::Slot, control)) return Part::kControl;
    return offset == offsetof(ledger::Slot, order) ? Part::kSlotOrder : Part::kSlotBody;
}

Part part_of_session(size_t offset) {
    if (offset < offsetof(ledger::SessionRecord, rows)) return Part::kOther;
    const size_t in_row = (offset - offsetof(ledger::SessionRecord, rows)) % sizeof(ledger::Row);
    if (in_row <= offsetof(ledger::Row, live_reserved)) return Part::kRowLive;
    return in_row <= offsetof(ledger::Row, peak_reserved) ? Part::kRowPeak : Part::kOther;
}

}  // namespace

Part part_of(const ledger::WriterMap& map, const Word& word) {
    const ledger::Geometry& geometry = map.geometry;
    if (auto at = offset_in(map.rings, geometry.rings, &word); at >= 0) return part_of_ring(at);
    if (auto at = offset_in(map.slots, geometry.slots, &word); at >= 0) return part_of_slot(at);
    if (auto at = offset_in(map.sessions, geometry.sessions, &word); at >= 0) return part_of_session(at);
    if (offset_in(map.events, geometry.rings * geometry.events_per_ring, &word) >= 0) return Part::kEvent;
    return Part::kOther;
}

std::vector<HeldStores::Held> HeldStores::held_[kMaxFibers + 1];

void HeldStores::hold(Word& word, uint64_t value) { held_[Fibers::current() + 1].push_back({&word, value}); }

void HeldStores::release() {
    const std::vector<Held> held = std::exchange(held_[Fibers::current() + 1], {});
    for (const Held& store : held) CrashStore::put(*store.word, store.value);
}

void HeldStores::clear() {
    for (auto& of_one_fiber : held_) of_one_fiber.clear();
}

}  // namespace ttmem::crash
