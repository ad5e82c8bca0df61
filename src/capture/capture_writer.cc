#include "src/capture/capture_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "src/base/text.h"
#include "src/capture/blocks.h"
#include "src/capture/fields.h"
#include "src/capture/side_columns.h"

namespace ttmem {

using capture::BlockHead;
using capture::BlockType;

namespace {

constexpr size_t kTableBlockBytes = 1 << 20;  // of a block of table items, about

// FNV-1a: tells whether an item has changed since it was written.
uint64_t sum_of(const Bytes& bytes, size_t from) {
    uint64_t sum = 0xcbf29ce484222325;
    for (size_t i = from; i < bytes.size(); ++i) sum = (sum ^ bytes[i]) * 0x100000001b3;
    return sum | 1;
}

// Fields are only read when a capture is written, whatever the type of their list says.
template <class T>
Bytes item_bytes(const T& item) {
    Bytes bytes;
    capture::FieldWriter writer(bytes);
    capture::item_fields(writer, const_cast<T&>(item));
    return bytes;
}

void put_item(Bytes& raw, const Bytes& item) {
    put_number(raw, item.size());
    raw.insert(raw.end(), item.begin(), item.end());
}

}  // namespace

Result<CaptureWriter> CaptureWriter::create(const std::string& path, const CaptureOptions& options) {
    CaptureWriter writer;
    writer.path_ = path;
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (options.overwrite ? 0 : O_EXCL);
    writer.file_.reset(::open(path.c_str(), flags, 0666));
    if (!writer.file_) {
        const bool exists = errno == EEXIST;
        return Error{
            "the capture " + path + " cannot be created",
            exists ? "there is a file of that name, and a recording is never lost by accident" : std::strerror(errno),
            exists ? "choose another name (%t in it stands for the time), or --force" : "choose another -o"};
    }
    struct stat status {};
    if (::fstat(writer.file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return Error{"the capture " + path + " cannot be created", "it is not a regular file", "choose another -o"};
    }
    // Held while it is written: nobody starts anew in it meanwhile.
    if (::flock(writer.file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        return Error{"the capture " + path + " cannot be created", "another recording is being written there",
                     "choose another -o"};
    }
    if (::ftruncate(writer.file_.get(), 0) != 0) {
        writer.failed_ = errno;
        return writer.outcome().error();
    }
    capture::FileHead head{{}, capture::kMajor, capture::kMinor, options.began_at, 0, 0};
    std::memcpy(head.magic, capture::kFileMagic, sizeof head.magic);
    head.check = capture::check_of(head);
    if (::write(writer.file_.get(), &head, sizeof head) != sizeof head) {
        writer.failed_ = errno;
        return writer.outcome().error();
    }
    writer.bytes_ = sizeof head;
    return writer;
}

Result<void> CaptureWriter::outcome() const {
    if (failed_ == 0) return {};
    return Error{"the capture " + path_ + " ends here: it could not be written on", std::strerror(failed_),
                 "what was recorded until then can be read; make room, or give another -o"};
}

void CaptureWriter::write_block(BlockType type, uint32_t items, const BlockHead& given, const Bytes& raw) {
    if (failed_ != 0) return;
    BlockHead head = given;
    head.type = static_cast<uint32_t>(type);
    head.items = items;
    head.number = blocks_;
    const Bytes block = capture::pack_block(head, raw);
    size_t done = 0;
    while (done < block.size()) {
        const ssize_t written = ::write(file_.get(), block.data() + done, block.size() - done);
        if (written > 0) {
            done += static_cast<size_t>(written);
        } else if (written == 0 || errno != EINTR) {
            failed_ = written == 0 ? ENOSPC : errno;
            // Best effort: whoever reads a half block sees that it is none.
            if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) return;
            return;
        }
    }
    bytes_ += block.size();
    ++blocks_;
}

// Items whose bytes are other than those that were written: first index and count, then each with its size.
template <class T>
void CaptureWriter::write_table(BlockType type, const std::vector<T>& items, std::vector<uint64_t>& written) {
    Bytes raw;
    size_t first = 0;
    uint32_t count = 0;
    const auto flush = [&] {
        if (count == 0) return;
        Bytes block;
        put_number(block, first);
        block.insert(block.end(), raw.begin(), raw.end());
        write_block(type, count, {}, block);
        raw.clear();
        count = 0;
    };
    written.resize(items.size(), 0);
    for (size_t i = 0; i < items.size(); ++i) {
        const Bytes item = item_bytes(items[i]);
        const uint64_t sum = sum_of(item, 0);
        if (sum == written[i]) continue;
        written[i] = sum;
        if (count != 0 && (first + count != i || raw.size() + item.size() > kTableBlockBytes)) flush();
        if (count == 0) first = i;
        put_item(raw, item);
        if (++count == capture::kMostItems) flush();
    }
    flush();
}

template <class T>
void CaptureWriter::write_list(BlockType type, std::span<const T> items) {
    Bytes raw;
    uint32_t count = 0;
    for (const T& item : items) {
        put_item(raw, item_bytes(item));
        if (++count < capture::kMostItems && raw.size() < kTableBlockBytes) continue;
        write_block(type, count, {}, raw);
        raw.clear();
        count = 0;
    }
    if (count != 0) write_block(type, count, {}, raw);
}

void CaptureWriter::write_tables(const Snapshot& tables) {
    Bytes raw;
    while (texts_ < tables.texts.size()) {
        raw.clear();
        put_number(raw, texts_);
        uint32_t count = 0;
        for (; texts_ < tables.texts.size() && count < capture::kMostItems && raw.size() < kTableBlockBytes; ++count) {
            const std::string& text = tables.texts[texts_++];
            put_item(raw, Bytes(text.begin(), text.end()));
        }
        write_block(BlockType::kTexts, count, {}, raw);
    }
    write_table(BlockType::kProcesses, tables.processes, processes_);
    write_table(BlockType::kPlaces, tables.places, places_);
    write_table(BlockType::kPrograms, tables.programs, programs_);
    write_table(BlockType::kTraces, tables.traces, traces_);
    write_new(BlockType::kPlans, tables.plans, plans_);
    write_new(BlockType::kStacks, tables.stacks, stacks_);
}

// Of a table whose items never change once they are there: those from number `written` on.
template <class T>
void CaptureWriter::write_new(BlockType type, const std::vector<T>& items, size_t& written) {
    while (written < items.size()) {
        Bytes raw;
        put_number(raw, written);
        uint32_t count = 0;
        for (; written < items.size() && count < capture::kMostItems && raw.size() < kTableBlockBytes; ++count) {
            put_item(raw, item_bytes(items[written++]));
        }
        write_block(type, count, {}, raw);
    }
}

void CaptureWriter::write_events(std::span<const Event> events) {
    for (const capture::SideColumn& column : capture::kSideColumns) {
        const capture::SidePayload side = capture::side_payload(column, events);
        if (side.any_known) write_block(column.type, side.count, {}, side.bytes);
    }
    BlockHead head{};
    head.first_at = events.front().at;
    head.last_at = events.back().at;
    write_block(BlockType::kEvents, static_cast<uint32_t>(events.size()), head, encoder_.encode(events));
    events_ += events.size();
}

Result<void> CaptureWriter::write(const Snapshot& tables, std::span<const Allocation> live_before,
                                  std::span<const Event> events, std::span<const HistoryGap> gaps, bool all) {
    waiting_.insert(waiting_.end(), events.begin(), events.end());
    // Only before something that may name what is new in them: it takes a look at each of their items.
    if (all || !live_before.empty() || !gaps.empty() || waiting_.size() >= capture::kMostItems) write_tables(tables);
    write_list(BlockType::kLiveBefore, live_before);
    write_list(BlockType::kGaps, gaps);
    size_t done = 0;
    while (waiting_.size() - done >= capture::kMostItems || (all && done < waiting_.size())) {
        const size_t count = std::min<size_t>(waiting_.size() - done, capture::kMostItems);
        write_events(std::span(waiting_).subspan(done, count));
        done += count;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(done));
    return outcome();
}

Result<void> CaptureWriter::write_state(const Snapshot& state) {
    write_tables(state);
    write_list(BlockType::kChips, std::span<const ChipUse>(state.chips));
    Bytes raw;
    capture::FieldWriter writer(raw);
    WallTime at = state.generated_at;
    uint64_t chips = state.chips.size();
    Coverage coverage = state.coverage;
    writer(at, chips, coverage);
    write_block(BlockType::kState, 1, {}, raw);
    return outcome();
}

Result<void> CaptureWriter::finish(const Snapshot& state, WallTime ended_at) {
    if (Result<void> written = write(state, {}, {}, {}, true); !written) return written;
    write_list(BlockType::kLiveAtEnd, std::span<const Allocation>(state.allocations));
    if (Result<void> written = write_state(state); !written) return written;
    Bytes raw;
    capture::FieldWriter writer(raw);
    uint64_t allocations = state.allocations.size();
    writer(ended_at, events_, allocations);
    write_block(BlockType::kEnd, 1, {}, raw);
    if (failed_ == 0 && ::fsync(file_.get()) != 0) failed_ = errno;
    return outcome();
}

}  // namespace ttmem
