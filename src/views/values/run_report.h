// The end of `ttmem run`: a summary for people, and the report for machines (schema "ttmem.run/1").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/analysis/failures/last_failure.h"
#include "src/analysis/leaks/verdict.h"
#include "src/model/machine.h"
#include "src/model/mock_machine.h"

namespace ttmem {

// The capture that a run was recorded into.
struct RecordedCapture {
    std::string path;
    uint64_t bytes = 0, events = 0, events_lost = 0;
    std::string ended_early;  // why, a sentence; "" it has the whole run
};

// What the program ran on, where that was no hardware.
struct MockRun {
    std::string machine;
    std::optional<MachineContents> contents;
    bool stand_in_compiler = false;                             // kernels were compiled by it
    std::vector<std::string> unknown;                           // sentences
    bool opened_device = false;                                 // a process was ended because it opened a real one
    std::optional<uint64_t> host_refused_bytes = std::nullopt;  // of this machine's memory, the first request; none was
    std::vector<FailedProcess> failed = {};
};

struct RunValues {
    std::vector<std::string> command;
    std::string run_id;    // TTMEM_RUN
    int child_code = 0;    // as a shell gives it: 128 + n for a signal
    int child_signal = 0;  // that ended it; 0 for none
    int exit_code = 0;     // of `ttmem run` itself
    WallTime started_at = 0;
    const Snapshot& snapshot;    // all processes of the run, as at the end
    std::vector<ChipUse> chips;  // of all of them together
    LeakVerdict leaks;
    std::vector<RunningProcess> still_running;
    IterationsBy iterations_by = {};
    std::optional<RecordedCapture> capture = std::nullopt;
    size_t ledgers_gone = 0;           // of processes that left something: removed meanwhile, to make room
    std::string nothing_because = "";  // why no process has recorded anything, as far as that is known
    bool may_lack_hardware = false;    // and this machine has none that it could have opened

    std::optional<MockRun> mock = std::nullopt;

    // Of a program that failed, where an allocation had failed before: nothing where the history does not tell.
    std::optional<LastFailure> failure = std::nullopt;
    std::string failure_file = "";  // that has it in full; "" none could be written, or a capture has it

    // Of all processes together: Process::iterations_begun or iterations_ended.
    uint64_t iterations(uint64_t Process::*figure) const {
        uint64_t sum = 0;
        for (const Process& process : snapshot.processes) sum += process.*figure;
        return sum;
    }
};

}  // namespace ttmem
