#include "src/capture/capture_tables.h"

#include <algorithm>
#include <utility>

#include "src/capture/fields.h"

namespace ttmem::capture {

CaptureTables::CaptureTables(Recording& recording, uint64_t file_bytes)
    : recording_(recording), end_(recording.end), room_(kTableRoom + file_bytes * kTableBytesPerFileByte) {
    end_.texts.clear();
}

// A failure may be told before the place where it happened, which a file that was cut may lack.
bool CaptureTables::fits(Process& process) const {
    for (Failure& failure : process.failures) {
        if (failure.op >= end_.texts.size() || failure.tag >= end_.texts.size()) return false;
    }
    return std::all_of(process.operations.begin(), process.operations.end(),
                       [this](uint32_t text) { return text < end_.texts.size(); });
}

bool CaptureTables::fits(const Place& place) const { return place.process.value < end_.processes.size(); }

bool CaptureTables::fits(const Program& program) const {
    return program.process.value < end_.processes.size() && program.op < end_.texts.size() &&
           program.tag < end_.texts.size() &&
           std::all_of(program.cbs.begin(), program.cbs.end(),
                       [this](const ProgramCbs& cbs) { return cbs.place.value < end_.places.size(); });
}

bool CaptureTables::fits(const Trace& trace) const {
    return trace.process.value < end_.processes.size() && trace.place.value < end_.places.size();
}

bool CaptureTables::fits(const Allocation& a) const {
    return a.process.value < end_.processes.size() && a.place.value < end_.places.size() && a.op < end_.texts.size() &&
           a.tag < end_.texts.size() && a.program <= end_.programs.size() && a.trace <= end_.traces.size() &&
           a.stack < end_.stacks.size();
}

bool CaptureTables::fits(const HistoryGap& gap) const { return gap.process.value < end_.processes.size(); }

// Items with their sizes: of a later minor version they may have more fields than are known.
template <class T>
bool CaptureTables::take_list(uint32_t count, ByteCursor& bytes, std::vector<T>& items) {
    for (uint32_t i = 0; i < count; ++i) {
        ByteCursor part = bytes.part(bytes.number());
        T item;
        FieldReader reader(part);
        item_fields(reader, item);
        if (!bytes.ok() || !part.ok() || !fits(item)) return false;
        items.push_back(std::move(item));
    }
    return true;
}

template <class T>
bool CaptureTables::take_items(uint32_t count, ByteCursor& bytes, std::vector<T>& items) {
    const uint64_t first = bytes.number();
    if (first > items.size()) return false;
    std::vector<T> fresh;
    if (!take_list(count, bytes, fresh)) return false;
    for (size_t i = 0; i < fresh.size(); ++i) {
        if (first + i < items.size()) {
            items[first + i] = std::move(fresh[i]);
        } else {
            items.push_back(std::move(fresh[i]));
        }
    }
    return true;
}

bool CaptureTables::take_texts(uint32_t count, ByteCursor& bytes) {
    if (bytes.number() != end_.texts.size()) return false;
    for (uint32_t i = 0; i < count && bytes.ok(); ++i) end_.texts.emplace_back(bytes.text(bytes.number()));
    return bytes.ok();
}

bool CaptureTables::take_stacks(uint32_t count, ByteCursor& bytes) {
    if (bytes.number() != end_.stacks.size()) return false;
    for (uint32_t i = 0; i < count; ++i) {
        ByteCursor part = bytes.part(bytes.number());
        StackFrame frame;
        FieldReader reader(part);
        reader(frame);
        if (!bytes.ok() || !part.ok() || frame.caller >= end_.stacks.size()) return false;
        if (frame.file >= end_.texts.size() || frame.function >= end_.texts.size()) return false;
        end_.stacks.push_back(frame);
    }
    return true;
}

bool CaptureTables::take_state(ByteCursor& bytes) {
    FieldReader reader(bytes);
    WallTime at = 0;
    uint64_t chips = 0;
    Coverage coverage;
    reader(at, chips, coverage);
    if (!bytes.ok() || chips != chips_.size()) return false;
    end_.generated_at = at;
    end_.chips = std::exchange(chips_, {});
    end_.coverage = std::move(coverage);
    return true;
}

bool CaptureTables::take_end(ByteCursor& bytes) {
    FieldReader reader(bytes);
    reader(recording_.ended_at, events_said_, live_said_);
    finished_ = bytes.ok();
    return finished_;
}

bool CaptureTables::take_payload(BlockType type, uint32_t count, ByteCursor& bytes) {
    switch (type) {
        case BlockType::kTexts:
            return take_texts(count, bytes);
        case BlockType::kProcesses:
            return take_items(count, bytes, end_.processes);
        case BlockType::kPlaces:
            return take_items(count, bytes, end_.places);
        case BlockType::kPrograms:
            return take_items(count, bytes, end_.programs);
        case BlockType::kTraces:
            return take_items(count, bytes, end_.traces);
        case BlockType::kLiveBefore:
            return take_list(count, bytes, recording_.live_before);
        case BlockType::kGaps:
            return take_list(count, bytes, recording_.gaps);
        case BlockType::kChips:
            return take_list(count, bytes, chips_);
        case BlockType::kLiveAtEnd:
            return take_list(count, bytes, live_);
        case BlockType::kState:
            return take_state(bytes);
        case BlockType::kEnd:
            return take_end(bytes);
        case BlockType::kPlans:
            return take_items(count, bytes, end_.plans);
        case BlockType::kStacks:
            return take_stacks(count, bytes);
        default:
            return static_cast<uint32_t>(type) >= kFirstOptional;
    }
}

std::string CaptureTables::take(const BlockHead& head, const Bytes& raw) {
    if (raw.size() > room_) return "its tables would take more memory than a file of its size has";
    room_ -= raw.size();
    if (head.type > static_cast<uint32_t>(BlockType::kEnd) && head.type < kFirstOptional) {
        return "it has parts that this ttmem does not know: use a newer one";
    }
    ByteCursor bytes(raw);
    if (!take_payload(static_cast<BlockType>(head.type), head.items, bytes)) return "a block makes no sense";
    if (recording_.live_before.size() + live_.size() > 2 * kMostLive) return "more is live than ttmem can hold";
    return "";
}

void CaptureTables::settle() {
    if (end_.texts.empty()) end_.texts.emplace_back();
    for (Process& process : end_.processes) {
        for (Failure& failure : process.failures) {
            if (failure.place && failure.place->value >= end_.places.size()) failure.place.reset();
        }
    }
    if (finished_) end_.allocations = std::move(live_);
}

}  // namespace ttmem::capture
