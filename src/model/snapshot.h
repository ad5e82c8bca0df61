// Everything that was live at one moment, as values: the language inside ttmem's programs.
//
// A snapshot is made by the collector or an importer, and only read after that. Figures are exact, or `coverage` says
// how they may be off.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/saturating.h"
#include "src/model/cb_plan.h"
#include "src/model/chip.h"
#include "src/model/coverage.h"
#include "src/model/failure_figures.h"
#include "src/model/ids.h"
#include "src/model/pool.h"

namespace ttmem {

// Nanoseconds since 1970 (UTC). For display only: order comes from Lamport numbers.
using WallTime = int64_t;
inline constexpr WallTime kEver = INT64_MAX;

enum class PlaceKind : uint8_t { kChip = 1, kMesh = 2, kMeshPart = 3 };

// One session of a place: from its open to its close.
struct Place {
    PlaceKind kind = PlaceKind::kChip;
    uint32_t number = 0;  // the runtime's number; numbers of different kinds never meet
    std::string name;     // "" without
    std::vector<ChipId> chips;
    ProcessIndex process;
    bool open = true;
    std::optional<WallTime> opened_at, closed_at;
    uint32_t registration = 0;  // the process's own number of the place: the same in all of its sessions
    uint32_t parent = 0;        // registration of the mesh that a part belongs to; 0 none
    uint64_t opening = 0;       // names this opening among all of its process; 0 not known
};

enum class ProcessState : uint8_t { kLive, kExited, kKilled };  // exited: it ended by itself; killed, or by _exit
std::string_view process_state_name(ProcessState state);        // "live", "exited", "killed"

// What the application did wrong, as numbers since its start. None of it harms a figure.
struct Mistakes {
    uint64_t double_frees = 0, unknown_frees = 0, foreign_frees = 0, ambiguous_frees = 0, late_frees = 0;
    uint64_t invalid_calls = 0, reentrant_calls = 0;

    Mistakes& operator+=(const Mistakes& other);
};

// An allocation that failed, in the allocator's own figures.
struct Failure {
    FailureKind kind = FailureKind::kUnknown;
    Pool pool = Pool::kDram;
    std::optional<PlaceIndex> place;
    WallTime at = 0;           // 0 unknown
    uint32_t op = 0, tag = 0;  // into Snapshot::texts
    uint32_t thread = 0;       // tid; 0 unknown
    std::optional<uint64_t> requested_bytes, bytes_per_bank, banks, bank_bytes, allocated_per_bank, free_per_bank,
        largest_free_per_bank;
};

struct Process {
    LedgerId ledger;
    std::string ledger_path;
    uint32_t pid = 0;           // as the process says
    bool pid_verified = false;  // and as the kernel says
    uint32_t uid = 0;           // owner of the file
    std::string comm;           // as the process says: untrusted, escape it
    std::string command_line;   // likewise
    ProcessState state = ProcessState::kLive;
    std::optional<WallTime> started_at;
    std::string level;           // "counts", "events", "stacks"
    std::string runtime;         // the runtime that is followed, as its adapter says; "" not said
    std::vector<ChipUse> chips;  // this process's own use; of an ended one, what it held at its end
    Coverage coverage;
    LedgerId run;                          // TTMEM_RUN; 0 without
    LedgerId parent;                       // ledger of the process that forked this one; 0 without
    WallTime last_sign_at = 0;             // of an ended process: it lived at that time; 0 unknown
    WallTime seen_dead_at = 0;             // likewise: the first look that found it ended; 0 it was read long after
    uint64_t held_allocations = 0;         // of an ended process: at places it had not closed
    uint64_t held_bytes = 0;               // requested bytes of those, summed over chips
    uint64_t unlisted_released_bytes = 0;  // likewise, of what a close released and Snapshot::allocations lacks
    Mistakes mistakes;
    uint64_t failed_allocations = 0;        // since its start
    std::vector<Failure> failures;          // the newest of them that were kept, oldest first
    std::vector<uint32_t> open_iterations;  // numbers, as in Allocation::iteration
    uint64_t iterations_begun = 0, iterations_ended = 0;
    WallTime first_iteration_at = 0;   // 0 none, or unknown
    uint64_t retired_allocations = 0;  // released by a close, then forgotten to make room
    std::vector<uint32_t> operations;  // that it ran, into Snapshot::texts, in the order in which they were first met
    std::string iterations_by;         // the operation that iterations were to begin with; "" not asked for
};

// Until when an ended process may have held what it never gave back: an upper bound. Only who ended by itself said
// when; a killed one lived for some while after its last sign. Nothing: not known, or it lives.
std::optional<WallTime> held_until(const Process& process);

// The circular buffers that a program reserves at one place.
struct ProgramCbs {
    PlaceIndex place;
    CbPlan plan;
    bool left_behind = false;     // the program was destroyed without giving them back: reserves nothing, a leak
    bool released = false;        // its place was closed: reserves nothing
    uint64_t reserved_bytes = 0;  // on one chip of the place: over its cores
    uint64_t resident_bytes = 0;  // summed over the chips of the place, for what is resident may differ between them
    uint64_t largest_core = 0;    // reserved bytes of the core that has most
    struct OnChip {
        ChipId chip;
        CoreSet cores;
    };
    std::vector<OnChip> resident_on;  // chips with cores where it is what was dispatched last

    std::string_view state_name() const {
        return left_behind ? "left_behind" : released ? "released_by_close" : "reserved";
    }
};

struct Program {
    uint64_t handle = 0;
    uint64_t unique_id = 0;
    std::string name;
    ProcessIndex process;
    std::optional<WallTime> created_at;
    uint32_t op = 0, tag = 0;  // into Snapshot::texts: where it was created
    uint32_t thread = 0;       // tid; 0 unknown
    uint32_t iteration = 0;    // 0 none
    bool destroyed = false;    // listed only because of what it left behind, or of what a recording begins with
    std::vector<ProgramCbs> cbs;
};

struct Trace {
    uint64_t handle = 0;
    uint64_t number = 0;  // the runtime's
    std::string name;
    ProcessIndex process;
    PlaceIndex place;
    std::optional<WallTime> captured_at;
    uint64_t plans = 0;     // different ones that a replay dispatches
    bool replayed = false;  // at least once
    bool released = false;  // its place was closed
    bool ended = false;     // listed only because what a recording begins with belongs to it
};

// A frame of a call stack (call_stack.h): what the application's own code was at.
struct StackFrame {
    uint32_t caller = 0;              // the stack around, into Snapshot::stacks, a smaller number; 0 none, or not known
    uint32_t file = 0, function = 0;  // into Snapshot::texts
    uint32_t line = 0;                // 0 unknown

    friend auto operator<=>(const StackFrame&, const StackFrame&) = default;
};

// One live block, on every chip of its place at the same address. Kept small: there may be a million.
struct Allocation {
    uint64_t handle = 0;
    DeviceAddress address;
    uint64_t requested_bytes = 0;  // per chip
    uint64_t bytes_per_bank = 0;   // aligned
    uint64_t unique_id = 0;        // the runtime's own; 0 unknown
    WallTime since = 0;            // 0 unknown
    ProcessIndex process;
    PlaceIndex place;
    uint32_t op = 0, tag = 0;   // into Snapshot::texts
    uint32_t thread = 0;        // tid; 0 unknown
    uint32_t program = 0;       // 1 + index into Snapshot::programs; 0 none
    uint32_t trace = 0;         // 1 + index into Snapshot::traces; 0 none
    bool holder_ended = false;  // it belongs to a program or trace that is gone
    uint32_t page_bytes = 0;    // 0 unknown
    uint32_t iteration = 0;     // 0 none
    uint32_t stack = 0;         // into Snapshot::stacks; 0 unknown
    uint16_t banks = 0, data_banks = 0;
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    bool persistent = false;
    bool released = false;  // its place was closed: no longer in use, not in any chip's figures
    bool leaked = false;    // released: it had leaked before
    bool outlived =
        false;  // its iteration or holder, and that is no leak: it was freed later, or leak_verdict() says so
    bool iteration_over = false;  // of Recording::live_before: the iteration that made it had ended by then

    uint64_t reserved_bytes() const { return saturating_multiply(bytes_per_bank, banks); }
    uint64_t end() const { return saturating_add(address.value, bytes_per_bank); }  // in each bank
    uint64_t pages() const { return page_bytes == 0 ? 0 : (requested_bytes + page_bytes - 1) / page_bytes; }
};

struct Snapshot {
    WallTime generated_at = 0;
    std::vector<std::string> texts = {""};                        // number 0 is none
    std::vector<StackFrame> stacks = std::vector<StackFrame>(1);  // number 0 is none
    std::vector<Process> processes;
    std::vector<Place> places;
    std::vector<Program> programs;
    std::vector<Trace> traces;
    std::vector<CbPlan> plans;  // of a recording: those that its events name
    std::vector<Allocation> allocations;
    std::vector<ChipUse> chips;    // sums over the live processes
    uint64_t expired_ledgers = 0;  // of ended processes, which these removed at their start
    Coverage coverage;

    const Process& process_of(const Allocation& a) const { return processes[a.process.value]; }
    const Place& place_of(const Allocation& a) const { return places[a.place.value]; }
};

}  // namespace ttmem
