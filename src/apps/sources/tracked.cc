#include "src/apps/sources/tracked.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "src/analysis/leaks/verdict.h"
#include "src/analysis/snapshot/one_pid.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/apps/exit_code.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/sources/leak_history.h"
#include "src/apps/sources/recordings.h"
#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/collector/combine.h"
#include "src/collector/run_id.h"
#include "src/collector/untracked_trace.h"
#include "src/machine/device_users.h"

namespace ttmem {

namespace {

AskedProcesses processes_of(const Asked& asked) {
    return {asked.filter.pid, asked.run ? std::optional(LedgerId{*asked.run}) : std::nullopt, asked.ended};
}

// Of a process or a run that was asked for and of which nothing is there any more.
std::optional<std::string> gone_sentence(const System& system, const Asked& asked) {
    if (!asked.capture.empty()) return std::nullopt;
    if (asked.filter.pid) return removed_sentence(system, *asked.filter.pid);
    return asked.run ? run_end_sentence(system, {*asked.run}) : std::nullopt;
}

// Why nothing was found that may be there all the same; "" no such reason.
std::string unread_sentence(const Coverage& coverage) {
    if (coverage.complete || coverage.notes.empty()) return "";
    return "not everything could be read: " + coverage.notes.front();
}

// History is only looked at where it may take something back.
bool calls_any_leaked(const Snapshot& snapshot) {
    return std::ranges::any_of(snapshot.allocations,
                               [&](const Allocation& a) { return verdict_of(snapshot, a) == Verdict::kLeaked; });
}

// The processes of a capture that are asked for, and their chips.
Result<Tracked> look_into(const Asked& asked) {
    if (asked.run) {
        return Error{"--run does not go with a capture", "it chooses among the processes of this machine",
                     "leave it out, or name a process of the capture: --pid"};
    }
    Result<Recording> recording = open_recording(asked.capture);
    if (!recording) return recording.error();
    std::string moment = end_words(*recording, asked.capture);
    Snapshot& end = recording->end;
    const std::optional<uint32_t> pid = asked.filter.pid;
    if (!asked.allocations) end.allocations.clear();
    if (asked.judged && calls_any_leaked(end)) {
        leak_verdict(*recording, end);
        if (const Result<void> read = was_read(*recording, asked.capture); !read) end.coverage.note(read.error().what);
    }
    if (pid) {
        end = of_pid(std::move(end), *pid);
        end.chips = combine_chips(end, Which::kLive, end.coverage);
    }
    if (const auto error = unknown_chip(asked.filter, end)) return *error;
    return Tracked{std::move(end), {}, std::move(moment)};
}

Interest interest_of(const Asked& asked) {
    Interest interest;
    interest.pid = asked.filter.pid;
    interest.run = asked.run;
    interest.dead = asked.ended;
    interest.all_incarnations = asked.filter.all_incarnations;
    return interest;
}

// Where places lie over each other, what overlaps is told also to who did not ask for allocations.
void tell_overlaps(const System& system, const Asked& asked, Snapshot& snapshot) {
    if (asked.each) return;
    if (asked.allocations) return note_overlaps(snapshot);
    if (!has_places_over_each_other(snapshot)) return;
    Snapshot whole = collect(system, interest_of(asked), {.allocations = true});
    note_overlaps(whole);
    if (const std::string* sentence = told_overlaps(whole.coverage)) snapshot.coverage.note(*sentence, false);
}

constexpr WallTime kBetweenLooksBeside = 10'000'000'000;

}  // namespace

bool has_live_process(const Snapshot& snapshot) {
    return std::any_of(snapshot.processes.begin(), snapshot.processes.end(),
                       [](const Process& process) { return process.state == ProcessState::kLive; });
}

void take_pids_as_told(const Recording& recording, Snapshot& then) {
    for (size_t i = 0; i < std::min(then.processes.size(), recording.end.processes.size()); ++i) {
        if (recording.end.processes[i].state != ProcessState::kLive) then.processes[i].pid_verified = true;
    }
}

std::string end_words(const Recording& recording, const std::string& file) {
    const Snapshot& end = recording.end;
    std::string words = "at the end of " + file;
    if (recording.ended_at != 0) words += ", " + rfc3339(recording.ended_at);
    if (end.processes.empty() || has_live_process(end)) return words;
    return words + (end.processes.size() == 1 ? ", when its process had ended" : ", when all its processes had ended");
}

TrackedProcesses::TrackedProcesses(const System& system, const Asked& asked)
    : system_(system), asked_(asked), collector_(system, interest_of(asked)) {}

Tracked TrackedProcesses::look(bool allocations) {
    collector_.refresh();
    Tracked tracked{collector_.collect({.allocations = allocations}), {}};
    note_recorded_nothing(system_, processes_of(asked_), tracked.snapshot.coverage);
    if (asked_.filter.pid || asked_.run) return tracked;
    if (untracked_at_ == 0 || system_.now() - untracked_at_ > kBetweenLooksBeside) {
        untracked_ = find_untracked(tracked.snapshot.processes);
        untracked_at_ = system_.now();
    }
    tracked.untracked = untracked_;
    note_untracked(tracked.untracked, tracked.snapshot.coverage);
    return tracked;
}

Result<Tracked> look_at(const Asked& asked) {
    if (!asked.capture.empty()) return look_into(asked);
    const auto system = real_system();
    Tracked tracked{collect(*system, interest_of(asked), {.allocations = asked.allocations, .each = asked.each}), {}};
    if (const auto error = unknown_chip(asked.filter, tracked.snapshot)) return *error;
    if (asked.judged && calls_any_leaked(tracked.snapshot)) {
        const Suppressions known = Suppressions::by_default();
        const AccumulatedReport history = live_history(tracked.snapshot, {}, known);
        leak_verdict(tracked.snapshot, history, {}, known);
        for (const uint32_t pid : history.unread) {
            tracked.snapshot.coverage.note("the history of process " + std::to_string(pid) +
                                           " could not be read: which of its allocations leaked is not known");
        }
    }
    tell_overlaps(*system, asked, tracked.snapshot);
    note_recorded_nothing(*system, processes_of(asked), tracked.snapshot.coverage);
    if (tracked.snapshot.processes.empty() && tracked.snapshot.coverage.complete) {
        if (auto gone = gone_sentence(*system, asked)) tracked.snapshot.coverage.note(std::move(*gone));
    }
    if (asked.run && !asked.filter.pid) {
        std::set<LedgerId> read;
        for (const Process& process : tracked.snapshot.processes) read.insert(process.ledger);
        note_missing_of_run(*system, {*asked.run}, read, tracked.snapshot.coverage);
    }
    if (asked.filter.pid || asked.run) return tracked;
    tracked.untracked = find_untracked(tracked.snapshot.processes);
    note_untracked(tracked.untracked, tracked.snapshot.coverage);
    return tracked;
}

void add_capture_option(OptionList& options, std::shared_ptr<std::string> capture, const std::string& description) {
    options.parsed("CAPTURE?", "FILE", description, [capture](const auto& text) {
        *capture = text;
        return std::string();
    });
}

std::optional<Error> unknown_chip(const Filter& filter, const Snapshot& snapshot) {
    if (!filter.chip || snapshot.processes.empty()) return std::nullopt;
    for (const Process& process : snapshot.processes) {
        for (const ChipUse& use : process.chips) {
            if (filter.chip->id ? use.chip.id == *filter.chip->id : use.chip.logical_id == filter.chip->logical_id)
                return std::nullopt;
        }
    }
    return Error{"no process here uses a chip of this name: " + filter_words({.chip = filter.chip}).front(),
                 "it is the runtime's number, or the unique id (0x361a...)", "ttmem status, or ttmem status CAPTURE"};
}

int code_of(const Snapshot& snapshot) {
    if (!snapshot.processes.empty()) return kOk;
    return snapshot.coverage.unread ? kInconclusive : kNothingTracked;
}

Error unless_unread(const Coverage& coverage, Error none) {
    if (!coverage.unread) return none;
    return {"nothing could be read, and what is asked for may be recorded all the same",
            fmt::format("{}", fmt::join(coverage.notes, "; ")), "ttmem doctor; of a capture, ttmem info FILE"};
}

std::optional<Error> unknown(const Asked& asked, const Snapshot& snapshot) {
    if (snapshot.coverage.unread) return std::nullopt;
    if (!snapshot.processes.empty() || (!asked.filter.pid && !asked.run)) return std::nullopt;
    const std::string unread = unread_sentence(snapshot.coverage);
    const std::optional<std::string> gone = gone_sentence(*real_system(), asked);
    const auto& notes = snapshot.coverage.notes;
    const bool all_read = unread.empty() || (gone && std::find(notes.begin(), notes.end(), *gone) != notes.end());
    if (gone && all_read) {
        return Error{*gone,
                     "of ended processes the latest ledgers stay: 64 and 128 MiB, or a quarter of their file system",
                     "`ttmem run -o FILE` keeps in a capture what a run does, for every question later"};
    }
    std::string what, why, next;
    if (!asked.capture.empty()) {
        what = fmt::format("the capture has no process {}", *asked.filter.pid);
        next = "ttmem info " + asked.capture + " lists those that it has";
    } else if (asked.filter.pid) {
        what = fmt::format("process {} is not tracked", *asked.filter.pid);
        why =
            fmt::format("no {} process with this pid has a ledger here", asked.ended ? "running or ended" : "running");
        next = "`ttmem ps` lists those that have";
        if (!asked.ended) next += fmt::format("; if it has ended: ttmem ps --dead --pid {}", *asked.filter.pid);
    } else {
        what = "no process of run " + hex128(*asked.run) + " is known";
        why = "none has recorded anything, or their ledgers were removed";
        next = "the report of `ttmem run` names its run_id; `ttmem ps --dead` lists what is known";
    }
    if (!unread.empty()) why += (why.empty() ? "" : "; but ") + unread;
    return Error{what, why, next};
}

}  // namespace ttmem
