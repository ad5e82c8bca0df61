// Finds failure messages in a stream of any length, in bounded memory: logs, JSON, tracebacks, pasted text.
//
// What is one failure and what its printings are decides FailureTally.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/base/result.h"
#include "src/importers/failure_message/failure_context.h"
#include "src/importers/failure_message/failure_message.h"
#include "src/importers/failure_message/failure_tally.h"
#include "src/importers/input/byte_reader.h"

namespace ttmem {

class FailureScanner {
public:
    static constexpr size_t kMostMessageBytes = 8192;  // of one printing, wrapping included
    static constexpr size_t kLookAheadBytes = 32768;   // with the backtrace that follows it
    static constexpr size_t kMostHeadBytes = 1024;     // of a line, before the message

    void feed(std::string_view bytes);
    // The stream has ended; nothing may be fed after this.
    FailureScan finish();

private:
    void scan(bool at_end);
    bool look_at(size_t at, bool at_end);
    void found(FailureMessage message, size_t at, size_t end);
    void pass_to(size_t at);
    std::string_view line_head(size_t at) const;

    std::string window_;         // bytes not done with, and the line that they are in
    size_t next_ = 0;            // the next byte of window_ to look at
    size_t line_begin_ = 0;      // of the line that next_ is in, in window_
    uint64_t base_ = 0;          // offset of window_[0]
    uint64_t lines_ = 1;         // the number of that line
    uint64_t message_line_ = 0;  // in which the latest message began
    LogSubject subject_;
    FailureTally tally_;
    uint64_t bytes_ = 0;
};

// All failures of a source. `name` is for the error, which a source that cannot be read gives, with the offset.
Result<FailureScan> scan_failures(const ByteReader& read, std::string_view name);

}  // namespace ttmem
