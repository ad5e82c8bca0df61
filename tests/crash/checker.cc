#include "tests/crash/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ttmem::crash {
namespace {

using ledger::Body;
using ledger::Op;

// Everything but the Lamport number, which the recorder chooses.
bool same_content(const Body& seen, const Body& expected) {
    return seen.where == expected.where && seen.requested == expected.requested && seen.taken == expected.taken &&
           seen.who == expected.who && (seen.order & 0xffff) == (expected.order & 0xffff) && seen.time == expected.time;
}

class Checker {
public:
    Checker(const Recovered& seen, const Oracle& truth, uint64_t ring_capacity, int ringless)
        : seen_(seen), truth_(truth), capacity_(ring_capacity), ringless_(ringless) {
        for (const Recovered::Live& live : seen.live) live_.insert(live.handle);
    }

    std::string run() {
        if (seen_.damaged != 0) return fmt::format("{} records fail their check", seen_.damaged);
        for (auto check : {&Checker::slots, &Checker::rows, &Checker::rings, &Checker::ends, &Checker::order}) {
            if (std::string flaw = (this->*check)(); !flaw.empty()) return flaw;
        }
        return {};
    }

private:
    // What is live: all that is certain, nothing that is impossible, each once and with the right content.
    std::string slots() {
        if (live_.size() != seen_.live.size()) return "a live handle is reported twice";
        for (const Recovered::Live& live : seen_.live) {
            auto found = truth_.held().find(live.handle);
            if (found == truth_.held().end() || !found->second.possible()) {
                return fmt::format("phantom: {:#x} is reported live", live.handle);
            }
            const Held& held = found->second;
            if (!same_content(live.body, held.begun_by.body))
                return fmt::format("content of {:#x} is wrong", live.handle);
            if (live.unique_id != held.begun_by.unique_id)
                return fmt::format("unique id of {:#x} is wrong", live.handle);
            const bool marked = held.marked || held.begun_by.persistent;
            if (live.persistent != marked && held.marks_in_flight == 0) {
                return fmt::format("mark of {:#x} is wrong", live.handle);
            }
        }
        for (const auto& [handle, held] : truth_.held()) {
            if (held.certain() && live_.count(handle) == 0)
                return fmt::format("lost: {:#x} is not reported live", handle);
        }
        return {};
    }

    // Live bytes of each row are the sum over its slots, its peak lies between the bounds.
    std::string rows() {
        std::map<Recovered::RowKey, Bytes> sums;
        for (const Recovered::Live& live : seen_.live) {
            if (live.body.op() != Op::kAlloc) continue;
            Bytes& sum = sums[{live.body.session(), live.body.pool()}];
            sum.requested += live.body.requested_bytes();
            sum.reserved += live.body.reserved_bytes();
        }
        for (const auto& [key, truth] : truth_.rows()) {
            const auto found = seen_.rows.find(key);
            const Recovered::Figures row = found == seen_.rows.end() ? Recovered::Figures{} : found->second;
            const Bytes sum = sums[key];
            const std::string name = fmt::format("session {} pool {}", key.first, key.second);
            if (row.requested != sum.requested || row.reserved != sum.reserved) {
                return fmt::format("{}: live {} / {}, but its slots hold {} / {}", name, row.requested, row.reserved,
                                   sum.requested, sum.reserved);
            }
            if (std::string flaw = peak(row.peak_requested, row.requested, truth.greatest_certain.requested,
                                        truth.greatest_possible.requested);
                !flaw.empty()) {
                return name + ": requested " + flaw;
            }
            if (std::string flaw = peak(row.peak_reserved, row.reserved, truth.greatest_certain.reserved,
                                        truth.greatest_possible.reserved);
                !flaw.empty()) {
                return name + ": reserved " + flaw;
            }
        }
        return {};
    }

    static std::string peak(uint64_t peak, uint64_t live, uint64_t low, uint64_t high) {
        if (peak < live) return fmt::format("peak {} is below the live {}", peak, live);
        if (peak < low || peak > high) return fmt::format("peak {} is not in [{}, {}]", peak, low, high);
        return {};
    }

    // The history of each thread is the end of what it did, complete but for what is declared lost.
    std::string rings() {
        extra_.assign(truth_.threads(), 0);
        for (int thread = 0; thread < std::min(ringless_, truth_.threads()); ++thread) {
            if (std::string flaw = ring(thread); !flaw.empty()) return fmt::format("ring {}: {}", thread, flaw);
        }
        return {};
    }

    std::string ring(int thread) {
        const auto& history = truth_.history(thread);
        const auto& in_flight = truth_.in_flight(thread);
        const Recovered::Ring nothing;
        const Recovered::Ring& ring = static_cast<size_t>(thread) < seen_.rings.size() ? seen_.rings[thread] : nothing;
        const uint64_t written = ring.events.size() + ring.lost;
        const uint64_t extra = written - history.size();
        if (written < history.size() || extra > 1 || (extra == 1 && !(in_flight && in_flight->wants_event))) {
            return fmt::format("{} events and {} lost, but {} operations", ring.events.size(), ring.lost,
                               history.size());
        }
        extra_[thread] = static_cast<int>(extra);
        const uint64_t kept = std::min<uint64_t>(written, capacity_);
        // While an event is written, the oldest one has no place any more.
        if (ring.events.size() + (in_flight.has_value() ? 1 : 0) < kept) {
            return fmt::format("only {} of {} events are delivered", ring.events.size(), kept);
        }
        for (uint64_t i = 0; i < ring.events.size(); ++i) {
            const uint64_t number = ring.lost + i;
            const Operation& expected = number < history.size() ? history[number] : *in_flight;
            if (ring.events[i].subject != expected.subject || !same_content(ring.events[i].body, expected.body)) {
                return fmt::format("event {} is not what happened", number);
            }
        }
        if (in_flight && in_flight->kind == Operation::Kind::kBegin && in_flight->wants_event) {
            if ((live_.count(in_flight->subject) != 0) != (extra == 1)) return "the begin in flight is half there";
        }
        return {};
    }

    // Of several ends of one handle in flight, one event at most, and exactly one when the slot is no longer live.
    std::string ends() {
        for (const auto& [handle, held] : truth_.held()) {
            int events = 0, without_history = 0;
            for (int thread = 0; thread < truth_.threads(); ++thread) {
                const auto& in_flight = truth_.in_flight(thread);
                if (!in_flight || in_flight->kind != Operation::Kind::kEnd || in_flight->subject != handle) continue;
                events += extra_[thread];
                without_history += !in_flight->wants_event || thread >= ringless_;
            }
            if (held.ends_in_flight == 0) continue;
            const bool ended_here = live_.count(handle) == 0 && !held.end_recorded;
            if (events > ended_here || (ended_here && events == 0 && without_history == 0)) {
                return fmt::format("{:#x} is {}, with {} ends of it in history", handle,
                                   ended_here ? "not live" : "live", events);
            }
        }
        return {};
    }

    // Lamport numbers: each thread's increase, and all that is known of one slot stands in its order.
    std::string order() {
        std::map<uint64_t, std::map<std::pair<uint64_t, bool>, uint64_t>>
            of_slot;  // slot -> (generation, is end) -> number
        for (const Recovered::Ring& ring : seen_.rings) {
            uint64_t last = 0;
            for (const Recovered::Seen& event : ring.events) {
                if (event.body.lamport() <= last)
                    return fmt::format("Lamport number {} after {}", event.body.lamport(), last);
                last = event.body.lamport();
                const Op op = event.body.op();
                const bool begins = op == Op::kAlloc || op == Op::kProgram;
                if (!begins && op != Op::kFree && op != Op::kProgramEnd) continue;
                of_slot[ledger::handle_slot(event.subject)][{ledger::handle_generation(event.subject), !begins}] = last;
            }
        }
        for (const auto& [slot, events] : of_slot) {
            uint64_t last = 0;
            for (const auto& [_, lamport] : events) {
                if (lamport <= last) return fmt::format("slot {}: Lamport number {} after {}", slot, lamport, last);
                last = lamport;
            }
        }
        return {};
    }

    const Recovered& seen_;
    const Oracle& truth_;
    const uint64_t capacity_;
    const int ringless_;
    std::set<uint64_t> live_;
    std::vector<int> extra_;  // per thread: events beyond its finished operations
};

}  // namespace

std::string find_flaw(const Recovered& seen, const Oracle& truth, uint64_t ring_capacity, int ringless) {
    return Checker(seen, truth, ring_capacity, ringless).run();
}

}  // namespace ttmem::crash
