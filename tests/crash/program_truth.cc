#include "tests/crash/program_truth.h"

#include <algorithm>

namespace ttmem::crash {
namespace {

bool changes_program(const Step& step) {
    return step.kind == ProgramCall::kPlan || step.kind == ProgramCall::kFreeCbs || step.kind == ProgramCall::kDestroy;
}

bool is_at_place(const Step& step) {
    switch (step.kind) {
        case ProgramCall::kPlan:
        case ProgramCall::kDispatch:
        case ProgramCall::kClearCache:
        case ProgramCall::kOpen:
        case ProgramCall::kClose:
        case ProgramCall::kTraceBegin:
        case ProgramCall::kTraceEnd:
            return true;
        default:
            return false;
    }
}

Held planned(const Held* held, uint64_t session, uint32_t plan) {
    if (held == nullptr || held->session != session || held->in_force == plan) return {session, plan, 0};
    return {session, held->in_force, plan};
}

Held dispatched(const Held& held, uint64_t session) { return {session, held.next(), 0}; }

}  // namespace

ProgramTruth::ProgramTruth(int threads, std::vector<uint32_t> parents, bool follows)
    : parents_(std::move(parents)),
      follows_(follows),
      closes_(parents_.size()),
      in_flight_(threads),
      begun_(threads),
      history_(threads),
      captures_(threads) {}

bool ProgramTruth::are_related(uint32_t a, uint32_t b) const { return a == b || parents_[a] == b || parents_[b] == a; }

bool ProgramTruth::conflicts(const Step& a, const Step& b) const {
    if (a.program != 0 && a.program == b.program && (changes_program(a) || changes_program(b))) return true;
    if (a.trace != 0 && a.trace == b.trace && (a.kind == ProgramCall::kRelease || b.kind == ProgramCall::kRelease))
        return true;
    if (a.kind != ProgramCall::kClose && b.kind != ProgramCall::kClose) return false;
    if (a.kind == ProgramCall::kDestroy || b.kind == ProgramCall::kDestroy) return true;
    return is_at_place(a) && is_at_place(b) && are_related(a.place, b.place);
}

bool ProgramTruth::is_capturing(int thread, uint32_t place) const {
    const auto& of = captures_[thread].place;
    return of.has_value() && (*of == place || parents_[place] == *of);
}

bool ProgramTruth::may_begin(int thread, const Step& step) const {
    for (int i = 0; i < threads(); ++i) {
        if (in_flight_[i] && conflicts(*in_flight_[i], step)) return false;
        const auto& captured = captures_[i].place;
        if (step.kind == ProgramCall::kClose && captured && are_related(*captured, step.place)) return false;
    }
    if (step.kind == ProgramCall::kReplay) return follows_ || is_present(traces_.at(step.trace));
    if (step.kind != ProgramCall::kDispatch) return true;
    const ProgramState& program = programs_.at(step.program);
    const auto held = program.held.find(step.place);
    const bool is_at_once = held == program.held.end() || held->second.session == session(step.place);
    return is_at_once || (follows_ && !is_capturing(thread, step.place));
}

void ProgramTruth::begin(int thread, Step step) {
    begun_[thread] = ++clock_;
    switch (step.kind) {
        case ProgramCall::kCreate:
            programs_[step.program];
            break;
        case ProgramCall::kDispatch:
            begin_dispatch(thread, step);
            break;
        case ProgramCall::kTraceEnd:
            traces_[step.trace].entries = captures_[thread].entries;
            break;
        case ProgramCall::kReplay:
            for (const auto& [pair, program] : traces_.at(step.trace).entries) launch(pair, program);
            break;
        default:
            break;
    }
    const bool is_quiet = step.kind == ProgramCall::kOpen || step.kind == ProgramCall::kClose;
    const bool gives_back = step.kind == ProgramCall::kFreeCbs;  // what the ledger forgot is not given back
    const bool nothing = gives_back && (!follows_ || programs_.at(step.program).held.empty());
    step.has_event = !is_quiet && !step.captured && !nothing;
    in_flight_[thread] = step;
}

void ProgramTruth::begin_dispatch(int thread, Step& step) {
    const ProgramState& program = programs_.at(step.program);
    const auto held = program.held.find(step.place);
    step.captured = is_capturing(thread, step.place);
    step.plan = held == program.held.end() ? 0 : held->second.next();
    if (step.plan != 0 && !step.captured) launch({step.place, session(step.place), step.plan}, step.program);
}

void ProgramTruth::launch(const PairName& pair, uint64_t program) { launches_[pair].push_back({program, clock_, 0}); }

void ProgramTruth::end_launches(uint64_t begin, uint64_t end) {
    for (auto& [_, launches] : launches_) {
        for (Launch& launch : launches) {
            if (launch.begin == begin) launch.end = end;
        }
    }
}

void ProgramTruth::end(int thread, bool happened, uint64_t handle) {
    const Step step = *in_flight_[thread];
    in_flight_[thread].reset();
    ++clock_;
    if (happened) {
        end_launches(begun_[thread], clock_);
        end_step(thread, step, handle);
        if (step.has_event) history_[thread].push_back(step);
        if (history_[thread].size() > 0 && handle != 0) history_[thread].back().subject = handle;
        return;
    }
    for (auto& [_, launches] : launches_) {
        std::erase_if(launches, [&](const Launch& launch) { return launch.begin == begun_[thread]; });
    }
    if (step.kind == ProgramCall::kCreate) programs_.erase(step.program);
    if (step.kind == ProgramCall::kTraceEnd) {
        traces_.erase(step.trace);
        captures_[thread] = {};
    }
}

void ProgramTruth::end_step(int thread, const Step& step, uint64_t handle) {
    switch (step.kind) {
        case ProgramCall::kCreate:
            programs_[step.program] = {handle, true, false, {}};
            break;
        case ProgramCall::kPlan: {
            auto& held = programs_.at(step.program).held;
            const auto before = held.find(step.place);
            held[step.place] =
                planned(before == held.end() ? nullptr : &before->second, session(step.place), step.plan);
            break;
        }
        case ProgramCall::kDispatch:
            end_dispatch(thread, step);
            break;
        case ProgramCall::kFreeCbs:
            programs_.at(step.program).held.clear();
            break;
        case ProgramCall::kDestroy:
            left_.merge(to_be_left(step.program));
            programs_.at(step.program).gone = true;
            programs_.at(step.program).held.clear();
            break;
        case ProgramCall::kClose:
            for (uint32_t place = 0; place < parents_.size(); ++place) {
                if (place == step.place || parents_[place] == step.place) ++closes_[place];
            }
            break;
        case ProgramCall::kTraceBegin:
            captures_[thread].place = step.place;
            break;
        case ProgramCall::kTraceEnd:
            traces_[step.trace] = {handle, true, false, step.place, session(step.place), captures_[thread].entries};
            captures_[thread] = {};
            break;
        case ProgramCall::kRelease:
            traces_.at(step.trace).gone = true;
            break;
        default:
            break;
    }
}

void ProgramTruth::end_dispatch(int thread, const Step& step) {
    if (step.plan == 0) return;
    Held& held = programs_.at(step.program).held.at(step.place);
    held = dispatched(held, session(step.place));
    if (!step.captured) return;
    auto& entries = captures_[thread].entries;
    const PairName pair{step.place, session(step.place), step.plan};
    std::erase_if(entries, [&](const auto& entry) { return entry.first == pair; });
    entries.emplace_back(pair, step.program);
}

bool ProgramTruth::in_flight(ProgramCall kind, uint64_t program) const {
    return std::any_of(in_flight_.begin(), in_flight_.end(),
                       [&](const auto& step) { return step && step->kind == kind && step->program == program; });
}

bool ProgramTruth::is_closing(uint32_t place) const {
    return std::any_of(in_flight_.begin(), in_flight_.end(), [&](const auto& step) {
        return step && step->kind == ProgramCall::kClose && (step->place == place || step->place == parents_[place]);
    });
}

std::set<uint32_t> ProgramTruth::may_be_in_force(uint64_t program, uint32_t place) const {
    const ProgramState& state = programs_.at(program);
    const auto found = state.held.find(place);
    const Held* held = found == state.held.end() ? nullptr : &found->second;
    std::set<uint32_t> plans{held != nullptr && held->session == session(place) ? held->in_force : 0};
    for (const auto& step : in_flight_) {
        if (!step || step->program != program) continue;
        if (step->kind == ProgramCall::kFreeCbs) plans.insert(0);
        if (step->kind == ProgramCall::kPlan && step->place == place)
            plans.insert(planned(held, session(place), step->plan).in_force);
        if (step->kind == ProgramCall::kDispatch && step->place == place && held != nullptr)
            plans.insert(dispatched(*held, session(place)).in_force);
    }
    return plans;
}

bool ProgramTruth::is_present(const TraceState& trace) const {
    return trace.session == session(trace.place) && !is_closing(trace.place);
}

std::vector<Launch> ProgramTruth::newest(const PairName& pair, bool& never) const {
    never = true;
    const auto found = launches_.find(pair);
    if (found == launches_.end()) return {};
    std::vector<Launch> newest;
    for (const Launch& launch : found->second) {
        if (launch.end != 0) never = false;
        const bool is_over = std::any_of(found->second.begin(), found->second.end(), [&](const Launch& other) {
            return other.end != 0 && launch.is_before(other);
        });
        if (!is_over) newest.push_back(launch);
    }
    return newest;
}

std::set<std::pair<PairName, uint64_t>> ProgramTruth::to_be_left(uint64_t program) const {
    std::set<std::pair<PairName, uint64_t>> left;
    for (const auto& [place, held] : programs_.at(program).held) {
        if (held.session == session(place)) left.insert({{place, held.session, held.in_force}, program});
    }
    return left;
}

}  // namespace ttmem::crash
