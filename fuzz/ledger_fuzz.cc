// Hostile bytes into the ledger reader: no crash, no undefined behaviour, no allocation that the file does not justify,
// and the promises that hold for every input.
//
// The first byte chooses what is changed: 0 the bytes are the file; otherwise the file is a small right ledger, and the
// rest are edits {offset 32, value 32} of its words, after which the header's check is made right again, so that the
// deep code is reached.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fuzz/require.h"
#include "src/ledger/geometry.h"
#include "src/ledger/recorder.h"
#include "src/reader/reader.h"

namespace {

using namespace ttmem::ledger;

Geometry small() {
    Geometry geometry;
    geometry.slots = 32;
    geometry.rings = 2;
    geometry.events_per_ring = 8;
    geometry.text_bytes = 256;
    geometry.owners = 8;
    geometry.sessions = 4;
    geometry.failures = 2;
    return geometry;
}

// A session with some allocations by two threads.
const std::vector<uint64_t>& right_ledger() {
    static const std::vector<uint64_t> words = [] {
        const Geometry geometry = small();
        void* memory = std::aligned_alloc(4096, geometry.total_bytes());
        std::memset(memory, 0, geometry.total_bytes());
        const WriterMap map = map_ledger(memory, geometry);
        format(map, 5);
        LiveHeader& live = map.header->live;
        live.level.store(2);
        live.rings_used.store(2);
        live.slots_used.store(geometry.slots);
        live.first_wall_ns.store(1'700'000'000'000'000'000);
        live.latest_wall_ns.store(1'700'000'001'000'000'000);
        live.latest_ticks.store(2'600'000'000);
        live.state.store(static_cast<uint64_t>(LedgerState::kReady));
        map.header->fixed.clock_kind = static_cast<uint32_t>(ClockKind::kTsc);
        SessionRecord& session = map.sessions[1];
        const uint64_t words[] = {2ull << 32 | 1, 0, 0, 0, 0, 1};
        session.place.store(words[0]);
        session.opened.store(1);
        session.check.store(check_sum(words, 6));
        session.control.store(1ull << 8 | static_cast<uint64_t>(SessionState::kOpen));
        for (uint32_t ring = 0; ring < 2; ++ring) {
            map.rings[ring].capacity.store(geometry.events_per_ring);
            Recorder recorder;
            recorder.ring = &map.rings[ring];
            recorder.events = map.ring_events(ring);
            recorder.slots = map.slots;
            recorder.unique_ids = map.unique_ids;
            recorder.event_mask = geometry.events_per_ring - 1;
            recorder.slot_count = static_cast<uint32_t>(geometry.slots);
            recorder.freed_by = static_cast<uint16_t>(ring + 1);
            for (uint32_t slot = 1 + ring * 10; slot < 10 + ring * 10; ++slot) {
                const Body body{pack_where(slot * 4096ull, 12, 12),
                                pack_requested(4096, 0),
                                pack_taken(352, 0),
                                pack_who(0, 2048),
                                pack_order(0, 1, 0),
                                pack_time(1, 1, Op::kAlloc)};
                record_begin<RealStore, true>(recorder, slot, body, SlotState::kLive, &session.rows[0], slot, 0);
            }
        }
        std::vector<uint64_t> copy(geometry.total_bytes() / 8);
        std::memcpy(copy.data(), memory, geometry.total_bytes());
        std::free(memory);
        return copy;
    }();
    return words;
}

void make_check_right(std::vector<uint64_t>& words) {
    StaticHeader header;
    std::memcpy(&header, words.data(), sizeof header);
    header.check = check_of(header);
    std::memcpy(words.data(), &header, sizeof header);
}

std::vector<uint64_t> edited(const uint8_t* data, size_t size) {
    std::vector<uint64_t> words = right_ledger();
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t offset = 0, value = 0;
        std::memcpy(&offset, data, 4);
        std::memcpy(&value, data + 4, 4);
        // Either half of a word; small values are what counts and states are made of.
        uint64_t& word = words[offset / 2 % words.size()];
        const int shift = offset % 2 == 0 ? 0 : 32;
        word = (word & ~(0xffffffffull << shift)) | static_cast<uint64_t>(value) << shift;
    }
    words[0] = kMagic;
    make_check_right(words);
    return words;
}

void read(const MemorySource& source, bool dead) {
    static LedgerReader reader;  // they keep their memory, as in a program that reads many ledgers
    static LedgerImage image;
    const ReadOutcome outcome = reader.read(source, {.writer_is_dead = dead, .attempts = 2}, image);
    require(outcome.ok() == outcome.reason.empty());
    if (!outcome.ok()) return;
    require(image.live.size() < image.regions.slots.count);
    for (const LiveSlot& slot : image.live) {
        require(handle_slot(slot.handle) < image.regions.slots.count);
        static_cast<void>(image.unique_id(slot.handle));
        if (slot.body.op() != Op::kAlloc) continue;
        require(slot.body.session() < image.sessions.size() && slot.body.pool() < kPools);
        require(image.sessions[slot.body.session()].state != SessionState::kFree);
    }
    for (const OwnerImage& owner : image.owners) require(image.text(owner.op).size() <= kMaxText);
    for (uint32_t ring = 0; ring < image.rings.size(); ++ring) {
        const History history = LedgerReader::history(source, image, ring);
        require(history.events.size() + history.lost == history.to - history.from);
        require(history.events.size() <= image.rings[ring].capacity + 1);
    }
    const TickConverter times(image.clock);
    static_cast<void>(times.wall_ns(UINT64_MAX));
    static_cast<void>(times.wall_ns((1ull << 48) - 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    std::vector<uint64_t> words;
    if (data[0] == 0) {
        words.resize((size - 1) / 8 + 1);  // the last one partly zeros
        std::memcpy(words.data(), data + 1, size - 1);
    } else {
        words = edited(data + 1, size - 1);
    }
    const MemorySource source(words.data(), words.size() * 8);
    read(source, true);
    read(source, false);
    return 0;
}
