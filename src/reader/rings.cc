#include "src/reader/rings.h"

#include <algorithm>
#include <cstring>

#include "src/ledger/recorder.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kEventsAtOnce = 4096;
constexpr uint64_t kPositionMask = (1ull << 48) - 1;  // a redo record keeps so much of a position

bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

RingCut parse(const uint64_t* record, const Regions& regions) {
    RingCut cut;
    cut.redo = {TTMEM_WORD(record, RingHeader, sequence),    TTMEM_WORD(record, RingHeader, position),
                TTMEM_WORD(record, RingHeader, redo_handle), TTMEM_WORD(record, RingHeader, redo_op),
                TTMEM_WORD(record, RingHeader, redo_order),  TTMEM_WORD(record, RingHeader, redo_time),
                TTMEM_WORD(record, RingHeader, redo_who)};
    cut.capacity = TTMEM_WORD(record, RingHeader, capacity);
    if (!is_power_of_two(cut.capacity) || cut.capacity > regions.events.count) cut.capacity = 0;
    cut.thread = TTMEM_WORD(record, RingHeader, thread);
    cut.thread_name = TTMEM_WORD(record, RingHeader, thread_name);
    const uint64_t* iterations = &TTMEM_WORD(record, RingHeader, iterations);
    std::copy(iterations, iterations + kMaxIterationDepth, cut.iterations.begin());
    return cut;
}

}  // namespace

uint64_t RingCut::settled() const {
    const uint64_t finished = redo.sequence >> 1;
    const bool in_flight = (redo.sequence & 1) != 0;
    const bool published =
        redo_wants_event(redo.op) && (redo.position & kPositionMask) == ((redo_position(redo.op) + 1) & kPositionMask);
    return finished + (in_flight && published ? 1 : 0);
}

bool read_rings(const ByteSource& source, const Regions& regions, uint64_t rings, RawRecords& raw,
                std::vector<RingCut>& cuts) {
    if (!raw.read(source, regions.rings, rings)) return false;
    cuts.resize(raw.count());
    for (uint64_t i = 0; i < raw.count(); ++i) cuts[i] = parse(raw[i], regions);
    return true;
}

uint64_t EventReader::read_part(uint32_t ring, uint64_t capacity, uint64_t begin, uint64_t end) {
    const Extent& extent = regions_.events;
    const uint64_t first = begin & (capacity - 1);
    const uint64_t count = std::min({end - begin, capacity - first, kEventsAtOnce});
    const uint64_t offset = extent.offset + (ring * extent.count + first) * extent.stride;
    buffer_.resize(std::max<size_t>(buffer_.size(), count));
    if (extent.stride == sizeof(RawEvent)) {
        return source_.read(offset, buffer_.data(), count * sizeof(RawEvent)) ? count : 0;
    }
    wide_.resize(count * extent.stride / 8);
    if (!source_.read(offset, wide_.data(), count * extent.stride)) return 0;
    for (uint64_t i = 0; i < count; ++i) {
        std::memcpy(&buffer_[i], wide_.data() + i * extent.stride / 8, sizeof(RawEvent));
    }
    return count;
}

}  // namespace ttmem::ledger
