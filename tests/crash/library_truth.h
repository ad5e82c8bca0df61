// What is true about calls of the public API, as oracle.h is about calls of the recorder: between any two stores, what
// a reader must report, and what it may.
//
// Blocks (allocations and programs) are known by a number that the harness gives them and that no two share: the
// address of an allocation, the unique id of a program. Handles, sessions and rings are the library's affair.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "src/ledger/layout.h"
#include "ttmem/ttmem.h"

namespace ttmem::crash {

enum class CallKind {
    kAlloc,
    kFree,
    kMark,
    kView,
    kFailure,
    kOpen,
    kClose,
    kProgram,
    kProgramEnd,
    kOpBegin,
    kOpEnd,
    kTag,
    kIterationBegin,
    kIterationEnd,
    kDescribe,
};

struct ApiCall {
    CallKind kind;
    uint32_t place = 0;    // index into Truth's places
    uint64_t block = 0;    // its number
    uint64_t subject = 0;  // of an event without a block
    uint64_t bytes = 0;    // requested
    uint64_t per_bank = 0;
    uint32_t pool = 0;
    bool persistent = false;
    uint32_t op = 0, tag = 0;  // texts that hold for the thread
    bool in_iteration = false;
    bool late = false;  // a free of what was freed before
};

struct Interval {
    uint64_t certain = 0, possible = 0;
};

struct Block {
    ApiCall made_by;
    bool made = false;
    int ends_in_flight = 0;
    bool gone = false;          // an end has returned, this one's or a faster one
    bool end_recorded = false;  // the end that won has returned
    int marks_in_flight = 0;
    bool marked = false;
    bool may_be_released = false;  // a close of its place overlapped or followed
    bool is_released = false;      // one that began after it was made has returned

    bool certain() const { return made && !gone && ends_in_flight == 0 && !may_be_released; }
    bool possible() const { return !end_recorded && !is_released; }
};

// Whether a place is open.
struct PlaceTruth {
    int opening = 0, closing = 0;  // calls in flight that may open or close it
    bool open = false, known = true;
    bool overlapped = false;  // since both kinds were last at rest
};

class Truth {
public:
    // `parents[i]`: the place that place i is a part of, or i itself. `chips[i]`: its chips, a bit each.
    Truth(int threads, std::vector<uint32_t> parents, std::vector<uint64_t> chips);

    void begin(int thread, const ApiCall& call);
    void end(int thread, bool happened);

    int threads() const { return static_cast<int>(in_flight_.size()); }
    const std::optional<ApiCall>& in_flight(int thread) const { return in_flight_[thread]; }
    const std::vector<ApiCall>& history(int thread) const { return history_[thread]; }
    const std::map<uint64_t, Block>& blocks() const { return blocks_; }
    const PlaceTruth& place(uint32_t index) const { return places_[index]; }
    uint64_t chips_of(uint32_t place) const { return chips_[place]; }
    // Greatest requested bytes of a pool of a chip at one moment so far.
    Interval greatest(uint32_t chip, uint32_t pool) const;
    uint64_t failures() const { return failures_; }
    bool failure_in_flight() const;
    uint64_t refused_ends() const { return refused_ends_; }

    // Whether a call of this kind appears in history, exactly once.
    static bool has_event(CallKind kind);

    // Whether a close of `closed` closes `place`.
    bool is_of(uint32_t place, uint32_t closed) const { return place == closed || parents_[place] == closed; }

private:
    void begin_places(const ApiCall& call);
    void end_places(const ApiCall& call, bool happened);
    void weigh();

    std::vector<uint32_t> parents_;
    std::vector<uint64_t> chips_;
    std::vector<std::optional<ApiCall>> in_flight_;
    std::vector<std::vector<ApiCall>> history_;
    std::vector<PlaceTruth> places_;
    std::map<uint64_t, Block> blocks_;
    std::map<std::pair<uint32_t, uint32_t>, Interval> greatest_;  // chip, pool
    std::map<int, std::vector<uint64_t>> closing_;                // per thread: blocks made before its close began
    uint64_t failures_ = 0, refused_ends_ = 0;
};

}  // namespace ttmem::crash
