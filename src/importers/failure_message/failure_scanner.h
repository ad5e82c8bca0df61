// Finds failure messages in a stream of any length, in bounded memory: logs, JSON, tracebacks, pasted text.
//
// What is one failure and what its printings are decides FailureTally.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/base/result.h"
#include "src/importers/failure_message/failure_context.h"
#include "src/importers/failure_message/failure_message.h"
#include "src/importers/failure_message/failure_tally.h"
#include "src/importers/input/byte_reader.h"
#include "src/importers/input/speaker.h"

namespace ttmem {

class FailureScanner {
public:
    static constexpr size_t kMostMessageBytes = 8192;  // of one printing, wrapping included
    static constexpr size_t kLookAheadBytes = size_t{96}
                                              << 10;  // with the backtrace that follows it, and lines of others
    static constexpr size_t kMostHeadBytes = 1024;    // of a line, before the message

    void feed(std::string_view bytes);
    // The stream has ended; nothing may be fed after this.
    FailureScan finish();

private:
    void scan(bool at_end);
    bool look_at(size_t at, bool at_end);
    std::optional<FoundMessage> read(std::string_view rest, bool last, std::string_view head) const;
    std::optional<OwnLines> own_lines_at(size_t at);
    void take(const OwnLines& own, size_t end);
    // `rest` is what follows it, of its process.
    void found(FailureMessage message, size_t at, std::string_view rest);
    void pass_to(size_t at);
    std::string_view line_head(size_t at) const;
    const std::string& teller() const;

    std::string window_;         // bytes not done with, and the line that they are in
    size_t next_ = 0;            // the next byte of window_ to look at
    size_t line_begin_ = 0;      // of the line that next_ is in, in window_
    uint64_t base_ = 0;          // offset of window_[0]
    uint64_t lines_ = 1;         // the number of that line
    uint64_t message_line_ = 0;  // in which the latest message began
    uint64_t message_end_ = 0;   // behind the latest message, in the source
    uint64_t cut_line_ = 0;      // at the end of which a message was cut off
    std::string speaker_;        // of the line speaker_line_
    uint64_t speaker_line_ = 0;
    bool several_speak_ = false;  // a line named its process
    std::string above_;           // of the line above, or of the one that it goes on from
    size_t above_bytes_ = 0;      // how long that line is
    // What belongs to messages that were found, between lines of others: offsets in the source.
    std::deque<std::pair<uint64_t, uint64_t>> taken_;
    LogSubject subject_;
    FailureTally tally_;
    uint64_t bytes_ = 0;
};

// All failures of a source. `name` is for the error, which a source that cannot be read gives, with the offset.
Result<FailureScan> scan_failures(const ByteReader& read, std::string_view name);

}  // namespace ttmem
