#include "src/client/tables/untracked.h"

#include <string.h>

#include "src/client/process/slow_path.h"
#include "src/client/tables/session_records.h"

namespace ttmem::client {

constinit Untracked untracked;

namespace {

using ledger::Word;

// Six significant bits and a power of two: below 2^11 for all sizes below 2^53.
constexpr uint64_t code_of(uint64_t bytes) {
    if (bytes < 32) return bytes;
    uint64_t power = 58 - static_cast<uint64_t>(__builtin_clzll(bytes));
    uint64_t significant = bytes >> power;
    if (significant << power != bytes) ++significant;
    if (significant == 64) significant = 32, ++power;
    return (power + 1) << 5 | (significant - 32);
}
constexpr uint64_t bytes_of(uint64_t code) {
    const uint64_t power = code >> 5;
    return power == 0 ? code : (32 + (code & 31)) << (power - 1);
}
static_assert(bytes_of(code_of(31)) == 31 && bytes_of(code_of(32)) == 32 && bytes_of(code_of(4096)) == 4096);
static_assert(bytes_of(code_of(65)) == 66 && bytes_of(code_of((1ull << 44) - 1)) == 1ull << 44);
static_assert(code_of((1ull << 53) - 1) < 1 << 11);

// From the low end: slot 20, which is 0 | ledger 6 | generation of the session 1 | session 12 | pool 3 | requested 11 |
// reserved 11.
struct Name {
    uint64_t ledger, generation, session, pool, requested, reserved;
};
constexpr uint64_t pack(const Name& n) {
    return (((((n.reserved << 11 | n.requested) << 3 | n.pool) << 12 | n.session) << 1 | n.generation) << 6 | n.ledger)
           << 20;
}
constexpr Name unpack(uint64_t handle) {
    return {handle >> 20 & 0x3f, handle >> 26 & 1,     handle >> 27 & 0xfff,
            handle >> 39 & 7,    handle >> 42 & 0x7ff, handle >> 53};
}
static_assert(kMaxSessions == 1 << 12);

// Of this ledger: what a child inherits is another's. Not 0, so that no handle is.
uint64_t this_ledger() { return 1 + process.first_generation % 63; }

uint64_t session_generation(uint32_t session) {
    return session != 0 ? process.map.sessions[session].control.load(kRelaxed) >> 9 & 1 : 0;  // a use adds 2
}

void add_to(Word& word, uint64_t bytes) { word.store(word.load(kRelaxed) + bytes, kRelaxed); }
void take_from(Word& word, uint64_t bytes) {
    const uint64_t now = word.load(kRelaxed);
    word.store(now > bytes ? now - bytes : 0, kRelaxed);
}
void raise(Word& most, const Word& now) {
    if (most.load(kRelaxed) < now.load(kRelaxed)) most.store(now.load(kRelaxed), kRelaxed);
}

}  // namespace

ledger::RowUntracked* Untracked::now_of(uint32_t session, uint32_t pool) {
    return session != 0 ? &process.map.sessions[session].untracked_now[pool] : nullptr;
}

ttmem_handle Untracked::add(uint32_t session, uint32_t pool, uint64_t requested, uint64_t reserved, End end) {
    const SlowPath slow;
    LockGuard guard(process.page->untracked);
    ledger::LiveHeader& live = live_header();
    count(live.untracked_allocations);
    count(live.untracked_bytes, requested);
    if (ledger::Row* row = SessionRecords::row(session, pool)) {
        count(row->untracked_allocations);
        count(row->untracked_requested, requested);
        count(row->untracked_reserved, reserved);
    }
    const Name name{this_ledger(), session_generation(session), session, pool, code_of(requested), code_of(reserved)};
    const Sizes rounded{bytes_of(name.requested), bytes_of(name.reserved)};
    add_to(live.untracked_now_bytes, rounded.requested);
    add_to(live.untracked_now_allocations, 1);
    if (ledger::RowUntracked* now = now_of(session, pool)) {
        add_to(now->requested, rounded.requested);
        add_to(now->reserved, rounded.reserved);
        add_to(now->allocations, 1);
        raise(now->most_requested, now->requested);
        raise(now->most_reserved, now->reserved);
    }
    if (end == End::kNever) return 0;
    Awaited& awaited = awaited_[session * ledger::kPools + pool];
    any_ = true;
    any_by_address_ = any_by_address_ || end == End::kByAddress;
    ++(end == End::kByAddress ? awaited.by_address : awaited.by_handle);
    return pack(name);
}

// One less. Sizes 0 where nobody knows them. Requires: the lock.
void Untracked::take_off(uint32_t session, uint32_t pool, Sizes sizes) {
    ledger::LiveHeader& live = live_header();
    if (ledger::RowUntracked* now = now_of(session, pool)) {
        take_from(now->allocations, 1);
        if (now->allocations.load(kRelaxed) == 0) {
            sizes.requested = now->requested.load(kRelaxed);
            sizes.reserved = now->reserved.load(kRelaxed);
        }
        take_from(now->requested, sizes.requested);
        take_from(now->reserved, sizes.reserved);
    }
    take_from(live.untracked_now_allocations, 1);
    if (live.untracked_now_allocations.load(kRelaxed) == 0) sizes.requested = UINT64_MAX;
    take_from(live.untracked_now_bytes, sizes.requested);
}

ttmem_result Untracked::end(ttmem_handle handle) {
    const SlowPath slow;
    LockGuard guard(process.page->untracked);
    ledger::LiveHeader& live = live_header();
    const Name name = unpack(handle);
    const auto session = static_cast<uint32_t>(name.session), pool = static_cast<uint32_t>(name.pool);
    if (name.ledger != this_ledger() || pool >= ledger::kPools || session >= process.map.geometry.sessions) {
        count(process.is_forked ? live.foreign_free : live.unknown_free);
        return TTMEM_UNKNOWN;
    }
    const bool closed =
        session != 0 && (!session_records.is_open(session) || session_generation(session) != name.generation);
    if (closed) {
        count(live.late_free);
        return TTMEM_OK;
    }
    Awaited& awaited = awaited_[session * ledger::kPools + pool];
    uint64_t& number = awaited.by_handle != 0 ? awaited.by_handle : awaited.by_address;
    if (number == 0) {
        count(live.double_free);
        return TTMEM_UNKNOWN;
    }
    --number;
    take_off(session, pool, {bytes_of(name.requested), bytes_of(name.reserved)});
    return TTMEM_OK;
}

bool Untracked::end_at(uint32_t session, uint32_t pool) {
    const SlowPath slow;
    LockGuard guard(process.page->untracked);
    if (session == 0) {  // closed, which has released it
        if (any_by_address_) count(live_header().late_free);
        return any_by_address_;
    }
    uint64_t& number = awaited_[session * ledger::kPools + pool].by_address;
    if (number == 0) return false;
    --number;
    take_off(session, pool, {0, 0});
    return true;
}

void Untracked::release(uint32_t session) {
    LockGuard guard(process.page->untracked);
    ledger::LiveHeader& live = live_header();
    for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
        ledger::RowUntracked& now = *now_of(session, pool);
        take_from(live.untracked_now_allocations, now.allocations.load(kRelaxed));
        take_from(live.untracked_now_bytes, now.requested.load(kRelaxed));
        for (Word* word : {&now.allocations, &now.requested, &now.reserved}) word->store(0, kRelaxed);
        awaited_[session * ledger::kPools + pool] = {};
    }
}

void Untracked::reset() {
    if (any_) memset(awaited_, 0, sizeof awaited_);
    any_ = any_by_address_ = false;
}

}  // namespace ttmem::client
