#include "src/importers/input/json_window.h"

#include <algorithm>
#include <cstring>
#include <string>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace ttmem {
namespace {

// Many texts are short: the graphs of a report's operations.
constexpr size_t kFirstBytes = size_t{16} << 10;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool opens(char c) { return c == '{' || c == '['; }
bool closes(char c) { return c == '}' || c == ']'; }
bool ends_word(char c) { return is_space(c) || c == ',' || c == ':' || c == '"' || opens(c) || closes(c); }

// The first bracket or quote at or after `at`, or `end`. Setting bit 5 makes each square bracket its curly one, and no
// other printable byte becomes one of them, so three comparisons of sixteen bytes find all five.
size_t next_structure(const char* data, size_t at, size_t end) {
#ifdef __SSE2__
    const __m128i fold = _mm_set1_epi8(0x20), open = _mm_set1_epi8('{'), close = _mm_set1_epi8('}');
    const __m128i quote = _mm_set1_epi8('"');
    for (; at + 16 <= end; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
        const __m128i folded = _mm_or_si128(block, fold);
        const __m128i brackets = _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close));
        const int mask = _mm_movemask_epi8(_mm_or_si128(brackets, _mm_cmpeq_epi8(block, quote)));
        if (mask != 0) return at + static_cast<size_t>(__builtin_ctz(static_cast<unsigned>(mask)));
    }
#endif
    while (at < end && data[at] != '"' && !opens(data[at]) && !closes(data[at])) ++at;
    return at;
}

// The quote that ends the string whose text begins at `begin`, looking from `at`; `end` if it is not there yet.
size_t closing_quote(const char* data, size_t begin, size_t at, size_t end) {
    while (at < end) {
        const void* found = std::memchr(data + at, '"', end - at);
        if (found == nullptr) return end;
        at = static_cast<size_t>(static_cast<const char*>(found) - data);
        size_t slashes = 0;
        while (at - slashes > begin && data[at - slashes - 1] == '\\') ++slashes;
        if (slashes % 2 == 0) return at;
        ++at;
    }
    return end;
}

}  // namespace

JsonWindow::JsonWindow(ByteReader reader, size_t chunk_bytes)
    : reader_(std::move(reader)),
      chunk_(std::max<size_t>(chunk_bytes, 1)),
      data_(std::min(chunk_, kFirstBytes) + kSlack) {}

// More bytes behind those that are there: first by moving the unread ones to the front, then by growing: to a chunk
// when the text turns out to be long, and to what one value may take when one is. False at the end of the text.
Result<bool> JsonWindow::refill() {
    if (at_end_) return false;
    if (position_ > 0) {
        std::memmove(data_.data(), data_.data() + position_, end_ - position_);
        base_ += position_;
        end_ -= position_;
        position_ = 0;
    }
    const size_t room = data_.size() - kSlack;
    if (end_ == room) {
        data_.resize(std::min(2 * end_, kMostValueBytes + 1) + kSlack);
    } else if (room < chunk_ && base_ + end_ >= room) {
        data_.resize(std::min(2 * room, chunk_) + kSlack);
    }
    Result<size_t> got = reader_(data_.data() + end_, data_.size() - kSlack - end_);
    if (!got) return got.error();
    at_end_ = *got == 0;
    end_ += *got;
    return !at_end_;
}

Result<char> JsonWindow::peek() {
    for (;;) {
        while (position_ < end_ && is_space(data_[position_])) ++position_;
        if (position_ < end_) return data_[position_];
        Result<bool> more = refill();
        if (!more) return more.error();
        if (!*more) return '\0';
    }
}

// Moves scan.at behind the value that begins at position_; false when the value goes on behind what was read. scan.at
// counts from position_, which may move in memory between two calls; it stays 0 at the end of the text.
bool JsonWindow::find_end(Scan& scan) const {
    const char* data = data_.data() + position_;
    const size_t end = end_ - position_;
    if (end == 0) return at_end_;  // nothing is there: what is behind `end` is left over from an earlier read
    if (!opens(data[0]) && data[0] != '"') {
        while (scan.at < end && !ends_word(data[scan.at])) ++scan.at;
        return scan.at < end || at_end_;
    }
    while (scan.at < end) {
        if (scan.in_string) {
            scan.at = closing_quote(data, 0, scan.at, end);
            if (scan.at == end) return false;
            scan.in_string = false;
            ++scan.at;
            if (scan.depth == 0) return true;
            continue;
        }
        scan.at = next_structure(data, scan.at, end);
        if (scan.at == end) return false;
        const char c = data[scan.at++];
        if (c == '"') {
            scan.in_string = true;
        } else if (opens(c)) {
            ++scan.depth;
        } else if (--scan.depth == 0) {
            return true;
        }
    }
    return false;
}

Result<std::string_view> JsonWindow::take_value() {
    const uint64_t began = offset();
    Scan scan;
    while (!find_end(scan)) {
        if (end_ - position_ > kMostValueBytes) {
            return Error{"a value is larger than " + std::to_string(kMostValueBytes >> 20) + " MiB",
                         "it begins at byte " + std::to_string(began), ""};
        }
        Result<bool> more = refill();
        if (!more) return more.error();
        if (!*more && !(find_end(scan))) {
            return Error{"the text ends within a value", "the value begins at byte " + std::to_string(began), ""};
        }
        if (!*more) break;
    }
    const std::string_view value(data_.data() + position_, scan.at);
    position_ += scan.at;
    return value;
}

}  // namespace ttmem
