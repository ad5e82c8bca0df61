// What lasted on a timeline, operations or iterations, found while its recording is replayed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "src/analysis/recording/timeline.h"

namespace ttmem {

// At most kMostSpans are kept: of each part of the axis the longest first, so that those which are drawn are spread
// over all of it.
class TimelineSpans {
public:
    using Text = std::function<std::string(uint64_t what, uint32_t name)>;

    TimelineSpans(size_t slots, Text text) : slots_(slots), text_(std::move(text)) {}

    // `who`: process and thread, as in key().
    void begin(uint64_t who, uint64_t what, uint32_t name, size_t slot) { open_[who].push_back({what, name, slot}); }
    // What began inside of it has ended, too. `counts`: it is missing on the axis if it is not kept.
    void end(uint64_t who, uint64_t what, uint32_t name, size_t slot, bool counts);
    // Of a process: what became of what is open is not known.
    void forget(uint32_t process);
    // Of a process that is over: what is open lasted up to there, and did not end.
    void cut(uint32_t process, size_t slot);
    // In the order in which they began, with what is still open at the end. Once.
    std::vector<TimelineSpan> take();
    uint64_t left_out() const { return left_out_; }

    static uint64_t key(uint32_t process, uint32_t thread) { return uint64_t{process} << 32 | thread; }

private:
    struct Open {
        uint64_t what;
        uint32_t name;
        size_t slot;
    };
    void cut(const std::vector<Open>& open, size_t end);
    void thin_out();

    const size_t slots_;
    const Text text_;
    std::map<uint64_t, std::vector<Open>> open_;
    std::vector<TimelineSpan> spans_;
    uint64_t left_out_ = 0;
};

}  // namespace ttmem
