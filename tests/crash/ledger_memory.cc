#include "tests/crash/ledger_memory.h"

#include <cstdlib>
#include <cstring>
#include <vector>

namespace ttmem::crash {
namespace {

constexpr size_t kPage = 4096;

uint64_t sum_of(const ledger::Word* first, const ledger::Word* end) {
    const std::vector<uint64_t> words(first, end);
    return ledger::check_sum(words.data(), words.size());
}

}  // namespace

void LedgerMemory::Free::operator()(std::byte* memory) const { std::free(memory); }

LedgerMemory::LedgerMemory(const ledger::Geometry& geometry) {
    const size_t bytes = geometry.total_bytes();
    memory_.reset(static_cast<std::byte*>(std::aligned_alloc(kPage, bytes)));
    std::memset(memory_.get(), 0, bytes);
    map_ = ledger::map_ledger(memory_.get(), geometry);
    ledger::format(map_, 41);
    ledger::StaticHeader& fixed = map_.header->fixed;
    fixed.pid = 4242;
    fixed.ledger_id[0] = fixed.boot_id[0] = 1;
    fixed.clock_kind = static_cast<uint32_t>(ledger::ClockKind::kMonotonicCoarse);
    ledger::seal(fixed);
    ledger::LiveHeader& live = map_.header->live;
    live.level = 2;
    live.rings_used = geometry.rings;
    live.first_wall_ns = live.latest_wall_ns = 1'000'000'000;
    live.state = static_cast<uint64_t>(ledger::LedgerState::kReady);
    for (uint64_t ring = 0; ring < geometry.rings; ++ring) {
        map_.rings[ring].capacity = geometry.events_per_ring;
        map_.rings[ring].thread = (100 + ring) << 32 | 1;
    }
}

void LedgerMemory::add_chip() {
    ledger::ChipRecord& chip = map_.chips[0];
    chip.chip_id = 0xc0ffee;
    for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
        chip.banks[pool] = 12;
        chip.bytes_per_bank[pool] = 1 << 30;
    }
    chip.check = sum_of(&chip.chip_id, &chip.past_peaks[0].requested_low);
    chip.sequence = 2;
}

void LedgerMemory::open_session(uint32_t number) {
    ledger::SessionRecord& session = map_.sessions[number];
    session.place = 1ull << 32 | number;
    session.number = number;
    session.chips = 1;
    session.opened = ++map_.header->live.session_clock;
    session.check = sum_of(&session.place, &session.opened + 1);
    session.control = 1ull << 8 | static_cast<uint64_t>(ledger::SessionState::kOpen);
}

}  // namespace ttmem::crash
