// What is true about the calls for programs, circular buffers and traces: between any two stores, what a reader must
// report, and what it may.
//
// Programs, traces and plans are known by numbers that the harness gives them, from 1; a program's is its unique id.
// Sessions of a place are numbered by its closes. `ProgramTruth::may_begin` keeps calls apart whose outcome together
// nobody could foretell, such as the destruction of a program and its dispatch; all others overlap freely.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "include/ttmem/ttmem.h"

namespace ttmem::crash {

enum class ProgramCall {
    kCreate,
    kPlan,
    kDispatch,
    kFreeCbs,
    kDestroy,
    kClearCache,
    kOpen,
    kClose,
    kTraceBegin,
    kTraceEnd,
    kReplay,
    kRelease,
};

struct Step {
    ProgramCall kind;
    uint64_t program = 0, trace = 0;
    uint32_t place = 0;      // index
    uint32_t plan = 0;       // of a dispatch: what it launches, filled in by the truth
    uint64_t subject = 0;    // of its event, if known
    bool captured = false;   // a dispatch that becomes a part of a trace
    bool has_event = false;  // filled in by the truth
};

// What a program holds at a place.
struct Held {
    uint64_t session = 0;
    uint32_t in_force = 0, waiting = 0;

    uint32_t next() const { return waiting != 0 ? waiting : in_force; }
};

struct ProgramState {
    uint64_t handle = 0;
    bool made = false, gone = false;
    std::map<uint32_t, Held> held;  // by place
};

// A plan in a session of a place.
using PairName = std::tuple<uint32_t, uint64_t, uint32_t>;

struct Launch {
    uint64_t program;
    uint64_t begin, end;  // end 0: in flight

    bool is_before(const Launch& other) const { return end != 0 && end < other.begin; }
};

struct TraceState {
    uint64_t handle = 0;
    bool made = false, gone = false;
    uint32_t place = 0;
    uint64_t session = 0;
    std::vector<std::pair<PairName, uint64_t>> entries;  // with the program; each pair once
};

class ProgramTruth {
public:
    // `parents[i]`: the place that place i is a part of, or i itself. `follows`: what a program holds at a place that
    // was closed is known for certain when it is opened again (the ledger has not used its session record again).
    ProgramTruth(int threads, std::vector<uint32_t> parents, bool follows);

    bool may_begin(int thread, const Step& step) const;
    void begin(int thread, Step step);
    void end(int thread, bool happened, uint64_t handle = 0);

    const std::map<uint64_t, ProgramState>& programs() const { return programs_; }
    const std::map<uint64_t, TraceState>& traces() const { return traces_; }
    const std::optional<Step>& in_flight(int thread) const { return in_flight_[thread]; }
    const std::vector<Step>& history(int thread) const { return history_[thread]; }
    std::optional<uint32_t> capture(int thread) const { return captures_[thread].place; }
    int threads() const { return static_cast<int>(in_flight_.size()); }
    bool follows() const { return follows_; }
    uint64_t session(uint32_t place) const { return closes_[place] + 1; }
    bool in_flight(ProgramCall kind, uint64_t program) const;
    bool is_closing(uint32_t place) const;

    // Whether the place was not closed since the capture.
    bool is_present(const TraceState& trace) const;

    // The plans of a live program that may be in force in the present session of a place; 0: none.
    std::set<uint32_t> may_be_in_force(uint64_t program, uint32_t place) const;
    // Launches of a pair that may be its newest. `never`: none of them has to be there.
    std::vector<Launch> newest(const PairName& pair, bool& never) const;
    // Pairs of destroyed programs that did not give them back, with their programs. Sure, and while a destruction is in
    // flight possible.
    const std::set<std::pair<PairName, uint64_t>>& left_behind() const { return left_; }
    std::set<std::pair<PairName, uint64_t>> to_be_left(uint64_t program) const;

private:
    bool are_related(uint32_t a, uint32_t b) const;
    bool conflicts(const Step& a, const Step& b) const;
    bool is_capturing(int thread, uint32_t place) const;
    void begin_dispatch(int thread, Step& step);
    void end_dispatch(int thread, const Step& step);
    void launch(const PairName& pair, uint64_t program);
    void end_launches(uint64_t begin, uint64_t end);
    void end_step(int thread, const Step& step, uint64_t handle);

    struct Captured {
        std::optional<uint32_t> place;
        std::vector<std::pair<PairName, uint64_t>> entries;
    };

    std::vector<uint32_t> parents_;
    bool follows_;
    std::vector<uint64_t> closes_;  // by place
    std::vector<std::optional<Step>> in_flight_;
    std::vector<uint64_t> begun_;  // by thread: the clock when its call began
    std::vector<std::vector<Step>> history_;
    std::vector<Captured> captures_;
    std::map<uint64_t, ProgramState> programs_;
    std::map<uint64_t, TraceState> traces_;
    std::map<PairName, std::vector<Launch>> launches_;
    std::set<std::pair<PairName, uint64_t>> left_;
    uint64_t clock_ = 0;
};

}  // namespace ttmem::crash
