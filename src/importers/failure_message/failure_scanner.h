// Finds failure messages in a stream of any length, in bounded memory: logs, JSON, tracebacks, pasted text.
//
// One failure is often printed more than once: by the logger, in the exception, in the traceback, cut off in a test
// runner's summary. Printings of the same words that follow each other within kSameFailureBytes are one failure, which
// counts them; a printing that was cut off is the same as a longer one that begins with its words. Two failures that
// really happened one after the other with the very same figures look the same and count as one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/failure_message/failure_message.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

struct FoundFailure {
    FailureMessage message;
    uint64_t offset = 0;  // of its first printing, in bytes from the start of the source
    uint64_t line = 1;    // likewise, counted from 1
    uint64_t count = 1;   // how often it was printed
    uint64_t last_offset = 0;
};

class FailureScanner {
public:
    static constexpr uint64_t kSameFailureBytes = 65536;
    static constexpr size_t kMostWaiting = 64;         // failures that may still get another printing
    static constexpr size_t kMostMessageBytes = 8192;  // of one printing, wrapping included

    // `sink` gets the failures in the order of their first printings, each once no more printings can follow.
    explicit FailureScanner(std::function<void(FoundFailure)> sink);

    void feed(std::string_view bytes);
    void finish();  // the stream has ended; nothing may be fed after this

private:
    void scan(bool at_end);
    void found(FailureMessage message, uint64_t offset);
    void count_lines_to(uint64_t offset);
    void let_go(uint64_t before);

    std::function<void(FoundFailure)> sink_;
    std::string window_;  // bytes not done with
    size_t next_ = 0;     // the next byte of window_ to look at
    uint64_t base_ = 0;   // offset of window_[0]
    uint64_t lines_ = 1;  // line number at lines_at_
    uint64_t lines_at_ = 0;
    std::deque<FoundFailure> waiting_;
};

struct FailureScan {
    std::vector<FoundFailure> failures;
    uint64_t more = 0;  // failures found beyond the first kMostFailures
    uint64_t bytes_read = 0;
};
constexpr size_t kMostFailures = 10000;

// All failures of a source. `name` is for the error, which a source that cannot be read gives, with the offset.
Result<FailureScan> scan_failures(const ByteReader& read, std::string_view name);

}  // namespace ttmem
