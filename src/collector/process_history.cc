#include "src/collector/process_history.h"

#include <algorithm>
#include <set>
#include <utility>

#include "src/base/text.h"
#include "src/collector/cb_figures.h"
#include "src/collector/join.h"
#include "src/reader/plans.h"

namespace ttmem {

using ledger::LedgerImage;
using ledger::Op;
using ledger::TickConverter;

namespace {

constexpr WallTime kTick = 20'000'000;  // times may be that much older than what they are of
constexpr uint32_t kLevelEvents = 2;

uint32_t iteration_of(uint64_t subject) { return static_cast<uint32_t>(subject & 0xffffff); }  // the name is above it

}  // namespace

void ProcessHistory::gap(WallTime from, WallTime to, uint64_t events, std::string why) {
    gaps_.push_back({process_, from, to, events, std::move(why)});
}

// The new events of all rings, each after whatever it depends on. Gives the number of those that are lost.
uint64_t ProcessHistory::read(const ledger::ByteSource& source, const LedgerImage& image, std::vector<Raw>& raw) {
    const size_t rings = image.rings.size();
    cursors_.resize(std::max(cursors_.size(), rings), 0);
    ring_times_.resize(cursors_.size(), 0);
    threads_.resize(cursors_.size(), 0);
    made_in_capture_.resize(cursors_.size(), 0);
    uint64_t lost = 0;
    uint32_t sources = 0;
    for (uint32_t ring = 0; ring < rings; ++ring) {
        if (image.rings[ring].events <= cursors_[ring]) continue;
        const ledger::History history = ledger::LedgerReader::history(source, image, ring, cursors_[ring]);
        for (const ledger::HistoryEvent& event : history.events) {
            raw.push_back({event.subject, event.body, event.low, ring});
            if (event.body.op() == Op::kCbPlan) learn_plan(source, image, event.body.where);
        }
        if (threads_[ring] == 0) threads_[ring] = image.rings[ring].thread;
        cursors_[ring] = history.to;
        lost += history.lost;
        if (history.lost != 0) made_in_capture_[ring] = 0;
        sources += !history.events.empty();
    }
    if (sources > 1) {
        std::stable_sort(raw.begin(), raw.end(),
                         [](const Raw& a, const Raw& b) { return a.body.lamport() < b.body.lamport(); });
    }
    return lost;
}

void ProcessHistory::begin(const ledger::ByteSource& source, const LedgerImage& image, const TickConverter& times,
                           bool past, WallTime now, std::vector<Allocation>& live_before) {
    update_tables(image, times, 0);
    // What lives is then told as allocated when it was.
    const bool tells_past_by_slots = past && every_ == 0 && !tells_events(image);
    for (const ledger::LiveSlot& live : image.live) {
        if (tells_past_by_slots) break;
        Slot& slot = slot_of(live.handle);
        slot = {live.handle, 0, live.body, live.persistent(), live.stack};
    }
    std::vector<Raw> raw;
    if (past && every_ == 0) {
        const uint64_t lost = read(source, image, raw);
        WallTime begin = 0;  // from then on there are events of all rings
        for (uint32_t ring = 0; lost != 0 && ring < image.rings.size(); ++ring) {
            if (image.rings[ring].overwritten == 0) continue;
            const auto first = std::find_if(raw.begin(), raw.end(), [&](const Raw& r) { return r.ring == ring; });
            if (first != raw.end()) begin = std::max(begin, times.wall_ns(first->body.clock()));
        }
        if (lost != 0) {
            gap(times.wall_ns(1), begin, lost, "its rings keep the latest events only (TTMEM_HISTORY_BYTES)");
            drop_before(begin, times, raw);
        } else if (const WallTime raised_at = history_began_at(raw, times)) {
            gap(times.wall_ns(1), raised_at, 0, "its TTMEM_LEVEL kept no history before");
        }
    } else {
        for (const ledger::RingImage& ring : image.rings) cursors_.push_back(ring.events);
        ring_times_.resize(cursors_.size(), 0);
        for (const ledger::RingImage& ring : image.rings) threads_.push_back(ring.thread);
    }
    undo(raw, live_before, image, times);
    if (every_ != 0) {
        tell_plans(source, image, now);
    } else {
        add_plans_before(source, image, raw, raw.empty() ? now : times.wall_ns(raw.front().body.clock()));
    }
    add_failures(image, times);
    if (!past) failures_seen_ = std::max(failures_seen_, image.counters.failures);
    if (tells_past_by_slots && raw.empty()) tell_openings();
    tell_silence(image, times, raw, past ? times.wall_ns(1) : now, now);
    convert(image, times, raw);
    misses_ = image.counters.ring_misses, refused_ = image.counters.history_refused;
    if (past && misses_ + refused_ != 0) {
        lossy_ = true;
        gap(times.wall_ns(1), now, image.counters.ring_misses,
            "some of its threads have no history; what they had done is told as of the first look");
    }
    looked_at_ = tells_past_by_slots ? 0 : now;
    if (lossy_) settle(source, image, times, now);
    if (every_ == 0) return;
    gap(now, 0, 0,
        "it was looked at every " + human_duration(every_) +
            ": what came and went between two looks is not told, the rest as of the later one");
    gaps_.back().sampled = true;
}

// When its level was raised, if a place was open by then, of which no ring tells; else 0: its history begins with it.
WallTime ProcessHistory::history_began_at(const std::vector<Raw>& raw, const TickConverter& times) const {
    const auto first = std::ranges::find_if(raw, [](const Raw& r) { return r.body.op() != Op::kThread; });
    if (first == raw.end() || first->body.op() != Op::kLevel) return 0;
    const WallTime at = times.wall_ns(raw.front().body.clock());
    const bool was_open =
        std::ranges::any_of(openings_, [&](const Opening& o) { return o.place != 0 && o.opened_at < at; });
    return was_open ? at : 0;
}

// A plan stays in its ledger, so that it can be read whenever an event names it.
void ProcessHistory::learn_plan(const ledger::ByteSource& source, const LedgerImage& image, uint64_t number) {
    const auto [at, fresh] = plans_.try_emplace(number, 0);
    if (!fresh) return;
    const auto plan = ledger::read_plan(source, image.regions, number);
    if (plan) at->second = tables_.add(plan_of(*plan));
    unread_plans_ += !plan;
}

void ProcessHistory::drop_before(WallTime begin, const TickConverter& times, std::vector<Raw>& raw) {
    std::erase_if(raw, [&](const Raw& r) { return times.wall_ns(r.body.clock()) < begin; });
}

// From what is live after the events to what was live before them.
void ProcessHistory::undo(const std::vector<Raw>& raw, std::vector<Allocation>& live_before, const LedgerImage& image,
                          const TickConverter& times) {
    std::vector<bool> closes(openings_.size(), false);
    std::set<uint32_t> open_iterations;
    for (const ledger::RingImage& ring : image.rings) {
        for (const uint64_t iteration : ring.iterations) open_iterations.insert(iteration_of(iteration));
    }
    for (auto event = raw.rbegin(); event != raw.rend(); ++event) {
        const Op op = event->body.op();
        if (op == Op::kSessionClose && event->body.session() < closes.size()) closes[event->body.session()] = true;
        if (op == Op::kPersistent) slot_of(event->subject).persistent = false;
        if (op == Op::kIterationBegin) open_iterations.erase(iteration_of(event->subject));
        if (op == Op::kIterationEnd) open_iterations.insert(iteration_of(event->subject));
        if (is_begin(op)) slot_of(event->subject).handle = 0;
        if (is_end(op)) {
            Slot& slot = slot_of(event->subject);
            slot.handle = event->subject;
            slot.body = event->body;
            slot.stack = 0;  // an end has the owner there
            const Op begun = op == Op::kFree ? Op::kAlloc : op == Op::kProgramEnd ? Op::kProgram : Op::kTrace;
            slot.body.time = ledger::pack_time(0, event->body.allocation_class(), begun);
        }
    }
    for (const Slot& slot : slots_) {
        if (slot.handle != 0 && slot.body.op() != Op::kAlloc) add_holder(slot, image, times);
    }
    for (const Slot& slot : slots_) {
        if (slot.handle == 0 || slot.body.op() != Op::kAlloc) continue;
        Allocation allocation = allocation_of(slot, image, times);
        const uint32_t session = slot.body.session();
        if (session >= openings_.size() || openings_[session].place == 0) continue;
        const Place& place = tables_.snapshot().places[allocation.place.value];
        allocation.released = !place.open && !closes[session];
        allocation.iteration_over = allocation.iteration != 0 && !open_iterations.contains(allocation.iteration);
        live_before.push_back(allocation);
    }
}

bool ProcessHistory::follow(const ledger::ByteSource& source, const LedgerImage& image, const TickConverter& times,
                            WallTime now) {
    update_tables(image, times, tells_events(image) ? 0 : now);
    if (every_ != 0) {
        add_failures(image, times);
        return false;
    }
    std::vector<Raw> raw;
    const uint64_t lost = read(source, image, raw);
    const uint64_t missed = image.counters.ring_misses - std::min(image.counters.ring_misses, misses_);
    if (lost != 0 || missed != 0 || image.counters.history_refused != refused_) {
        gap(looked_at_, now, lost + missed,
            lost != 0 ? "its rings were overwritten before they could be read" : "some of its threads have no history");
        lossy_ = true;
        why_lossy_.clear();
    }
    misses_ = image.counters.ring_misses, refused_ = image.counters.history_refused;
    tell_silence(image, times, raw, looked_at_, now);
    add_failures(image, times);
    convert(image, times, raw);
    if (!lossy_) looked_at_ = now;
    return !lossy_;
}

// While its level was too low for events, nothing was told: also of what had begun and ended by the next look. Where it
// still is, only looks tell: since `from`, or since it was lowered.
void ProcessHistory::tell_silence(const LedgerImage& image, const TickConverter& times, const std::vector<Raw>& raw,
                                  WallTime from, WallTime now) {
    WallTime since = 0;
    for (const Raw& r : raw) {
        if (r.body.op() != Op::kLevel) continue;
        const WallTime at = times.wall_ns(r.body.clock());
        if (r.subject < kLevelEvents) {
            since = at;
        } else if (since != 0) {
            if (!is_silent_) gap(since, at, 0, "its TTMEM_LEVEL kept no history then");
            since = 0;
            is_silent_ = false;
        }
    }
    if (every_ != 0) return;
    if (image.level >= kLevelEvents) {
        is_silent_ = false;
        return;
    }
    lossy_ = true;
    if (std::exchange(is_silent_, true)) return;
    gap(since != 0 ? since : std::min(from, now), 0, 0,
        "its TTMEM_LEVEL keeps no history: what lives when ttmem looks is told from its allocation on, but not what "
        "came "
        "and went unseen");
    gaps_.back().sampled = true;
}

// One event after the other, in an order that has each after what it depends on.
void ProcessHistory::convert(const LedgerImage& image, const TickConverter& times, const std::vector<Raw>& raw) {
    uint64_t homeless = 0;
    std::vector<Told> told;
    forget_ends();
    for (const Raw& r : raw) {
        WallTime at = times.wall_ns(r.body.clock());
        const Holder used = used_by(r);
        if (at != 0) {
            at = std::max({at, ring_times_[r.ring], used.began_at});
            const Op op = r.body.op();
            const uint32_t session = r.body.session();
            const bool placed = session < openings_.size() && openings_[session].place != 0;
            if (placed && (op == Op::kAlloc || op == Op::kSessionOpen) && at + kTick >= openings_[session].opened_at) {
                at = std::max(at, openings_[session].opened_at);
            }
            if (placed && op == Op::kSessionClose) at = std::max(at, openings_[session].closed_at);
            if (is_begin(op) || is_end(op)) at = std::max(at, slot_of(r.subject).at);
            ring_times_[r.ring] = at;
        }
        if (is_begin(r.body.op())) {  // the end of what was there before is lost
            const Slot& slot = slot_of(r.subject);
            if (slot.handle != 0 && slot.handle != r.subject) add_end(slot, at), remember_end(slot);
        }
        Event event;
        if (!tell(r, at, image, event)) continue;
        if (event.place == kNoPlace) {
            ++homeless;
            continue;
        }
        told.push_back({&r, pending_.size(), used.handle});
        pending_.push_back(event);
    }
    put_ends_after_uses(told);
    if (homeless != 0) gap(0, 0, homeless, "they were at places that have been forgotten since");
}

// The state of the event's slot after it. False: it is known already, or of something that is not.
bool ProcessHistory::apply(const Raw& raw) {
    const Op op = raw.body.op();
    Slot& slot = slot_of(raw.subject);
    if (is_begin(op)) {
        if (slot.handle == raw.subject) return false;
        slot.handle = raw.subject;
        slot.body = raw.body;
        slot.persistent = raw.body.is_persistent();
        slot.stack = raw.low;
        return true;
    }
    if (slot.handle != raw.subject) return false;
    if (op == Op::kPersistent) slot.persistent = true;
    if (is_end(op)) remember_end(slot), slot.handle = 0;
    return true;
}

ProcessHistory::Slot& ProcessHistory::slot_of(uint64_t handle) {
    const uint64_t number = ledger::handle_slot(handle);
    if (number >= slots_.size()) slots_.resize(std::max<size_t>(number + 1, slots_.size() * 2));
    return slots_[number];
}

bool ProcessHistory::tells_events(const LedgerImage& image) const { return every_ == 0 && image.level >= kLevelEvents; }

void ProcessHistory::end(WallTime at) {
    for (const WallTime last : ring_times_) at = std::max(at, last);
    Event event;
    event.kind = EventKind::kProcessEnded;
    event.process = process_.value;
    event.at = at;
    pending_.push_back(event);
}

void ProcessHistory::take(WallTime until, std::vector<Event>& events) {
    const auto earlier = [](const Event& a, const Event& b) { return a.at < b.at; };
    if (!std::is_sorted(pending_.begin(), pending_.end(), earlier)) {
        std::stable_sort(pending_.begin(), pending_.end(), earlier);
    }
    const auto end = std::find_if(pending_.begin(), pending_.end(), [&](const Event& e) { return e.at > until; });
    for (auto event = pending_.begin(); event != end; ++event) {
        if (event->at != 0) event->at = told_until_ = std::max(told_until_, event->at);
        event->order = ++order_;
        events.push_back(*event);
    }
    pending_.erase(pending_.begin(), end);
}

}  // namespace ttmem
