#include "src/client/plans/holdings.h"

#include "src/client/plans/plans.h"
#include "src/client/tables/session_records.h"

namespace ttmem::client {

constinit Holdings holdings;

namespace {

uint32_t session_of_holding(const ledger::HoldingRecord& record) {
    return Plans::session_of(record.pairs.load(kRelaxed) >> 32);
}

}  // namespace

bool Holdings::prepare() {
    free_ = 0;
    return first_.reset(process.map.geometry.slots);
}

uint32_t Holdings::find(uint64_t program, ttmem_place place) const {
    uint64_t holding = first_[ledger::handle_slot(program)].load(kRelaxed);
    while (holding != 0) {
        const ledger::HoldingRecord& record = process.map.holdings[holding];
        if (record.where.load(kRelaxed) >> 32 == place) break;
        holding = record.next.load(kRelaxed);
    }
    return static_cast<uint32_t>(holding);
}

bool Holdings::add(ledger::NewHolding holding) {
    uint32_t number = free_;
    if (number != 0) {
        free_ = static_cast<uint32_t>(process.map.holdings[number].next.load(kRelaxed));
    } else {
        ledger::Word& used = live_header().holdings_used;
        number = static_cast<uint32_t>(used.load(kRelaxed));
        if (number >= process.map.geometry.holdings) return false;
        used.store(number + 1, kRelease);
    }
    std::atomic<uint32_t>& first = first_[ledger::handle_slot(holding.program)];
    holding.next = first.load(kRelaxed);
    ledger::write_holding<ledger::RealStore>(process.map.holdings[number], holding);
    first.store(number, kRelease);
    return true;
}

void Holdings::free(uint32_t holding) {
    ledger::HoldingRecord& record = process.map.holdings[holding];
    record.program.store(0, kRelease);
    record.next.store(free_, kRelease);  // behind it, for pairs_now()
    free_ = holding;
}

void Holdings::settle_dispatched(ledger::HoldingRecord& record) {
    const uint64_t pairs = record.pairs.load(kRelaxed), waiting = static_cast<uint32_t>(pairs);
    if (waiting == 0) return;
    const uint64_t newest = process.map.pairs[waiting].newest.load(std::memory_order_acquire);
    const uint64_t in_force =
        ledger::pair_in_force(pairs, record.planned.load(kRelaxed), record.program.load(kRelaxed), newest);
    if (in_force == waiting) {  // GCOV_EXCL_BR_LINE: a race, its dispatch settles it
        record.pairs.store(ledger::pack_pairs(waiting, 0), kRelease);
    }
}

bool Holdings::awaits(uint64_t slot, uint32_t pair) const {
    for (uint64_t holding = first_[slot].load(kRelaxed); holding != 0;) {
        ledger::HoldingRecord& record = process.map.holdings[holding];
        settle_dispatched(record);
        if (static_cast<uint32_t>(record.pairs.load(kRelaxed)) == pair) return true;
        holding = record.next.load(kRelaxed);
    }
    return false;
}

void Holdings::give_back(uint64_t slot) {
    uint32_t holding = first_[slot].exchange(0, std::memory_order_acq_rel);
    while (holding != 0) {
        const auto next = static_cast<uint32_t>(process.map.holdings[holding].next.load(kRelaxed));
        free(holding);
        holding = next;
    }
}

void Holdings::give_back_closed(uint64_t slot) {
    uint32_t next;
    for (uint32_t holding = first_[slot].load(kRelaxed); holding != 0; holding = next) {
        const ledger::HoldingRecord& record = process.map.holdings[holding];
        next = static_cast<uint32_t>(record.next.load(kRelaxed));
        if (session_records.is_open(session_of_holding(record))) continue;
        unlink(holding);
        free(holding);
    }
}

bool Holdings::is_left_behind(const ledger::HoldingRecord& record) {
    const uint64_t program = record.program.load(kRelaxed);
    const uint64_t control = process.map.slots[ledger::handle_slot(program)].control.load(std::memory_order_acquire);
    return ledger::control_generation(control) != ledger::handle_generation(program) ||
           !ledger::control_is_live(control);
}

// Takes a holding of a live program out of its chain.
void Holdings::unlink(uint32_t holding) {
    const ledger::HoldingRecord& record = process.map.holdings[holding];
    const auto next = static_cast<uint32_t>(record.next.load(kRelaxed));
    std::atomic<uint32_t>& first = first_[ledger::handle_slot(record.program.load(kRelaxed))];
    if (first.load(kRelaxed) == holding) return first.store(next, kRelease);
    for (uint64_t before = first.load(kRelaxed); before != 0;) {  // GCOV_EXCL_BR_LINE: it is there, in a ledger of ours
        ledger::Word& link = process.map.holdings[before].next;
        if (link.load(kRelaxed) == holding) return link.store(next, kRelease);
        before = link.load(kRelaxed);
    }
}

Holdings::Forgotten Holdings::forget(const SessionMarks& marks) {
    Forgotten forgotten{0, 0};
    const uint64_t used = live_header().holdings_used.load(kRelaxed);
    for (uint32_t i = 1; i < used; ++i) {
        const ledger::HoldingRecord& record = process.map.holdings[i];
        if (record.program.load(kRelaxed) == 0 || (marks[session_of_holding(record)] & kForget) == 0) continue;
        if (is_left_behind(record)) {
            ++forgotten.left_behind;
        } else {
            ++forgotten.living;
            unlink(i);
        }
        free(i);
    }
    return forgotten;
}

void Holdings::mark_sessions(SessionMarks& marks) const {
    const uint64_t used = live_header().holdings_used.load(kRelaxed);
    for (uint64_t i = 1; i < used; ++i) {
        const ledger::HoldingRecord& record = process.map.holdings[i];
        if (record.program.load(kRelaxed) == 0) continue;
        marks[session_of_holding(record)] |= is_left_behind(record) ? kHasLeftBehind : kHasHolders;
    }
}

}  // namespace ttmem::client
