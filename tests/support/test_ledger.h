// A ledger in memory for tests, written by the recorder itself and by plain stores as the client would make them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "src/ledger/geometry.h"
#include "src/ledger/recorder.h"
#include "src/reader/reader.h"

namespace ttmem::ledger {

class TestLedger {
public:
    static constexpr uint64_t kFirstGeneration = 0x123456789ab;

    explicit TestLedger(Geometry geometry = small()) : bytes_(geometry.total_bytes()) {
        memory_ = std::aligned_alloc(4096, bytes_);
        std::memset(memory_, 0, bytes_);
        map = map_ledger(memory_, geometry);
        format(map, kFirstGeneration);
        make_slots_ready(map, 0, geometry.slots, kFirstGeneration);
        StaticHeader& fixed = map.header->fixed;
        for (uint8_t i = 0; i < 16; ++i) fixed.ledger_id[i] = i + 1;
        fixed.pid = 4242;
        fixed.clock_kind = static_cast<uint32_t>(ClockKind::kMonotonicCoarse);
        std::strcpy(fixed.comm, "test");
        reseal();
        put(map.header->live.level, 2);
        put(map.header->live.first_wall_ns, 1'700'000'000'000'000'000);
        put(map.header->live.latest_wall_ns, 1'700'000'000'000'000'000);
        put(map.header->live.state, static_cast<uint64_t>(LedgerState::kReady));
    }
    ~TestLedger() { std::free(memory_); }
    TestLedger(const TestLedger&) = delete;
    TestLedger& operator=(const TestLedger&) = delete;

    static Geometry small() {
        Geometry geometry;
        geometry.slots = 64;
        geometry.rings = 4;
        geometry.events_per_ring = 16;
        geometry.text_bytes = 1024;
        geometry.owners = 16;
        geometry.sessions = 8;
        geometry.failures = 4;
        geometry.plan_bytes = 4096;
        geometry.pairs = 16;
        geometry.holdings = 16;
        geometry.traces = 4;
        geometry.trace_entries = 32;
        return geometry;
    }

    MemorySource source() const { return MemorySource(memory_, bytes_); }
    unsigned char* memory() const { return static_cast<unsigned char*>(memory_); }
    uint64_t bytes() const { return bytes_; }

    void reseal() { map.header->fixed.check = check_of(map.header->fixed); }

    uint32_t add_text(std::string_view text) {
        const uint64_t number = map.header->live.texts_used.load() / 8;
        const uint64_t words = (text.size() + 7) / 8;
        uint64_t padded[40] = {text.size()};
        std::memcpy(padded + 1, text.data(), text.size());
        const uint64_t check = fold(check_sum(padded, 1 + words));
        map.texts[number] = text.size() | check << 32;
        std::memcpy(map.texts + number + 1, padded + 1, words * 8);
        put(map.header->live.texts_used, (number + 1 + words) * 8);
        return static_cast<uint32_t>(number);
    }

    // A call stack: a line of this file, called from `caller`.
    uint32_t add_frame(uint32_t caller, uint32_t file, uint32_t line, uint32_t function) {
        const FrameText frame{caller, file, function, line};
        return add_text({reinterpret_cast<const char*>(&frame), sizeof frame});
    }

    uint32_t stack = 7;  // of what is allocated

    uint32_t add_owner(uint32_t op, uint32_t tag, uint32_t thread) {
        const uint64_t number = map.header->live.owners_used.load();
        OwnerRecord& owner = map.owners[number];
        const uint64_t words[] = {static_cast<uint64_t>(op) << 32 | tag, thread};
        put(owner.op_and_tag, words[0]);
        put(owner.thread, words[1]);
        put(owner.check, check_sum(words, 2));
        put(map.header->live.owners_used, number + 1);
        return static_cast<uint32_t>(number);
    }

    void set_chip(uint32_t record, uint64_t chip_id, uint32_t logical_id, uint64_t dram_banks = 12,
                  uint64_t dram_bank_bytes = 1 << 30, uint32_t arch = 0) {
        ChipRecord& chip = map.chips[record];
        put(chip.chip_id, chip_id);
        put(chip.logical_and_arch, static_cast<uint64_t>(logical_id) << 32 | arch);
        put(chip.banks[0], dram_banks);
        put(chip.bytes_per_bank[0], dram_bank_bytes);
        put(chip.grid, 8ull << 32 | 8);
        put(chip.l1_bytes_per_core, 1'499'136);
        put(chip.l1_base, 101'152);
        uint64_t words[22];
        for (size_t i = 0; i < 22; ++i) words[i] = (&chip.chip_id)[i].load();
        put(chip.check, check_sum(words, 22));
        put(chip.sequence, 2);
    }

    // Opens a session at a place of its own.
    void open(uint32_t session, uint64_t chips, uint32_t kind = 2, uint64_t number = 0, uint32_t name = 0,
              uint64_t time = 1'000) {
        SessionRecord& record = map.sessions[session];
        const uint64_t clock = map.header->live.session_clock.load() + 1;
        const uint64_t words[] = {static_cast<uint64_t>(kind) << 32 | session, number, 0, chips, name, clock};
        Word* const fields[] = {&record.place, &record.number, &record.parent,
                                &record.chips, &record.name,   &record.opened};
        for (size_t i = 0; i < 6; ++i) put(*fields[i], words[i]);
        put(record.check, check_sum(words, 6));
        put(record.opened_time, time);
        put(map.header->live.session_clock, clock);
        const uint64_t generation = (record.control.load() >> 8) + 1;
        record.control.store(generation << 8 | static_cast<uint64_t>(SessionState::kOpen));
    }

    void close(uint32_t session) {
        SessionRecord& record = map.sessions[session];
        const uint64_t clock = map.header->live.session_clock.load() + 1;
        put(record.closed, clock);
        put(record.closed_time, 2'000);
        put(map.header->live.session_clock, clock);
        record.control.store((record.control.load() >> 8 << 8) | static_cast<uint64_t>(SessionState::kClosed));
    }

    // A recorder on a ring of its own.
    Recorder recorder(uint32_t ring, bool history = true) {
        RingHeader& header = map.rings[ring];
        put(header.thread, static_cast<uint64_t>(100 + ring) << 32 | 1);
        put(header.capacity, history ? map.geometry.events_per_ring : 0);
        raise_to(map.header->live.rings_used, ring + 1);
        Recorder recorder;
        recorder.ring = &header;
        recorder.events = history ? map.ring_events(ring) : nullptr;
        recorder.slots = map.slots;
        recorder.unique_ids = map.unique_ids;
        recorder.event_mask = map.geometry.events_per_ring - 1;
        recorder.slot_count = static_cast<uint32_t>(map.geometry.slots);
        recorder.freed_by = static_cast<uint16_t>(ring + 1);
        return recorder;
    }

    static Body body(uint64_t address, uint64_t bytes, uint32_t session = 1, uint32_t pool = 0, uint32_t owner = 0) {
        return {pack_where(address, 12, 12), pack_requested(bytes, 0),     pack_taken((bytes + 11) / 12, 0),
                pack_who(owner, 2048),       pack_order(0, session, pool), pack_time(5'000, 1, Op::kAlloc)};
    }

    Row* row(uint32_t session, uint32_t pool) { return &map.sessions[session].rows[pool]; }

    uint64_t alloc(Recorder& recorder, uint32_t slot, const Body& body, uint64_t unique_id = 0,
                   SlotState state = SlotState::kLive) {
        raise_to(map.header->live.slots_used, slot + 1);
        Row* into = body.op() == Op::kAlloc ? row(body.session(), body.pool()) : nullptr;
        return recorder.events != nullptr
                   ? record_begin<RealStore, true>(recorder, slot, body, state, into, unique_id, stack)
                   : record_begin<RealStore, false>(recorder, slot, body, state, into, unique_id, stack);
    }

    bool free(Recorder& recorder, uint64_t handle, Op end = Op::kFree) {
        const auto rows = [this](uint32_t session, uint32_t pool) {
            return session == 0 || pool >= kPools ? nullptr : row(session, pool);  // a trace has none
        };
        const uint64_t control = map.slots[handle_slot(handle)].control.load();
        return recorder.events != nullptr ? record_end<RealStore, true>(recorder, handle, control, end, 6'000, rows)
                                          : record_end<RealStore, false>(recorder, handle, control, end, 0, rows);
    }

    // As the client does with what a close released, to make room.
    void forget(uint64_t handle) {
        map.slots[handle_slot(handle)].control.store(
            make_control(handle_generation(handle), SlotState::kFree, kRetired));
    }

    static void put(Word& word, uint64_t value) { word.store(value, std::memory_order_relaxed); }
    static void raise_to(Word& word, uint64_t value) {
        uint64_t seen = word.load();
        while (seen < value && !word.compare_exchange_weak(seen, value)) {
        }
    }

    WriterMap map;

private:
    uint64_t bytes_;
    void* memory_;
};

}  // namespace ttmem::ledger
