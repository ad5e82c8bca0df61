// The events of a recording that is in memory.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "src/model/event.h"

namespace ttmem {

class EventsInMemory final : public EventSource {
public:
    explicit EventsInMemory(std::vector<Event> events, size_t at_once = 65'536)
        : events_(std::move(events)), at_once_(at_once) {}
    void rewind() override { next_ = 0; }
    bool next(std::vector<Event>& block) override {
        const size_t end = std::min(events_.size(), next_ + at_once_);
        block.assign(events_.begin() + static_cast<ptrdiff_t>(next_), events_.begin() + static_cast<ptrdiff_t>(end));
        next_ = end;
        return !block.empty();
    }

private:
    const std::vector<Event> events_;
    const size_t at_once_;
    size_t next_ = 0;
};

}  // namespace ttmem
