#include "tests/crash/program_checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace ttmem::crash {
namespace {

using ledger::HoldingImage;
using ledger::Op;
using ledger::PairImage;
using ledger::PlanImage;
using ledger::SessionImage;
using ledger::SessionState;

bool is_same(const PlanImage& a, const PlanImage& b) {
    return std::equal(a.buffers.begin(), a.buffers.end(), b.buffers.begin(), b.buffers.end(), [](auto& x, auto& y) {
        return x.index == y.index && x.aliased == y.aliased && x.address == y.address && x.bytes == y.bytes &&
               std::equal(x.ranges.begin(), x.ranges.end(), y.ranges.begin(), y.ranges.end(), [](auto& r, auto& s) {
                   return r.x0 == s.x0 && r.y0 == s.y0 && r.x1 == s.x1 && r.y1 == s.y1;
               });
    });
}

Op op_of(ProgramCall kind) {
    switch (kind) {
        case ProgramCall::kCreate:
            return Op::kProgram;
        case ProgramCall::kPlan:
            return Op::kCbPlan;
        case ProgramCall::kDispatch:
            return Op::kDispatch;
        case ProgramCall::kFreeCbs:
            return Op::kCbsFreed;
        case ProgramCall::kDestroy:
            return Op::kProgramEnd;
        case ProgramCall::kClearCache:
            return Op::kCacheCleared;
        case ProgramCall::kTraceBegin:
            return Op::kTraceBegin;
        case ProgramCall::kTraceEnd:
            return Op::kTrace;
        case ProgramCall::kReplay:
            return Op::kTraceReplay;
        case ProgramCall::kRelease:
            return Op::kTraceEnd;
        default:
            return Op::kNone;
    }
}

bool is_of_a_call(Op op) {
    return op == Op::kProgram || op == Op::kCbPlan || op == Op::kDispatch || op == Op::kCbsFreed ||
           op == Op::kProgramEnd || op == Op::kCacheCleared || op == Op::kTrace || op == Op::kTraceReplay ||
           op == Op::kTraceEnd || op == Op::kTraceBegin;
}

class Checker {
public:
    Checker(const LedgerView& view, const std::vector<PlanImage>& plans, const ProgramTruth& truth)
        : view_(view), image_(view.image), plans_(plans), truth_(truth) {}

    std::string run() {
        const auto& quality = image_.quality;
        if (quality.torn_slots + quality.bad_slots + quality.bad_records != 0) {
            return fmt::format("{} torn slots, {} bad slots, {} bad records", quality.torn_slots, quality.bad_slots,
                               quality.bad_records);
        }
        for (auto check : {&Checker::programs, &Checker::held, &Checker::left_behind, &Checker::residents,
                           &Checker::order, &Checker::traces, &Checker::histories}) {
            if (std::string flaw = (this->*check)(); !flaw.empty()) return flaw;
        }
        return {};
    }

private:
    std::string programs() {
        for (const ledger::LiveSlot& slot : image_.live) {
            if (slot.body.op() != Op::kProgram) continue;
            const uint64_t number = program_of(slot.body).unique_id;
            const auto found = truth_.programs().find(number);
            if (found == truth_.programs().end()) return fmt::format("phantom: program {}", number);
            if (found->second.gone) return fmt::format("program {} lives, and was destroyed", number);
            if (found->second.made && found->second.handle != slot.handle)
                return fmt::format("program {} has another handle", number);
            if (!alive_.insert({number, slot.handle}).second) return fmt::format("program {} is there twice", number);
        }
        for (const auto& [number, program] : truth_.programs()) {
            if (!program.made || program.gone || alive_.count(number) != 0) continue;
            if (!truth_.in_flight(ProgramCall::kDestroy, number)) return fmt::format("lost: program {}", number);
        }
        return {};
    }

    // The place of an open session, as its index; -1 of another.
    int open_place(uint32_t session) const {
        if (image_.sessions[session].state != SessionState::kOpen) return -1;
        const auto at = std::find(view_.places.begin(), view_.places.end(), image_.sessions[session].place);
        return at == view_.places.end() ? -1 : static_cast<int>(at - view_.places.begin());
    }

    // 0: none of ours.
    uint32_t plan_of(const PairImage& pair) const {
        if (pair.plan == 0) return 0;
        const auto at = std::find_if(plans_.begin() + 1, plans_.end(),
                                     [&](const PlanImage& plan) { return is_same(plan, image_.plans[pair.plan - 1]); });
        return at == plans_.end() ? 0 : static_cast<uint32_t>(at - plans_.begin());
    }

    uint64_t number_of(uint64_t handle) const {
        for (const auto& [number, program] : truth_.programs()) {
            if (program.handle == handle) return number;
        }
        return 0;
    }

    std::string held() {
        std::map<std::pair<uint64_t, uint32_t>, uint32_t> seen;  // program, place: plan
        for (const HoldingImage& holding : image_.holdings) {
            const PairImage& pair = image_.pairs[holding.pair];
            const int place = open_place(pair.session);
            const uint64_t program = number_of(holding.program);
            if (program == 0) return "a holding of no program";
            if (plan_of(pair) == 0) return fmt::format("program {} holds an unknown plan", program);
            if (holding.left_behind) {
                if (place >= 0) left_.insert({{place, truth_.session(place), plan_of(pair)}, program});
                was_left_.insert({program, plan_of(pair)});
                continue;
            }
            if (place < 0) continue;
            if (!seen.insert({{program, place}, plan_of(pair)}).second)
                return fmt::format("program {} holds place {} twice", program, place);
        }
        for (const auto& [program, handle] : alive_) {
            for (uint32_t place = 0; place < view_.places.size(); ++place) {
                if (truth_.is_closing(place) && !is_open_now(place)) continue;
                const auto found = seen.find({program, place});
                const uint32_t plan = found == seen.end() ? 0 : found->second;
                if (truth_.may_be_in_force(program, place).count(plan) == 0)
                    return fmt::format("program {} holds plan {} at place {}", program, plan, place);
            }
        }
        return {};
    }

    std::string left_behind() {
        auto possible = truth_.left_behind();
        for (const auto& [program, state] : truth_.programs()) {
            if (!truth_.in_flight(ProgramCall::kDestroy, program) || alive_.count(program) != 0) continue;
            possible.merge(truth_.to_be_left(program));
        }
        for (const auto& [pair, program] : left_) {
            if (possible.count({pair, program}) == 0)
                return fmt::format("program {} left plan {} behind", program, std::get<2>(pair));
        }
        for (const auto& [program, plan] : was_left_) {
            const bool is_known = std::any_of(possible.begin(), possible.end(), [&](const auto& left) {
                return left.second == program && std::get<2>(left.first) == plan;
            });
            if (!is_known) return fmt::format("program {} left plan {} behind, where it was closed", program, plan);
        }
        for (const auto& [pair, program] : possible) {
            const auto [place, session, plan] = pair;
            const bool is_open = session == truth_.session(place) && is_open_now(place);
            if (is_open ? left_.count({pair, program}) == 0
                        : truth_.follows() && was_left_.count({program, plan}) == 0) {
                return fmt::format("lost: plan {} that program {} left behind", plan, program);
            }
        }
        return {};
    }

    bool is_open_now(uint32_t place) const {
        return std::any_of(image_.sessions.begin(), image_.sessions.end(), [&](const SessionImage& session) {
            return session.state == SessionState::kOpen && session.place == view_.places[place];
        });
    }

    std::string residents() {
        for (const PairImage& pair : image_.pairs) {
            const int place = pair.session == 0 ? -1 : open_place(pair.session);
            if (place < 0) continue;
            const PairName name{place, truth_.session(place), plan_of(pair)};
            if (std::get<2>(name) == 0) return "a pair of an unknown plan";
            if (!seen_.emplace(name, &pair).second) return fmt::format("plan {} twice in a session", plan_of(pair));
            if (!may_be_resident(name, pair)) {
                return fmt::format("plan {} at place {}: resident of program {}", std::get<2>(name), place,
                                   number_of(pair.resident_program));
            }
        }
        return {};
    }

    bool may_be_resident(const PairName& name, const PairImage& pair) const {
        const auto [place, session, plan] = name;
        bool never;
        const std::vector<Launch> newest = truth_.newest(name, never);
        if (pair.ticket == 0) return never;
        for (const Launch& launch : newest) {
            const ProgramState& program = truth_.programs().at(launch.program);
            const std::set<uint32_t> plans = truth_.may_be_in_force(launch.program, place);
            const bool is_alive = alive_.count(launch.program) != 0;
            if (pair.resident_program == program.handle && is_alive && plans.count(plan) != 0) return true;
            if (pair.resident_program == 0 && (!is_alive || plans != std::set<uint32_t>{plan})) return true;
        }
        return false;
    }

    // Launches that did not overlap have their tickets in their order.
    std::string order() {
        std::vector<std::pair<Launch, uint64_t>> sure;
        for (const auto& [name, pair] : seen_) {
            bool never;
            const std::vector<Launch> newest = truth_.newest(name, never);
            if (!never && newest.size() == 1) sure.emplace_back(newest[0], pair->ticket);
        }
        for (const auto& [launch, ticket] : sure) {
            for (const auto& [other, later] : sure) {
                if (launch.is_before(other) && ticket >= later) return "tickets are not in the order of the launches";
            }
        }
        return {};
    }

    std::string traces() {
        size_t unknown = 0, in_flight = 0;
        for (const ledger::TraceImage& trace : image_.traces) {
            const auto at = std::find_if(truth_.traces().begin(), truth_.traces().end(),
                                         [&](const auto& known) { return known.second.handle == trace.handle; });
            if (at == truth_.traces().end()) {
                ++unknown;
            } else if (at->second.gone) {
                return fmt::format("trace {} lives, and was released", at->first);
            } else if (at->second.entries.size() != trace.plans) {
                return fmt::format("trace {} launches {} plans", at->first, trace.plans);
            }
        }
        for (int thread = 0; thread < truth_.threads(); ++thread) {
            const auto& step = truth_.in_flight(thread);
            in_flight += step && step->kind == ProgramCall::kTraceEnd;
        }
        if (unknown > in_flight) return "a trace of nobody";
        for (const auto& [number, trace] : truth_.traces()) {
            if (!trace.made || trace.gone || is_being_released(number)) continue;
            if (!truth_.follows() && !truth_.is_present(trace)) continue;
            const bool is_there = std::any_of(image_.traces.begin(), image_.traces.end(),
                                              [&](const auto& seen) { return seen.handle == trace.handle; });
            if (!is_there) return fmt::format("lost: trace {}", number);
        }
        return {};
    }

    bool is_being_released(uint64_t trace) const {
        for (int thread = 0; thread < truth_.threads(); ++thread) {
            const auto& step = truth_.in_flight(thread);
            if (step && step->kind == ProgramCall::kRelease && step->trace == trace) return true;
        }
        return false;
    }

    std::string histories() {
        return view_.find_flaw([this](int thread, const ledger::History& seen) { return history(thread, seen); });
    }

    std::string history(int thread, const ledger::History& history) {
        std::vector<Step> expected = truth_.history(thread);
        const size_t finished = expected.size();
        if (const auto& step = truth_.in_flight(thread); step && step->has_event) expected.push_back(*step);
        size_t seen = 0;
        for (const ledger::HistoryEvent& event : history.events) {
            if (!is_of_a_call(event.body.op())) continue;
            if (event.body.op() == Op::kCbsFreed && !truth_.follows()) continue;
            if (seen == expected.size()) return "an event of nothing";
            const Step& step = expected[seen++];
            if (event.body.op() != op_of(step.kind) || (step.subject != 0 && event.subject != step.subject))
                return fmt::format("event {} is not what happened", seen - 1);
        }
        if (seen < finished) return fmt::format("{} events of {} calls", seen, finished);
        return {};
    }

    const LedgerView& view_;
    const ledger::LedgerImage& image_;
    const std::vector<PlanImage>& plans_;
    const ProgramTruth& truth_;
    std::map<uint64_t, uint64_t> alive_;                // handles of the live programs
    std::map<PairName, const PairImage*> seen_;         // pairs of open sessions
    std::set<std::pair<PairName, uint64_t>> left_;      // in open sessions
    std::set<std::pair<uint64_t, uint32_t>> was_left_;  // program, plan; in any session
};

}  // namespace

std::string find_flaw(const LedgerView& view, const std::vector<PlanImage>& plans, const ProgramTruth& truth) {
    return Checker(view, plans, truth).run();
}

}  // namespace ttmem::crash
