#include "src/ledger/geometry.h"

#include <algorithm>
#include <cstring>

namespace ttmem::ledger {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kRegionCount = 14;

constexpr uint64_t page_up(uint64_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

struct Layout {
    Region regions[kRegionCount];
    uint64_t fixed_bytes;
    uint64_t program_bytes;
    uint64_t total_bytes;
};

Layout lay_out(const Geometry& geometry) {
    Layout layout{};
    uint64_t offset = kHeaderBytes;
    uint64_t index = 0;
    auto place = [&](RegionType type, uint64_t stride, uint64_t count, uint64_t copies = 1) {
        layout.regions[index++] = {static_cast<uint32_t>(type), static_cast<uint32_t>(stride), offset, count, 0};
        offset = page_up(offset + stride * count * copies);
    };
    place(RegionType::kChips, sizeof(ChipRecord), kMaxChips);
    place(RegionType::kRings, sizeof(RingHeader), geometry.rings);
    place(RegionType::kFailures, sizeof(FailureRecord), geometry.failures);
    layout.fixed_bytes = offset;
    place(RegionType::kTexts, 8, geometry.text_bytes / 8);
    place(RegionType::kSessions, sizeof(SessionRecord), geometry.sessions);
    place(RegionType::kOwners, sizeof(OwnerRecord), geometry.owners);
    place(RegionType::kSlots, sizeof(Slot), geometry.slots);
    place(RegionType::kUniqueIds, sizeof(Word), geometry.slots);
    const uint64_t programs = offset;
    place(RegionType::kPlans, 8, geometry.plan_bytes / 8);
    place(RegionType::kPairs, sizeof(PairRecord), geometry.pairs);
    place(RegionType::kHoldings, sizeof(HoldingRecord), geometry.holdings);
    place(RegionType::kTraces, sizeof(TraceRecord), geometry.traces);
    place(RegionType::kTraceEntries, sizeof(Word), geometry.trace_entries);
    layout.program_bytes = offset - programs;
    place(RegionType::kEvents, sizeof(Event), geometry.events_per_ring, geometry.rings);
    layout.total_bytes = offset;
    return layout;
}

}  // namespace

void Geometry::shorten_tables() {
    slots = first_slots();
    text_bytes = std::min(text_bytes, kGrowthStep);
    sessions = std::min(sessions, kGrowthStep / sizeof(SessionRecord));
    owners = std::min(owners, kGrowthStep / sizeof(OwnerRecord));
}

uint64_t Geometry::total_bytes() const { return lay_out(*this).total_bytes; }
uint64_t Geometry::fixed_bytes() const { return lay_out(*this).fixed_bytes; }
uint64_t Geometry::program_bytes() const { return lay_out(*this).program_bytes; }

WriterMap map_ledger(void* memory, const Geometry& geometry) {
    const Layout layout = lay_out(geometry);
    auto* base = static_cast<unsigned char*>(memory);
    auto region = [&](int index) { return static_cast<void*>(base + layout.regions[index].offset); };
    WriterMap map;
    map.header = static_cast<Header*>(memory);
    map.chips = static_cast<ChipRecord*>(region(0));
    map.rings = static_cast<RingHeader*>(region(1));
    map.failures = static_cast<FailureRecord*>(region(2));
    map.texts = static_cast<uint64_t*>(region(3));
    map.sessions = static_cast<SessionRecord*>(region(4));
    map.owners = static_cast<OwnerRecord*>(region(5));
    map.slots = static_cast<Slot*>(region(6));
    map.unique_ids = static_cast<Word*>(region(7));
    map.plans = static_cast<uint64_t*>(region(8));
    map.pairs = static_cast<PairRecord*>(region(9));
    map.holdings = static_cast<HoldingRecord*>(region(10));
    map.traces = static_cast<TraceRecord*>(region(11));
    map.trace_entries = static_cast<Word*>(region(12));
    map.events = static_cast<Event*>(region(13));
    map.geometry = geometry;
    return map;
}

void format(const WriterMap& map, uint64_t first_generation) {
    const Layout layout = lay_out(map.geometry);
    StaticHeader& fixed = map.header->fixed;
    fixed.magic = kMagic;
    fixed.format_major = kFormatMajor;
    fixed.format_minor = kFormatMinor;
    fixed.header_bytes = kHeaderBytes;
    fixed.total_bytes = layout.total_bytes;
    std::memcpy(fixed.regions, layout.regions, sizeof layout.regions);
    map.header->live.texts_used.store(8, std::memory_order_relaxed);
    map.header->live.owners_used.store(1, std::memory_order_relaxed);
    map.header->live.slots_used.store(1, std::memory_order_relaxed);
    map.header->live.plans_used.store(8, std::memory_order_relaxed);
    map.header->live.pairs_used.store(1, std::memory_order_relaxed);
    map.header->live.holdings_used.store(1, std::memory_order_relaxed);
    make_slots_ready(map, 0, map.geometry.first_slots(), first_generation);
}

void make_slots_ready(const WriterMap& map, uint64_t first, uint64_t end, uint64_t first_generation) {
    for (uint64_t i = first; i < end; ++i) {
        map.slots[i].control.store(make_control(first_generation, SlotState::kFree), std::memory_order_relaxed);
    }
    map.header->live.slots_ready.store(end, std::memory_order_release);
}

void seal(StaticHeader& header) {
    uint64_t words[sizeof(StaticHeader) / 8];
    header.check = 0;
    std::memcpy(words, &header, sizeof words);
    header.check = fold(check_sum(words, sizeof words / 8));
}

}  // namespace ttmem::ledger
