// The schedules of the calls for programs, circular buffers and traces: what their threads call, and what is true then.
#include <fmt/format.h>

#include <random>

#include "tests/crash/client_fibers.h"
#include "tests/crash/program_checker.h"
#include "tests/crash/program_truth.h"
#include "tests/crash/schedule_process.h"

namespace ttmem::crash {
namespace {

constexpr int kCalls = 60;  // of all threads together
constexpr uint32_t kPlans = 3;

// Plan `number`: one to three circular buffers, some of them aliased.
std::vector<ledger::PlanBufferImage> buffers_of(uint32_t number) {
    std::vector<ledger::PlanBufferImage> buffers;
    for (uint32_t i = 0; i <= number % 3; ++i) {
        const bool aliased = (number + i) % 4 == 3;
        ledger::PlanBufferImage buffer{
            static_cast<uint8_t>(i), aliased, aliased ? 0 : 0x10000 + 0x1000 * number, 64, {}};
        for (uint32_t r = 0; r <= (number + i) % 3; ++r) {
            const auto x = static_cast<uint8_t>(2 * r), y = static_cast<uint8_t>(number);
            buffer.ranges.push_back({x, y, static_cast<uint8_t>(x + 1), static_cast<uint8_t>(y + i)});
        }
        buffers.push_back(std::move(buffer));
    }
    return buffers;
}

class World {
public:
    World(uint64_t seed, int threads, const std::string& directory);
    Outcome run();

private:
    static ledger::Geometry geometry(uint64_t seed);
    std::string check();
    void live(int thread);
    std::optional<Step> choose(int thread);
    template <class Numbered>
    uint64_t choose_live(const std::map<uint64_t, Numbered>& all);
    bool choose_program(Step& step);
    bool choose_trace(Step& step);
    void call(int thread, Step step);
    bool perform(const Step& step, uint64_t& handle);
    ttmem_result plan(const Step& step);

    uint64_t pick(uint64_t count) { return random_() % count; }

    const uint64_t seed_;
    const int threads_;
    ProgramTruth truth_;
    ClientFibers fibers_;
    std::mt19937_64 random_;
    std::vector<ttmem_place> places_;
    std::vector<ledger::PlanImage> plans_;  // by number
    uint64_t programs_ = 0, traces_ = 0;
    ledger::LedgerImage image_;
    Outcome outcome_;
};

World::World(uint64_t seed, int threads, const std::string& directory)
    : seed_(seed),
      threads_(threads),
      truth_(threads, kParents, seed % 2 == 0),
      fibers_(seed, directory, geometry(seed)),
      random_(seed * 31 + 5),
      places_(register_places()),
      plans_(1) {
    for (uint32_t number = 1; number <= kPlans; ++number) plans_.push_back({.buffers = buffers_of(number)});
}

// In some schedules there is no room for all holdings or traces.
ledger::Geometry World::geometry(uint64_t seed) {
    ledger::Geometry geometry = small_geometry(seed % 2 == 1);
    geometry.plan_bytes = 4096;
    geometry.pairs = 256;
    geometry.holdings = seed % 5 == 0 ? 5 : 64;
    geometry.traces = seed % 5 == 1 ? 2 : 16;
    geometry.trace_entries = 64;
    return geometry;
}

Outcome World::run() {
    const std::string flaw = fibers_.run(
        threads_, [this](int thread) { live(thread); }, [this] { return check(); });
    if (!flaw.empty()) {
        std::string words = fmt::format("seed {}, {}; in flight:", seed_, flaw);
        for (int i = 0; i < threads_; ++i) {
            const auto& step = truth_.in_flight(i);
            if (step) words += fmt::format(" {} of {}", static_cast<int>(step->kind), step->program);
        }
        outcome_.fail(words);
    }
    outcome_.crash_points = fibers_.crash_points();
    outcome_.left_behind = truth_.left_behind().size();
    for (const ledger::SessionImage& session : image_.sessions) outcome_.reused_sessions += session.generation > 1;
    return outcome_;
}

std::string World::check() {
    const ledger::ReadOutcome read = fibers_.read(image_);
    if (!read.ok()) return "not readable: " + read.reason;
    for (const ledger::PairImage& pair : image_.pairs) outcome_.resident += pair.resident_program != 0;
    return find_flaw(fibers_.view(image_, places_), plans_, truth_);
}

void World::live(int thread) {
    for (int i = 0; i < kCalls / threads_; ++i) {
        const std::optional<Step> step = choose(thread);
        if (!step || !truth_.may_begin(thread, *step)) continue;
        call(thread, *step);
        ++outcome_.calls;
    }
}

// One of those that were made and are not gone; 0 without.
template <class Numbered>
uint64_t World::choose_live(const std::map<uint64_t, Numbered>& all) {
    std::vector<uint64_t> live;
    for (const auto& [number, one] : all) {
        if (one.made && !one.gone) live.push_back(number);
    }
    return live.empty() ? 0 : live[pick(live.size())];
}

bool World::choose_program(Step& step) {
    step.program = choose_live(truth_.programs());
    if (step.program != 0) step.subject = truth_.programs().at(step.program).handle;
    return step.program != 0;
}

bool World::choose_trace(Step& step) {
    step.trace = choose_live(truth_.traces());
    if (step.trace != 0) step.subject = truth_.traces().at(step.trace).handle;
    return step.trace != 0;
}

std::optional<Step> World::choose(int thread) {
    constexpr ProgramCall kOften[] = {
        ProgramCall::kCreate,   ProgramCall::kCreate,   ProgramCall::kCreate,   ProgramCall::kPlan,
        ProgramCall::kPlan,     ProgramCall::kPlan,     ProgramCall::kPlan,     ProgramCall::kPlan,
        ProgramCall::kDispatch, ProgramCall::kDispatch, ProgramCall::kDispatch, ProgramCall::kDispatch,
        ProgramCall::kDispatch, ProgramCall::kDispatch, ProgramCall::kFreeCbs,  ProgramCall::kFreeCbs,
        ProgramCall::kDestroy,  ProgramCall::kDestroy,  ProgramCall::kClose,    ProgramCall::kClose,
        ProgramCall::kOpen,     ProgramCall::kReplay,   ProgramCall::kReplay,   ProgramCall::kRelease,
        ProgramCall::kTraceEnd, ProgramCall::kTraceEnd, ProgramCall::kTraceEnd, ProgramCall::kClearCache,
    };
    Step step{kOften[pick(std::size(kOften))]};
    step.place = static_cast<uint32_t>(pick(places_.size()));
    switch (step.kind) {
        case ProgramCall::kCreate:
            step.program = ++programs_;
            break;
        case ProgramCall::kPlan:
        case ProgramCall::kDispatch:
        case ProgramCall::kFreeCbs:
        case ProgramCall::kDestroy:
            if (!choose_program(step)) return {};
            if (step.kind == ProgramCall::kPlan) step.plan = 1 + static_cast<uint32_t>(pick(kPlans));
            break;
        case ProgramCall::kClearCache:
            step.subject = places_[step.place];
            break;
        case ProgramCall::kTraceEnd:
            if (!truth_.capture(thread)) {
                step.kind = ProgramCall::kTraceBegin;
            } else {
                step.trace = ++traces_;
                step.place = *truth_.capture(thread);
            }
            break;
        case ProgramCall::kReplay:
        case ProgramCall::kRelease:
            if (!choose_trace(step)) return {};
            break;
        default:
            break;
    }
    return step;
}

void World::call(int thread, Step step) {
    truth_.begin(thread, step);
    uint64_t handle = 0;
    const bool happened = perform(*truth_.in_flight(thread), handle);
    truth_.end(thread, happened, handle);
    outcome_.refused += !happened;
    outcome_.replays += happened && step.kind == ProgramCall::kReplay;
}

// Whether the call did what it is for. `handle`: of what it made.
bool World::perform(const Step& step, uint64_t& handle) {
    const ttmem_place place = places_[step.place];
    switch (step.kind) {
        case ProgramCall::kCreate:
            handle = ttmem_program_created(0, step.program);
            return handle != 0;
        case ProgramCall::kPlan:
            return plan(step) == TTMEM_OK;
        case ProgramCall::kDispatch:
            return ttmem_program_dispatched(step.subject, place) == TTMEM_OK;
        case ProgramCall::kFreeCbs:
            return ttmem_program_cbs_freed(step.subject) == TTMEM_OK;
        case ProgramCall::kDestroy:
            return ttmem_program_destroyed(step.subject) == TTMEM_OK;
        case ProgramCall::kClearCache:
            return ttmem_program_cache_cleared(place) == TTMEM_OK;
        case ProgramCall::kOpen:
            return ttmem_open(place) == TTMEM_OK;
        case ProgramCall::kClose:
            return ttmem_close(place) == TTMEM_OK;
        case ProgramCall::kTraceBegin:
            return ttmem_trace_begin(place) == TTMEM_OK;
        case ProgramCall::kTraceEnd:
            handle = ttmem_trace_end(0, step.trace);
            return handle != 0;
        case ProgramCall::kReplay:
            return ttmem_trace_replayed(step.subject) == TTMEM_OK;
        case ProgramCall::kRelease:
            return ttmem_trace_released(step.subject) == TTMEM_OK;
    }
    return false;
}

ttmem_result World::plan(const Step& step) {
    std::vector<ttmem_circular_buffer> buffers;
    for (const ledger::PlanBufferImage& buffer : plans_[step.plan].buffers) {
        buffers.push_back({buffer.index, static_cast<uint8_t>(buffer.aliased ? TTMEM_CB_ALIASED : 0),
                           static_cast<uint16_t>(buffer.ranges.size()), 0, buffer.address, buffer.bytes,
                           reinterpret_cast<const ttmem_core_range*>(buffer.ranges.data())});
    }
    return ttmem_program_planned(step.subject, places_[step.place], buffers.data(),
                                 static_cast<uint32_t>(buffers.size()));
}

}  // namespace

Outcome run_program_schedule(uint64_t seed, int threads, const std::string& directory) {
    static World world(seed, threads, directory);
    return world.run();
}

}  // namespace ttmem::crash
