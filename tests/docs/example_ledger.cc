#include "tests/docs/example_ledger.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "src/ledger/geometry.h"
#include "src/ledger/layout.h"
#include "src/ledger/plan_recorder.h"
#include "src/ledger/recorder.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kChipId = 0x0123456789abcdef;
constexpr uint64_t kThread = 4242;
constexpr int kStoresOfTheFree = 7;  // five redo words, sequence, commit

// Does its stores until `left` of them are done, then none: what memory looks like after a kill.
struct DyingStore {
    static inline int left = 0;
    static bool dead() { return left == 0 || left-- == 0; }
    static void put(Word& word, uint64_t value) {
        if (!dead()) RealStore::put(word, value);
    }
    static void publish(Word& word, uint64_t value) {
        if (!dead()) RealStore::publish(word, value);
    }
    static void fence() {}
    static uint64_t add(Word& word, uint64_t delta) { return dead() ? word.load() : RealStore::add(word, delta); }
    static bool exchange(Word& word, uint64_t& expected, uint64_t desired) {
        return dead() || RealStore::exchange(word, expected, desired);
    }
};

uint64_t check_of(const Word* first, const Word* end) {
    return check_sum(reinterpret_cast<const uint64_t*>(first), static_cast<size_t>(end - first));
}

uint64_t put_text(const WriterMap& map, std::string_view text) {
    Word& used = map.header->live.texts_used;
    const uint64_t number = used / 8;
    uint64_t words[33] = {text.size()};
    std::memcpy(words + 1, text.data(), text.size());
    const size_t count = 1 + (text.size() + 7) / 8;
    const TextHead head{static_cast<uint32_t>(text.size()), fold(check_sum(words, count))};
    std::memcpy(map.texts + number, &head, sizeof head);
    std::memcpy(map.texts + number + 1, words + 1, (count - 1) * 8);
    used += count * 8;
    return number;
}

void describe_process(StaticHeader& fixed) {
    for (uint8_t i = 0; i < 16; ++i) {
        fixed.ledger_id[i] = 0x10 + i;
        fixed.boot_id[i] = 0xb0 + i;
    }
    fixed.pid = 4242;
    fixed.uid = 1000;
    fixed.start_ticks = 5555;
    fixed.pid_namespace = 4026531836;
    fixed.clock_kind = static_cast<uint32_t>(ClockKind::kTsc);
    fixed.clock_shift = 8;
    std::strcpy(fixed.comm, "decode");
    std::strcpy(fixed.command_line, "decode --steps 1");
    std::strcpy(fixed.library_version, "0.1");
    seal(fixed);
}

// 2 GHz: 2,000,000,000 ticks and one second between the anchors, the first at 2026-01-01T00:00:00Z.
void set_clock(LiveHeader& live) {
    live.first_ticks = 1'000'000'000;
    live.first_wall_ns = 1'767'225'600'000'000'000;
    live.latest_ticks = 3'000'000'000;
    live.latest_wall_ns = 1'767'225'601'000'000'000;
}

void describe_chip(const WriterMap& map) {
    ChipRecord& chip = map.chips[0];
    chip.chip_id = kChipId;
    chip.logical_and_arch = put_text(map, "wormhole_b0");
    chip.banks[0] = 12;
    chip.bytes_per_bank[0] = 1'073'741'792;
    chip.grid = 8ull << 32 | 8;
    chip.l1_bytes_per_core = 1'499'136;
    chip.l1_base = 101'152;
    chip.dram_base = 32;
    chip.check = check_of(&chip.chip_id, &chip.past_peaks[0].requested_low);
    chip.sequence = 2;
}

void open_mesh(const WriterMap& map) {
    SessionRecord& session = map.sessions[1];
    session.place = 2ull << 32 | 1;  // a mesh, place 1 of this process
    session.chips = 1;
    session.opened = 1;
    session.check = check_of(&session.place, &session.opened_time);
    session.control = 1ull << 8 | static_cast<uint64_t>(SessionState::kOpen);
    map.header->live.session_clock = 1;
}

Body tensor(uint64_t address, uint64_t bytes, uint64_t per_bank, uint64_t clock) {
    return {.where = pack_where(address, 12, 12),
            .requested = pack_requested(bytes, 0),
            .taken = pack_taken(per_bank, 0),
            .who = pack_who(1, 2048),
            .order = pack_order(0, 1, 0),
            .time = pack_time(clock, 1, Op::kAlloc)};
}

// What the recorder writes to history of an operation that has no slot of its own.
Body event_of(Op op, uint64_t clock) {
    return {.where = 0,
            .requested = 0,
            .taken = 0,
            .who = pack_who(1, 0),
            .order = pack_order(0, 1, 15),
            .time = pack_time(clock, 0, op)};
}

// One circular buffer of 4,096 bytes on 8 x 8 cores.
void put_plan(const WriterMap& map) {
    const PlanBuffer buffer{.index = 0, .flags = 0, .ranges = 1, .reserved = 0, .address = 101'152, .bytes = 4096};
    uint64_t words[6] = {};
    std::memcpy(words + 2, &buffer, sizeof buffer);
    words[5] = pack_range(0, 0, 7, 7);
    PlanHead head{.words = 6, .buffers = 1, .check = 0};
    std::memcpy(words, &head, sizeof head);
    head.check = plan_check(words, 6);
    std::memcpy(words, &head, sizeof head);
    std::memcpy(map.plans + 1, words, sizeof words);
    map.header->live.plans_used = 8 + sizeof words;
}

// A program, its plan, and its dispatch.
void run_program(const WriterMap& map, Recorder& recorder, uint64_t name) {
    LiveHeader& live = map.header->live;
    const Body program = pack_program({.unique_id = 5,
                                       .created_after = live.tickets,
                                       .iteration = 0,
                                       .owner = 1,
                                       .name = static_cast<uint32_t>(name),
                                       .clock = 390'625});
    const uint64_t handle = record_begin<RealStore, true>(recorder, 3, program, SlotState::kLive, nullptr, 0, 0);
    put_plan(map);
    live.pairs_used = 2;
    write_pair<RealStore>(map.pairs[1], 1, 1);
    live.holdings_used = 2;
    write_holding<RealStore>(
        map.holdings[1],
        {.program = handle, .who = program.who, .where = 1ull << 32, .time = 390'625, .pair = 1, .next = 0});
    Body planned = event_of(Op::kCbPlan, 400'000);
    planned.where = 1;
    record_event<RealStore>(recorder, handle, planned);
    raise_newest<RealStore>(map.pairs[1], ++live.tickets, handle_slot(handle));
    record_event<RealStore>(recorder, handle, event_of(Op::kDispatch, 410'000));
}

}  // namespace

std::vector<uint8_t> make_example_ledger() {
    const Geometry geometry{.slots = 8,
                            .rings = 2,
                            .events_per_ring = 8,
                            .text_bytes = 256,
                            .owners = 4,
                            .sessions = 4,
                            .failures = 1,
                            .plan_bytes = 64,
                            .pairs = 2,
                            .holdings = 2,
                            .traces = 1,
                            .trace_entries = 1};
    const uint64_t bytes = geometry.total_bytes();
    const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(4096, bytes), &std::free);
    std::memset(memory.get(), 0, bytes);
    const WriterMap map = map_ledger(memory.get(), geometry);
    LiveHeader& live = map.header->live;

    format(map, 0xa11ce);
    describe_process(map.header->fixed);
    set_clock(live);
    describe_chip(map);
    open_mesh(map);
    OwnerRecord& owner = map.owners[1];
    owner.op_and_tag = put_text(map, "ttnn.matmul") << 32;
    owner.thread = kThread;
    owner.check = check_of(&owner.op_and_tag, &owner.check);
    live.owners_used = 2;
    live.level = 2;
    live.rings_used = 1;
    live.slots_used = 4;
    live.state = static_cast<uint64_t>(LedgerState::kReady);

    RingHeader& ring = map.rings[0];
    ring.thread = kThread << 32 | 1;
    ring.owner = 1;
    ring.capacity = geometry.events_per_ring;
    Recorder recorder{.ring = &ring,
                      .events = map.ring_events(0),
                      .slots = map.slots,
                      .unique_ids = map.unique_ids,
                      .event_mask = geometry.events_per_ring - 1,
                      .slot_count = static_cast<uint32_t>(geometry.slots),
                      .owner = 1,
                      .freed_by = 1};
    run_program(map, recorder, put_text(map, "matmul"));
    Row* row = &map.sessions[1].rows[0];
    const uint64_t first = record_begin<RealStore, true>(recorder, 1, tensor(32, 4'194'304, 350'208, 781'250),
                                                         SlotState::kLive, row, 77, 0);
    record_begin<RealStore, true>(recorder, 2, tensor(350'240, 524'288, 45'056, 1'562'500), SlotState::kLive, row, 78,
                                  0);
    DyingStore::left = kStoresOfTheFree;
    record_end<DyingStore, true>(recorder, first, map.slots[1].control, Op::kFree, 3'906'250,
                                 [row](uint32_t, uint32_t) { return row; });

    const auto* begin = static_cast<const uint8_t*>(memory.get());
    return {begin, begin + bytes};
}

}  // namespace ttmem::ledger
