// Events such as a process makes them, drawn from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "src/model/event.h"

namespace ttmem {

inline bool same(const Event& a, const Event& b) {
    return a.at == b.at && a.order == b.order && a.subject == b.subject && a.address == b.address &&
           a.requested_bytes == b.requested_bytes && a.bytes_per_bank == b.bytes_per_bank && a.holder == b.holder &&
           a.process == b.process && a.place == b.place && a.op == b.op && a.tag == b.tag && a.name == b.name &&
           a.thread == b.thread && a.iteration == b.iteration && a.banks == b.banks && a.data_banks == b.data_banks &&
           a.kind == b.kind && a.pool == b.pool && a.allocation_class == b.allocation_class &&
           a.persistent == b.persistent && a.plan == b.plan && a.stack == b.stack;
}

// What is freed was allocated, programs are named before memory belongs to them.
class EventMaker {
public:
    explicit EventMaker(uint64_t seed, uint32_t processes = 2) : random_(seed), sides_(processes) {}

    Event next() {
        Event event;
        event.process = static_cast<uint32_t>(pick(sides_.size()));
        Side& side = sides_[event.process];
        event.at = at_ += static_cast<WallTime>(pick(4) == 0 ? pick(100'000) : 0);
        event.order = ++side.order;
        event.op = static_cast<uint32_t>(pick(kTexts));
        event.tag = static_cast<uint32_t>(pick(3));
        event.thread = 100 + static_cast<uint32_t>(pick(3));
        event.iteration = static_cast<uint32_t>(side.order / 100);
        const uint64_t what = pick(20);
        if (what < 8) {
            allocate(event, side);
        } else if (what < 15 && !side.live.empty()) {
            const size_t which = pick(side.live.size());
            const Event& allocated = side.live[which];
            event.kind = EventKind::kFreed;
            copy_body(allocated, event);
            if (pick(20) == 0) event.requested_bytes ^= 1;  // whatever a free says of its memory is kept
            side.live.erase(side.live.begin() + static_cast<ptrdiff_t>(which));
        } else if (what == 15 && !side.live.empty()) {
            Event& allocated = side.live[pick(side.live.size())];
            event.kind = EventKind::kMadePersistent;
            event.subject = allocated.subject;
            event.place = allocated.place;
            allocated.persistent = true;
        } else if (what == 16) {
            event.kind = EventKind::kFreed;  // of what nobody has seen
            event.subject = random_();
            event.requested_bytes = random_();
            event.place = 1;
        } else {
            other(event, side);
        }
        return event;
    }

    static constexpr uint64_t kTexts = 9, kPlaces = 4;

private:
    struct Side {
        uint64_t order = 0, generation = 1000;
        std::vector<Event> live;
        std::vector<uint64_t> programs;
    };
    uint64_t pick(uint64_t below) { return random_() % below; }

    void allocate(Event& event, Side& side) {
        event.kind = EventKind::kAllocated;
        event.subject = side.generation++ << 20 | (1 + pick(100));
        event.address = pick(1 << 20) * 32;
        event.requested_bytes = pick(5) == 0 ? random_() : pick(1 << 20);
        event.bytes_per_bank = event.requested_bytes / 12;
        event.banks = static_cast<uint16_t>(pick(65536));
        event.data_banks = 12;
        event.pool = static_cast<Pool>(pick(kPoolCount));
        event.allocation_class = static_cast<AllocationClass>(pick(5));
        event.place = static_cast<uint32_t>(pick(kPlaces));
        event.persistent = pick(10) == 0;
        if (!side.programs.empty() && pick(3) == 0) event.holder = side.programs[pick(side.programs.size())];
        side.live.push_back(event);
    }

    static void copy_body(const Event& from, Event& event) {
        event.subject = from.subject;
        event.address = from.address;
        event.requested_bytes = from.requested_bytes;
        event.bytes_per_bank = from.bytes_per_bank;
        event.holder = from.holder;
        event.place = from.place;
        event.iteration = from.iteration;
        event.banks = from.banks;
        event.data_banks = from.data_banks;
        event.pool = from.pool;
        event.allocation_class = from.allocation_class;
        event.persistent = from.persistent;
    }

    void other(Event& event, Side& side) {
        event.kind = static_cast<EventKind>(4 + pick(16));
        event.name = static_cast<uint32_t>(pick(kTexts));
        event.place = static_cast<uint32_t>(pick(kPlaces));
        if (event.kind == EventKind::kProgramCreated) side.programs.push_back(random_());
        event.subject = side.programs.empty() ? pick(50) : side.programs[pick(side.programs.size())];
        if (pick(50) == 0) event.kind = EventKind::kFailed, event.subject = UINT64_MAX;
    }

    std::mt19937_64 random_;
    std::vector<Side> sides_;
    WallTime at_ = 1'700'000'000'000'000'000;
};

}  // namespace ttmem
