#include "tests/crash/library_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "src/ledger/peaks.h"

namespace ttmem::crash {
namespace {

using ledger::Body;
using ledger::Op;
using ledger::SessionImage;
using ledger::SessionState;

uint64_t block_of(const Body& body) {
    return body.op() == Op::kProgram || body.op() == Op::kProgramEnd ? program_of(body).unique_id : body.address();
}

struct Expected {
    Op op;
    bool names_block;  // else its subject, where the harness knows it
};

Expected expected_event(CallKind kind) {
    switch (kind) {
        case CallKind::kAlloc:
            return {Op::kAlloc, true};
        case CallKind::kFree:
            return {Op::kFree, true};
        case CallKind::kView:
            return {Op::kView, true};
        case CallKind::kProgram:
            return {Op::kProgram, true};
        case CallKind::kProgramEnd:
            return {Op::kProgramEnd, true};
        case CallKind::kOpBegin:
            return {Op::kOpBegin, false};
        case CallKind::kOpEnd:
            return {Op::kOpEnd, false};
        case CallKind::kIterationBegin:
            return {Op::kIterationBegin, false};
        case CallKind::kIterationEnd:
            return {Op::kIterationEnd, false};
        default:
            return {Op::kNone, false};
    }
}

// Sessions open themselves, threads arrive: events that no call has for its own.
bool is_of_a_call(Op op) {
    switch (op) {
        case Op::kAlloc:
        case Op::kFree:
        case Op::kView:
        case Op::kProgram:
        case Op::kProgramEnd:
        case Op::kOpBegin:
        case Op::kOpEnd:
        case Op::kIterationBegin:
        case Op::kIterationEnd:
            return true;
        default:
            return false;
    }
}

class Checker {
public:
    Checker(const LedgerView& view, const Truth& truth) : view_(view), image_(view.image), truth_(truth) {}

    std::string run() {
        const auto& quality = image_.quality;
        if (quality.torn_slots + quality.bad_slots != 0 || quality.bad_records != half_described()) {
            return fmt::format("{} torn slots, {} bad slots, {} bad records", quality.torn_slots, quality.bad_slots,
                               quality.bad_records);
        }
        for (auto check : {&Checker::blocks, &Checker::rows, &Checker::peaks, &Checker::open_places, &Checker::chips,
                           &Checker::failures, &Checker::histories}) {
            if (std::string flaw = (this->*check)(); !flaw.empty()) return flaw;
        }
        return {};
    }

private:
    const SessionImage* session_of(const Body& body) const {
        return body.session() < image_.sessions.size() ? &image_.sessions[body.session()] : nullptr;
    }

    std::string blocks() {
        for (const ledger::LiveSlot& slot : image_.live) {
            const uint64_t number = block_of(slot.body);
            const auto found = truth_.blocks().find(number);
            if (found == truth_.blocks().end()) return fmt::format("phantom: block {:#x} is reported", number);
            if (reported_.count(number) != 0) return fmt::format("block {:#x} is reported twice", number);
            if (std::string flaw = block(slot, found->second); !flaw.empty()) {
                return fmt::format("block {:#x}: {}", number, flaw);
            }
        }
        for (const auto& [number, block] : truth_.blocks()) {
            if (reported_.count(number) == 0 && block.certain()) return fmt::format("lost: block {:#x}", number);
        }
        return {};
    }

    std::string block(const ledger::LiveSlot& slot, const Block& truth) {
        const Body& body = slot.body;
        const ApiCall& made_by = truth.made_by;
        const bool is_program = body.op() == Op::kProgram;
        if (is_program != (made_by.kind == CallKind::kProgram)) return "it is of another kind";
        if (truth.gone) return "it is reported, and has ended";
        if (!is_program) {
            const SessionImage* session = session_of(body);
            if (session == nullptr || session->state == SessionState::kFree) return "its session does not exist";
            if (session->place != view_.places[made_by.place]) return "it is reported at another place";
            if (session->chips != truth_.chips_of(made_by.place)) return "it is reported on other chips";
            const bool is_released = session->state == SessionState::kClosed;
            if (!is_released && truth.is_released) return "it is reported in use, and its place was closed";
            if (is_released && !truth.may_be_released) return "it is reported released, without a close";
            if (body.requested_bytes() != made_by.bytes || body.bytes_per_bank() != made_by.per_bank)
                return "wrong size";
            if (body.pool() != made_by.pool || image_.unique_id(slot.handle) != made_by.block)
                return "wrong pool or id";
            const bool persistent = truth.marked || made_by.persistent;
            if (slot.persistent() != persistent && truth.marks_in_flight == 0) return "wrong mark";
        }
        const ledger::OwnerImage owner =
            body.owner() < image_.owners.size() ? image_.owners[body.owner()] : ledger::OwnerImage{};
        if (owner.op != made_by.op || owner.tag != made_by.tag) return "wrong owner";
        if (made_by.in_iteration != (body.iteration() != 0)) return "wrong iteration";
        reported_.insert(block_of(body));
        return {};
    }

    std::string rows() {
        std::map<std::pair<uint32_t, uint32_t>, uint64_t> sums;
        for (const ledger::LiveSlot& slot : image_.live) {
            if (slot.body.op() == Op::kAlloc)
                sums[{slot.body.session(), slot.body.pool()}] += slot.body.requested_bytes();
        }
        for (uint32_t session = 1; session < image_.sessions.size(); ++session) {
            for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
                const uint64_t live = image_.sessions[session].rows[pool].live.requested;
                if (live != sums[{session, pool}]) return fmt::format("row {}/{}: live {}", session, pool, live);
            }
        }
        return {};
    }

    // Of each chip and pool: the interval that a reader derives has a value that is possible.
    std::string peaks() {
        for (uint32_t chip = 0; chip < image_.chips.size(); ++chip) {
            for (uint32_t pool = 0; pool < 2; ++pool) {
                std::vector<ledger::SessionPeak> sessions;
                for (const SessionImage& session : image_.sessions) {
                    if (session.state == SessionState::kFree || (session.chips >> chip & 1) == 0) continue;
                    sessions.push_back({session.opened, session.closed, session.rows[pool].peak_requested});
                }
                const ledger::Bounds bounds = ledger::bound_peaks(sessions.data(), sessions.size());
                const auto& past = image_.chips[chip].past_peaks[pool];
                const uint64_t low = std::max(bounds.low, past.requested_low);
                const uint64_t high = std::max(bounds.high, past.requested_high);
                const Interval truth = truth_.greatest(chip, pool);
                if (low > truth.possible || high < truth.certain) {
                    return fmt::format("chip {} pool {}: peak in [{}, {}], but truly in [{}, {}]", chip, pool, low,
                                       high, truth.certain, truth.possible);
                }
            }
        }
        return {};
    }

    std::string open_places() {
        for (uint32_t index = 0; index < view_.places.size(); ++index) {
            const auto open =
                std::count_if(image_.sessions.begin(), image_.sessions.end(), [&](const SessionImage& session) {
                    return session.state == SessionState::kOpen && session.place == view_.places[index];
                });
            const PlaceTruth& truth = truth_.place(index);
            if (open > 1) return fmt::format("place {} is open {} times", index, open);
            if (truth.opening + truth.closing > 0 || !truth.known) continue;
            if (open != truth.open)
                return fmt::format("place {} is {}", index, open ? "open, and was closed" : "not open");
        }
        return {};
    }

    // Chips whose description was cut short; nothing else may be damaged, and only a call in flight may do that.
    uint64_t half_described() const {
        uint64_t chips = 0, calls = 0;
        for (const ledger::ChipImage& chip : image_.chips) chips += !chip.described;
        for (int thread = 0; thread < truth_.threads(); ++thread) {
            const auto& call = truth_.in_flight(thread);
            calls += call && call->kind == CallKind::kDescribe;
        }
        return chips <= calls ? chips : 0;
    }

    std::string chips() {
        for (uint32_t chip = 0; chip < 2; ++chip) {
            if (chip >= image_.chips.size() || !image_.chips[chip].known)
                return fmt::format("chip {} is not known", chip);
        }
        return {};
    }

    std::string failures() {
        const uint64_t done = truth_.failures(), seen = image_.failures.size(),
                       capacity = image_.regions.failures.count;
        const uint64_t least = std::min(done, capacity);
        // While one is written, the oldest has no place any more.
        if (seen + truth_.failure_in_flight() < least || seen > done + static_cast<uint64_t>(truth_.threads())) {
            return fmt::format("{} failures, but {} were recorded", seen, done);
        }
        return {};
    }

    std::string histories() {
        return view_.find_flaw([this](int thread, const ledger::History& seen) { return history(thread, seen); });
    }

    std::string history(int thread, const ledger::History& history) {
        std::vector<ApiCall> expected = truth_.history(thread);
        const auto& in_flight = truth_.in_flight(thread);
        const size_t finished = expected.size();
        if (in_flight && Truth::has_event(in_flight->kind)) expected.push_back(*in_flight);
        size_t seen = 0;
        for (const ledger::HistoryEvent& event : history.events) {
            if (!is_of_a_call(event.body.op())) continue;
            if (seen == expected.size()) return "an event of nothing";
            const ApiCall& call = expected[seen++];
            const Expected what = expected_event(call.kind);
            const uint64_t number = event.body.op() == Op::kView ? event.subject : block_of(event.body);
            if (event.body.op() != what.op || (what.names_block && number != call.block) ||
                (call.subject != 0 && event.subject != call.subject)) {
                return fmt::format("event {} is not what happened", seen - 1);
            }
        }
        if (seen < finished) return fmt::format("{} events of {} calls", seen, finished);
        if (!in_flight || in_flight->kind != CallKind::kAlloc || truth_.blocks().at(in_flight->block).may_be_released)
            return {};
        if ((seen > finished) != (reported_.count(in_flight->block) != 0))
            return "the allocation in flight is half there";
        return {};
    }

    const LedgerView& view_;
    const ledger::LedgerImage& image_;
    const Truth& truth_;
    std::set<uint64_t> reported_;  // blocks
};

}  // namespace

std::string find_flaw(const LedgerView& view, const Truth& truth) { return Checker(view, truth).run(); }

}  // namespace ttmem::crash
