// What the threads have done, as their rings tell: positions, and the events between two of them.
#pragma once

#include <cstdint>
#include <vector>

#include "src/reader/image.h"
#include "src/reader/raw.h"
#include "src/reader/recover.h"

namespace ttmem::ledger {

// One ring's header at one moment.
struct RingCut {
    RedoWords redo{};
    uint64_t capacity = 0;  // 0: without history, also when the header's is absurd
    uint64_t thread = 0, thread_name = 0;
    std::array<uint64_t, kMaxIterationDepth> iterations{};

    // Operations whose event, if they had one, is published.
    uint64_t settled() const;
};

// The headers of all rings in one copy: of one moment, but for the time the copy takes.
bool read_rings(const ByteSource& source, const Regions& regions, uint64_t rings, RawRecords& raw,
                std::vector<RingCut>& cuts);

// Events [from, to) of one ring, raw. Calls each(position, event) for those that are whole; gives the number of the
// others, which were overwritten meanwhile or are damaged. False when the file has become shorter.
struct RawEvent {
    uint64_t subject, check;
    Body body;
    uint32_t low() const { return static_cast<uint32_t>(check); }
};
class EventReader {
public:
    EventReader(const ByteSource& source, const Regions& regions) : source_(source), regions_(regions) {}

    template <class Each>
    bool read(uint32_t ring, uint64_t capacity, uint64_t first, uint64_t end, uint64_t& lost, const Each& each) {
        lost = 0;
        if (end - first > capacity) {
            lost = end - first - capacity;
            first = end - capacity;
        }
        while (first < end) {
            const uint64_t count = read_part(ring, capacity, first, end);
            if (count == 0) return false;
            for (uint64_t i = 0; i < count; ++i) {
                const RawEvent& event = buffer_[i];
                const uint64_t sum = event_sum(event.subject, event.body, first + i);
                if (fold(sum) == event.check >> 32) {
                    each(first + i, event);
                } else {
                    ++lost;
                }
            }
            first += count;
        }
        return true;
    }

private:
    // Copies events from `from` on, as many as follow one another and fit; gives their number, 0 for none.
    uint64_t read_part(uint32_t ring, uint64_t capacity, uint64_t begin, uint64_t end);

    const ByteSource& source_;
    const Regions& regions_;
    std::vector<RawEvent> buffer_;
    std::vector<uint64_t> wide_;
};

}  // namespace ttmem::ledger
