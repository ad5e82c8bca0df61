// Where an export goes: a file or a pipe, written in pieces, with a budget of bytes that the format's writer keeps to.
//
// Of one thread. What could not be written is remembered and told by finish(); everything after it is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ttmem {

class ByteSink {
public:
    using Write = std::function<bool(std::string_view)>;  // false: it could not be written

    // At most `most` bytes are wanted; 0: any number.
    explicit ByteSink(Write write, uint64_t most = 0) : write_(std::move(write)), most_(most) {}

    void put(std::string_view bytes) {
        bytes_ += bytes.size();
        waiting_.append(bytes);
        if (waiting_.size() >= kPiece) flush();
    }
    // Whether so many more stay within the budget.
    bool has_room(uint64_t more) const { return most_ == 0 || (more <= most_ && bytes_ <= most_ - more); }
    uint64_t bytes() const { return bytes_; }  // so far
    uint64_t most() const { return most_; }

    // Writes what waits; false when anything could not be written.
    bool finish() {
        flush();
        return !failed_;
    }
    bool failed() const { return failed_; }

private:
    static constexpr size_t kPiece = 64 * 1024;

    void flush() {
        if (!failed_ && !waiting_.empty()) failed_ = !write_(waiting_);
        waiting_.clear();
    }

    Write write_;
    std::string waiting_;
    uint64_t most_, bytes_ = 0;
    bool failed_ = false;
};

}  // namespace ttmem
