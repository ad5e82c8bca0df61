// What the blocks of a capture that are not events say, as values: every index in them exists.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/capture/bytes.h"
#include "src/capture/format.h"
#include "src/model/event.h"

namespace ttmem::capture {

class CaptureTables {
public:
    // Fills all of `recording`, which must outlive it, but for what its events tell. `file_bytes` bounds the memory.
    CaptureTables(Recording& recording, uint64_t file_bytes);

    // The next block. What is wrong with it, a sentence; "" nothing.
    std::string take(const BlockHead& head, const Bytes& raw);

    bool finished() const { return finished_; }
    // Of a finished capture: whether it has as many events and allocations as it says.
    bool matches(uint64_t events) const { return events == events_said_ && live_.size() == live_said_; }

    // After the last block: what was read becomes the recording.
    void settle();

private:
    template <class T>
    bool take_items(uint32_t count, ByteCursor& bytes, std::vector<T>& items);
    template <class T>
    bool take_list(uint32_t count, ByteCursor& bytes, std::vector<T>& items);
    bool take_texts(uint32_t count, ByteCursor& bytes);
    bool take_stacks(uint32_t count, ByteCursor& bytes);
    bool take_state(ByteCursor& bytes);
    bool take_end(ByteCursor& bytes);
    bool take_payload(BlockType type, uint32_t count, ByteCursor& bytes);
    bool fits(Process& process) const;
    bool fits(const Place& place) const;
    bool fits(const Program& program) const;
    bool fits(const Trace& trace) const;
    bool fits(const Allocation& allocation) const;
    bool fits(const HistoryGap& gap) const;
    bool fits(const ChipUse&) const { return true; }
    bool fits(const CbPlan&) const { return true; }

    Recording& recording_;
    Snapshot& end_;
    uint64_t room_;  // bytes of tables that may still come
    std::vector<ChipUse> chips_;
    std::vector<Allocation> live_;
    bool finished_ = false;
    uint64_t events_said_ = 0, live_said_ = 0;
};

}  // namespace ttmem::capture
