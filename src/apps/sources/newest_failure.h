// Where the last allocation that failed is told: of a capture, of some processes, or of all that are known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/analysis/failures/last_failure.h"
#include "src/apps/options/asked_recording.h"
#include "src/base/result.h"
#include "src/model/event.h"

namespace ttmem {

// Whose allocation failed, as far as processes recorded it, running or ended.
struct ProcessThatFailed {
    LedgerId ledger;
    uint32_t pid = 0;
    bool is_running = false;
    WallTime at = 0;  // of its newest failure
};
struct FailedProcesses {
    size_t processes = 0, running = 0;
    std::vector<ProcessThatFailed> failed = {};  // the newest failure first
    Coverage coverage = {};
};

Result<FailedProcesses> processes_that_failed();

// What --last tells; no failure where the history of nobody that was asked has one.
struct ToldFailure {
    AskedRecording asked;
    std::string source;
    std::optional<Recording> recording = std::nullopt;
    std::optional<LastFailure> failure = std::nullopt;
};

Result<ToldFailure> told_of(AskedRecording asked, std::string source);

// The newest failure that a history still has: a process whose own is gone from it gives way to the next in time.
Result<ToldFailure> newest_told(const FailedProcesses& looked);

}  // namespace ttmem
