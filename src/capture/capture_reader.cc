#include "src/capture/capture_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "src/base/text.h"
#include "src/capture/capture_file.h"
#include "src/capture/capture_tables.h"
#include "src/capture/event_columns.h"
#include "src/capture/last_figures.h"
#include "src/capture/live_set.h"
#include "src/capture/side_columns.h"

namespace ttmem {

using capture::BlockHead;
using capture::BlockType;
using capture::CaptureFile;
using capture::CaptureTables;

namespace {

constexpr WallTime kClockStep = 50'000'000;    // times of events may be older than the clock said
constexpr WallTime kOfAStart = 1'000'000'000;  // a process started before the capture began, for sure

// The events of a capture, decoded a block at a time.
class CaptureEvents final : public EventSource {
public:
    using Sides = std::array<uint64_t, capture::kSideColumns.size()>;

    // Where a block of events is, and what came later to them; 0 without.
    struct Block {
        uint64_t events = 0;
        Sides sides{};
    };

    // `ends`: of what the side columns name.
    CaptureEvents(std::shared_ptr<const CaptureFile> file, std::vector<Block> blocks,
                  capture::EventDecoder::Limits limits, const Sides& ends)
        : file_(std::move(file)), blocks_(std::move(blocks)), limits_(limits), ends_(ends) {}

    void rewind() override {
        next_ = 0;
        decoder_ = capture::EventDecoder();
    }

    bool next(std::vector<Event>& block) override {
        block.clear();
        if (failed_ || next_ == blocks_.size()) return false;
        const Block& where = blocks_[next_++];
        BlockHead head{};
        failed_ = !read(where.events, head) || !decoder_.decode(ByteCursor(raw_), head.items, limits_, block);
        for (size_t i = 0; i < ends_.size() && !failed_; ++i) {
            if (where.sides[i] == 0) continue;
            failed_ = !read(where.sides[i], head) ||
                      !capture::set_side(capture::kSideColumns[i], ByteCursor(raw_), ends_[i], block);
        }
        if (failed_) block.clear();
        return !failed_;
    }

    bool failed() const override { return failed_; }

private:
    bool read(uint64_t at, BlockHead& head) {
        return file_->read_head(at, head) == "" && file_->read_payload(at, head, payload_) &&
               capture::unpack(head, payload_, raw_);
    }

    std::shared_ptr<const CaptureFile> file_;
    std::vector<Block> blocks_;
    capture::EventDecoder::Limits limits_;
    Sides ends_;
    capture::EventDecoder decoder_;
    Bytes payload_, raw_;
    size_t next_ = 0;
    bool failed_ = false;
};

constexpr uint32_t kLostIsLost = 6;  // the minor version since which

// What ledgers had overwritten was counted as lost before, although it was recorded.
void count_lost_in_gaps(Recording& recording) {
    Snapshot& end = recording.end;
    end.coverage.events_lost = 0;
    for (Process& process : end.processes) process.coverage.events_lost = 0;
    for (const HistoryGap& gap : recording.gaps) {
        end.coverage.events_lost += gap.events;
        end.processes.at(gap.process.value).coverage.events_lost += gap.events;
    }
}

// Walks through the blocks of a file.
class Opening {
public:
    explicit Opening(std::shared_ptr<const CaptureFile> file)
        : file_(std::move(file)), tables_(capture_.recording, file_->bytes()) {
        capture_.facts.path = file_->path();
        capture_.facts.bytes = file_->bytes();
        capture_.recording.began_at = file_->began_at();
    }

    Capture run() {
        CaptureFacts& facts = capture_.facts;
        uint64_t at = sizeof(capture::FileHead);
        facts.readable_bytes = at;
        while (at < file_->bytes() && !tables_.finished()) {
            BlockHead head{};
            facts.trouble = file_->read_head(at, head);
            if (facts.trouble.empty() && head.number != facts.blocks) facts.trouble = "a block is missing before it";
            if (facts.trouble.empty() && !file_->read_payload(at, head, payload_)) facts.trouble = "a block is damaged";
            if (facts.trouble.empty()) facts.trouble = take(at, head);
            if (!facts.trouble.empty()) break;
            at += sizeof head + head.stored_bytes;
            facts.readable_bytes = at;
            ++facts.blocks;
        }
        finish();
        return std::move(capture_);
    }

private:
    std::string take(uint64_t at, const BlockHead& head) {
        if (head.type == static_cast<uint32_t>(BlockType::kEvents)) {
            CaptureFacts& facts = capture_.facts;
            if (facts.event_blocks == 0) facts.first_at = head.first_at;
            facts.last_at = std::max(facts.last_at, head.last_at);
            facts.event_bytes += sizeof head + head.stored_bytes;
            ++facts.event_blocks;
            capture_.recording.events += head.items;
            blocks_.push_back({at, std::exchange(sides_at_, {})});
            return "";
        }
        for (size_t i = 0; i < sides_at_.size(); ++i) {
            if (head.type != static_cast<uint32_t>(capture::kSideColumns[i].type)) continue;
            sides_at_[i] = at;
            return "";
        }
        if (!capture::unpack(head, payload_, raw_)) return "a block is damaged";
        return tables_.take(head, raw_);
    }

    void finish() {
        CaptureFacts& facts = capture_.facts;
        Recording& recording = capture_.recording;
        facts.finished = tables_.finished();
        if (facts.finished && facts.readable_bytes < facts.bytes) facts.trouble = "there is something after its end";
        if (facts.finished && !tables_.matches(recording.events)) facts.trouble = "its parts do not belong together";
        tables_.settle();
        if (file_->minor_version() < kLostIsLost) count_lost_in_gaps(recording);
        begin_with_its_history();
        for (const Process& process : recording.end.processes) {
            recording.is_part |= process.started_at.value_or(0) + kOfAStart < recording.began_at;
        }
        Snapshot& end = recording.end;
        facts.state_at = end.generated_at;
        if (!facts.finished) recording.ended_at = std::max(facts.last_at, end.generated_at);
        recording.source = std::make_shared<CaptureEvents>(
            file_, std::move(blocks_),
            capture::EventDecoder::Limits{end.processes.size(), end.places.size(), end.texts.size()},
            CaptureEvents::Sides{end.plans.size() + 1, end.stacks.size()});
        if (!facts.finished) {
            capture::add_holders_of_events(recording);
            end.allocations = capture::live_after(recording);
            capture::stand_at_last_event(recording);
            capture::figure_at_last_event(recording);
        }
        if (end.generated_at == 0) end.generated_at = std::max(recording.ended_at, recording.began_at);
        if (facts.trouble.empty() && facts.finished) return;
        std::string sentence = "the capture " + facts.path + " is not whole: ";
        sentence += facts.trouble.empty() ? "its recorder did not come to the end" : facts.trouble;
        if (facts.readable_bytes < facts.bytes) {
            sentence += ", at byte " + with_commas(facts.readable_bytes) + " of " + with_commas(facts.bytes);
        }
        if (recording.ended_at != 0) sentence += "; what happened after " + rfc3339(recording.ended_at) + " is missing";
        if (!facts.finished && capture::has_later_circular_buffers(recording))
            sentence += facts.state_at != 0 ? "; figures of circular buffers are of " + rfc3339(facts.state_at)
                                            : "; figures of circular buffers are missing";
        end.coverage.note(sentence);
    }

    // A snapshot with history tells of what was before somebody asked for it: it begins with its processes if nothing
    // of them is lost, else with the first event. Of those that kept no history a gap says so, which begins with them.
    void begin_with_its_history() {
        Recording& recording = capture_.recording;
        const WallTime first_event = capture_.facts.first_at;
        if (first_event == 0 || first_event + kClockStep >= recording.began_at) return;
        recording.began_at = first_event;
        if (!std::ranges::all_of(recording.gaps, &HistoryGap::sampled)) return;
        WallTime started_at = first_event;
        for (const Process& process : recording.end.processes) {
            if (!process.started_at) return;
            started_at = std::min(started_at, *process.started_at);
        }
        recording.began_at = started_at;
    }

    std::shared_ptr<const CaptureFile> file_;
    Capture capture_;
    CaptureTables tables_;
    std::vector<CaptureEvents::Block> blocks_;
    CaptureEvents::Sides sides_at_{};  // what belongs to the next block of events; 0 none
    Bytes payload_, raw_;
};

}  // namespace

bool is_capture(const void* bytes, size_t size) {
    return size >= sizeof capture::kFileMagic &&
           std::memcmp(bytes, capture::kFileMagic, sizeof capture::kFileMagic) == 0;
}

Result<Capture> open_capture(const std::string& path) {
    Result<std::shared_ptr<const CaptureFile>> file = CaptureFile::open(path);
    if (!file) return file.error();
    return Opening(*file).run();
}

}  // namespace ttmem
