#include "src/client/plans/plans.h"

#include <string.h>

#include "src/ledger/plan_recorder.h"

namespace ttmem::client {

constinit Plans plans;

namespace {

constexpr uint64_t kFewestPlanBytes = 16;

uint64_t packed_ranges(const ttmem_core_range* ranges, uint32_t count, uint32_t first) {
    const auto pack = [&](uint32_t i) -> uint64_t {
        return i < count ? ledger::pack_range(ranges[i].x0, ranges[i].y0, ranges[i].x1, ranges[i].y1) : 0;
    };
    return pack(first) | pack(first + 1) << 32;
}

uint64_t words_of(const uint64_t* record) {
    ledger::PlanHead head;
    memcpy(&head, record, sizeof head);
    return head.words;
}

}  // namespace

bool Plans::is_valid(const ttmem_circular_buffer* buffers, uint32_t count) {
    if (count > ledger::kMaxPlanBuffers || (count != 0 && buffers == nullptr)) return false;
    for (uint32_t i = 0; i < count; ++i) {
        const ttmem_circular_buffer& b = buffers[i];
        const bool aliased = (b.flags & TTMEM_CB_ALIASED) != 0;
        const uint32_t kind = b.flags & ~TTMEM_CB_ALIASED;
        if (kind != 0 && kind != TTMEM_CB_DATAFLOW && kind != TTMEM_CB_SCRATCHPAD) return false;
        if (b.range_count > ledger::kMaxPlanRanges || (b.range_count != 0 && b.ranges == nullptr)) return false;
        if (b.bytes >> 40 != 0 || (!aliased && b.address >> 40 != 0)) return false;
        for (uint32_t r = 0; r < b.range_count; ++r) {
            const ttmem_core_range& range = b.ranges[r];
            if (range.x0 > range.x1 || range.y0 > range.y1 || range.x1 >= ledger::kMaxCoreCoordinate ||
                range.y1 >= ledger::kMaxCoreCoordinate) {
                return false;
            }
        }
    }
    return true;
}

bool Plans::prepare() {
    uint64_t entries = 64;
    while (entries < 2 * process.map.geometry.plan_bytes / kFewestPlanBytes) entries *= 2;
    entry_mask_ = entries - 1;
    free_pair_ = 0;
    return entries_.reset(entries) && next_pair_.reset(process.map.geometry.pairs);
}

// Writes the record of a plan to record_, and gives its length.
uint64_t Plans::write(const ttmem_circular_buffer* buffers, uint32_t count) {
    uint64_t end = sizeof(ledger::PlanHead) / 8;
    for (uint32_t i = 0; i < count; ++i) {
        const ttmem_circular_buffer& b = buffers[i];
        const bool aliased = (b.flags & TTMEM_CB_ALIASED) != 0;
        const ledger::PlanBuffer buffer{b.index, b.flags, b.range_count, 0, aliased ? 0 : b.address, b.bytes};
        memcpy(&record_[end], &buffer, sizeof buffer);
        end += sizeof buffer / 8;
        for (uint32_t r = 0; r < b.range_count; r += 2) record_[end++] = packed_ranges(b.ranges, b.range_count, r);
    }
    ledger::PlanHead head{static_cast<uint32_t>(end), count, 0};
    memcpy(record_, &head, sizeof head);
    head.check = ledger::plan_check(record_, end);
    memcpy(record_, &head, sizeof head);
    return end;
}

// The entry of this record, or the one where it belongs.
Plans::Entry* Plans::find(const uint64_t* record, uint64_t words) {
    for (uint64_t bucket = record[1] * ledger::kOdd[1] >> 32;; ++bucket) {
        Entry& entry = entries_[bucket & entry_mask_];
        if (entry.plan == 0) return &entry;
        const uint64_t* there = process.map.plans + entry.plan;
        if (words_of(there) == words && memcmp(there, record, words * 8) == 0) return &entry;
    }
}

Plans::Entry* Plans::find_or_append(uint64_t words) {
    Entry* entry = find(record_, words);
    if (entry->plan != 0) return entry;
    ledger::Word& used = live_header().plans_used;
    const uint64_t number = used.load(kRelaxed) / 8;
    if ((number + words) * 8 > process.map.geometry.plan_bytes) return nullptr;
    memcpy(process.map.plans + number, record_, words * 8);
    used.store((number + words) * 8, std::memory_order_release);
    entry->plan = static_cast<uint32_t>(number);
    return entry;
}

uint32_t Plans::take_pair() {
    if (free_pair_ != 0) {
        const uint32_t pair = free_pair_;
        free_pair_ = next_pair_[pair];
        return pair;
    }
    ledger::Word& used = live_header().pairs_used;
    const uint64_t pair = used.load(kRelaxed);
    if (pair >= process.map.geometry.pairs) return 0;
    used.store(pair + 1, std::memory_order_release);
    return static_cast<uint32_t>(pair);
}

uint32_t Plans::pair_of(Entry& entry, uint32_t session) {
    for (uint32_t pair = entry.first_pair; pair != 0; pair = next_pair_[pair]) {
        if (ledger::pair_session(process.map.pairs[pair].key.load(kRelaxed)) == session) return pair;
    }
    const uint32_t pair = take_pair();
    if (pair == 0) return 0;
    ledger::write_pair<ledger::RealStore>(process.map.pairs[pair], entry.plan, session);
    next_pair_[pair] = entry.first_pair;
    entry.first_pair = pair;
    return pair;
}

uint32_t Plans::find_or_add(const ttmem_circular_buffer* buffers, uint32_t count, uint32_t session) {
    Entry* entry = find_or_append(write(buffers, count));
    return entry == nullptr ? 0 : pair_of(*entry, session);
}

uint32_t Plans::find_or_add_again(uint32_t pair, uint32_t session) {
    const uint64_t* record = process.map.plans + ledger::pair_plan(process.map.pairs[pair].key.load(kRelaxed));
    return pair_of(*find(record, words_of(record)), session);
}

void Plans::forget(SessionMarks& marks) {
    for (uint64_t i = 0; i <= entry_mask_; ++i) {
        for (uint32_t* link = &entries_[i].first_pair; *link != 0;) {
            const uint32_t pair = *link;
            ledger::Word& key = process.map.pairs[pair].key;
            uint8_t& mark = marks[ledger::pair_session(key.load(kRelaxed))];
            if ((mark & kForget) == 0) {
                link = &next_pair_[pair];
                continue;
            }
            mark |= kHadPairs;
            key.store(0, std::memory_order_release);
            *link = next_pair_[pair];
            next_pair_[pair] = free_pair_;
            free_pair_ = pair;
        }
    }
}

}  // namespace ttmem::client
