// What a look at the slots and holdings tells that no ring does.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/collector/process_history.h"

namespace ttmem {

using ledger::LedgerImage;
using ledger::Op;
using ledger::TickConverter;

// What programs had planned when their history begins: of them no event tells.
void ProcessHistory::add_plans_before(const ledger::ByteSource& source, const LedgerImage& image,
                                      const std::vector<Raw>& raw, WallTime at) {
    std::set<std::pair<uint64_t, uint32_t>> told;  // program and session
    for (const Raw& r : raw) {
        if (r.body.op() == Op::kCbPlan) told.emplace(r.subject, r.body.session());
    }
    for (const ledger::HoldingImage& holding : image.holdings) {
        const ledger::PairImage& pair = image.pairs[holding.waiting != 0 ? holding.waiting : holding.pair];
        const uint32_t place = place_of(pair.session, 0);
        if (holding.left_behind || pair.plan == 0 || place == kNoPlace) continue;
        if (told.contains({holding.program, pair.session})) continue;
        const uint64_t number = image.plans[pair.plan - 1].number;
        learn_plan(source, image, number);
        happened(EventKind::kPlanChanged, at, holding.program, place, plans_[number]);
    }
}

// What is different with circular buffers since the look before, where only looks tell.
void ProcessHistory::tell_plans(const ledger::ByteSource& source, const LedgerImage& image, WallTime at) {
    decltype(planned_) planned;
    std::set<uint32_t> closed;  // places: whose close released them
    for (const ledger::HoldingImage& holding : image.holdings) {
        const ledger::PairImage& pair = image.pairs[holding.waiting != 0 ? holding.waiting : holding.pair];
        const uint32_t place = place_of(pair.session, 0);
        if (holding.left_behind || pair.plan == 0 || place == kNoPlace) continue;
        planned[{holding.program, place}] = image.plans[pair.plan - 1].number;
        if (openings_[pair.session].closed_at != 0) closed.insert(place);
    }
    std::set<uint64_t> freed;  // of programs that live
    for (const auto& [key, number] : planned_) {
        if (!planned.contains(key) && slot_of(key.first).handle == key.first) freed.insert(key.first);
    }
    for (const uint64_t program : freed) happened(EventKind::kCircularBuffersFreed, at, program, 0);
    for (const auto& [key, number] : planned) {
        const auto before = planned_.find(key);
        const bool is_told = before != planned_.end() && before->second == number && !freed.contains(key.first);
        if (is_told || closed.contains(key.second)) continue;
        learn_plan(source, image, number);
        happened(EventKind::kPlanChanged, at, key.first, key.second, plans_[number]);
    }
    planned_ = std::move(planned);
}

// What its ring has lost: that something began, or ended, in a slot.
void ProcessHistory::add_begin(const Slot& slot, const LedgerImage& image, WallTime at) {
    const Op op = slot.body.op();
    Event event;
    event.kind = op == Op::kProgram ? EventKind::kProgramCreated
                 : op == Op::kTrace ? EventKind::kTraceCaptured
                                    : EventKind::kAllocated;
    event.at = at;
    describe(slot.handle, slot.body, slot.persistent, event);
    const Owner who = owner(image, slot.body.owner());
    event.op = who.op;
    event.tag = who.tag;
    event.thread = who.thread;
    if (op == Op::kAlloc) event.stack = tables_.stack(image, slot.stack, stacks_);
    if (op != Op::kAlloc) event.name = text(image, ledger::holder_name(slot.body));
    if (event.place != kNoPlace) pending_.push_back(event);
}

void ProcessHistory::add_end(const Slot& slot, WallTime at) {
    const Op op = slot.body.op();
    Event event;
    event.kind = op == Op::kProgram ? EventKind::kProgramDestroyed
                 : op == Op::kTrace ? EventKind::kTraceReleased
                                    : EventKind::kFreed;
    event.at = at;
    describe(slot.handle, slot.body, slot.persistent, event);
    if (event.place != kNoPlace) pending_.push_back(event);
}

// Whether its place was closed, which released it.
bool ProcessHistory::is_closed(const ledger::Body& body) const {
    return body.session() < openings_.size() && openings_[body.session()].closed_at != 0;
}

// The same of what a slot had: its session's record may be another opening's by now.
bool ProcessHistory::was_released(const Slot& slot) const {
    if (slot.body.op() == Op::kProgram || slot.body.session() >= openings_.size()) return false;
    return is_closed(slot.body) || slot.at < openings_[slot.body.session()].opened_at;
}

void ProcessHistory::happened(EventKind kind, WallTime at, uint64_t subject, uint32_t place, uint32_t plan) {
    if (place == kNoPlace) return;
    Event event;
    event.kind = kind, event.at = at, event.process = process_.value;
    event.subject = subject, event.place = place, event.plan = plan;
    pending_.push_back(event);
}

// What a ledger knows of places without any event.
void ProcessHistory::tell_openings() {
    for (const Opening& opening : openings_) {
        if (opening.place == 0) continue;
        happened(EventKind::kPlaceOpened, opening.opened_at, 0, opening.place - 1);
        if (opening.closed_at != 0) happened(EventKind::kPlaceClosed, opening.closed_at, 0, opening.place - 1);
    }
}

// What began in a slot and was not told: as of when it did, where that is known and was after `from`.
void ProcessHistory::tell_begin(const ledger::LiveSlot& live, const LedgerImage& image, const TickConverter& times,
                                WallTime from, WallTime now) {
    WallTime at = every_ != 0 ? now : std::max(times.wall_ns(live.body.clock()), from);
    if (at == 0) at = now;
    const uint32_t session = live.body.session();  // whose clock may be ahead
    if (live.body.op() != Op::kProgram && session < openings_.size()) at = std::max(at, openings_[session].opened_at);
    Slot& slot = slot_of(live.handle);
    slot = {live.handle, at, live.body, live.persistent(), live.stack};
    if (!is_closed(slot.body)) add_begin(slot, image, at);
}

void ProcessHistory::settle(const ledger::ByteSource& source, const LedgerImage& image, const TickConverter& times,
                            WallTime now) {
    std::vector<uint64_t> live(slots_.size(), 0);  // handles, by slot
    for (const ledger::LiveSlot& now_live : image.live) {
        const uint64_t number = ledger::handle_slot(now_live.handle);
        if (number >= live.size()) live.resize(number + 1, 0);
        live[number] = now_live.handle;
    }
    const bool all_frees_told = !lossy_ && every_ == 0;
    uint64_t differences = 0;
    WallTime begins_from = looked_at_;
    // Ends first: what is live in between was so at one of the two looks.
    for (size_t i = 0; i < slots_.size(); ++i) {
        if (slots_[i].handle == 0 || slots_[i].handle == live[i]) continue;
        if (!all_frees_told || !was_released(slots_[i])) {  // else it is only forgotten, to make room
            differences += live[i] == 0;
            add_end(slots_[i], now);
            // Where only looks tell, what has begun may never have lived beside it.
            if (is_silent_) begins_from = now;
        }
        remember_end(slots_[i]);
        slots_[i].handle = 0;
    }
    // Programs and traces come before what belongs to them.
    for (const bool holders : {true, false}) {
        for (const ledger::LiveSlot& now_live : image.live) {
            if ((now_live.body.op() != Op::kAlloc) != holders) continue;
            Slot& slot = slot_of(now_live.handle);
            if (slot.handle != now_live.handle) {
                ++differences;
                tell_begin(now_live, image, times, begins_from, now);
                continue;
            }
            if (now_live.persistent() && !slot.persistent)
                happened(EventKind::kMadePersistent, now, slot.handle, place_of(slot.body.session(), 0));
            slot.persistent = now_live.persistent();
        }
    }
    if (every_ != 0) return tell_plans(source, image, now);
    if (!why_lossy_.empty() && differences != 0) {
        gap(looked_at_, now, 0, why_lossy_ + "; what changed between two looks is told as of the later one");
    } else if (!lossy_ && differences > image.rings.size()) {  // each may be in an operation at this moment
        gap(looked_at_, now, 0, "its events do not tell how what is live came to be");
    }
    lossy_ = false;
    looked_at_ = now;
}

}  // namespace ttmem
