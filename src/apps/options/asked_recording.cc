#include "src/apps/options/asked_recording.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "src/analysis/recording/overlap_finder.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/sources/imported_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/collector/follower.h"
#include "src/collector/untracked_trace.h"

namespace ttmem {

void add_recording_options(OptionList& options, std::shared_ptr<AskedRecording> asked) {
    const std::string imported = asked->may_import ? ", or a captured graph or report of ttnn" : "";
    add_capture_option(options, std::shared_ptr<std::string>(asked, &asked->file),
                       "Capture to read" + imported + " (default: the history of running processes)");
    add_window_options(options, std::shared_ptr<Window>(asked, &asked->window));
    add_pid_option(options, std::shared_ptr<Filter>(asked, &asked->filter));
    options.parsed("--run", "ID", "Only processes of this run, by the run_id that `ttmem run` reports",
                   [asked](const std::string& text) {
                       asked->run = parse_hex128(text);
                       return asked->run ? "" : "`" + text + "` is not 32 hexadecimal digits";
                   });
}

void add_pool_options(OptionList& options, std::shared_ptr<AskedRecording> asked) {
    add_chip_option(options, std::shared_ptr<Filter>(asked, &asked->filter));
    const std::string pools = "dram|l1|l1_small|trace|system";
    options.parsed("--pool", pools, "Only this pool", [asked, pools](const std::string& text) {
        asked->filter.pool = pool_from_name(text);
        return asked->filter.pool ? "" : not_one_of(text, pools);
    });
}

namespace {

Result<Recording> recording_of_file(const AskedRecording& asked) {
    const bool is_there = std::filesystem::exists(asked.file);
    if (!asked.may_import || !is_there || is_capture_file(asked.file)) return open_recording(asked.file, asked.window);
    if (!asked.window.from.empty() || !asked.window.to.empty())
        return Error{asked.file + " has no times", "only captures of ttmem have them", "leave out --from and --to"};
    return imported_recording(asked.file);
}

}  // namespace

Result<Recording> asked_recording(const AskedRecording& asked) {
    if (!asked.file.empty()) {
        if (asked.filter.pid || asked.run) {
            return Error{"--pid and --run do not go with a capture", "they choose among the processes of this machine",
                         "ask about the whole capture, or a part of its time: --from, --to"};
        }
        Result<Recording> recording = recording_of_file(asked);
        if (!recording) return recording;
        if (const auto error = unknown_chip(asked.filter, recording->end)) return *error;
        return recording;
    }
    if (!asked.window.from.empty() || !asked.window.to.empty()) {
        return Error{"--from and --to are for a capture", "only the latest history of a running process is kept",
                     "ttmem record -o FILE, or ttmem run -o FILE -- CMD"};
    }
    const auto system = real_system();
    Interest interest;
    interest.pid = asked.filter.pid;
    interest.run = asked.run;
    interest.dead = asked.filter.pid.has_value() || asked.run.has_value();
    interest.all_incarnations = asked.filter.all_incarnations;
    interest.ended = asked.ended;
    Recording recording = live_recording(*system, interest);
    const std::optional<Error> error =
        unknown({.filter = asked.filter, .run = asked.run, .ended = interest.dead}, recording.end);
    if (error) return *error;
    if (const auto no_chip = unknown_chip(asked.filter, recording.end)) return *no_chip;
    note_overlaps(recording);
    const std::optional<LedgerId> run = asked.run ? std::optional(LedgerId{*asked.run}) : std::nullopt;
    note_recorded_nothing(*system, {asked.filter.pid, run, interest.dead}, recording.end.coverage);
    if (asked.run) {
        std::set<LedgerId> read;
        for (const Process& process : recording.end.processes) read.insert(process.ledger);
        note_missing_of_run(*system, {*asked.run}, read, recording.end.coverage);
    }
    return recording;
}

Result<void> was_read(const AskedRecording& asked, const Recording& recording) {
    return asked.file.empty() ? Result<void>{} : was_read(recording, asked.file);
}

std::string why_not_whole(const Recording& recording) {
    const Coverage& coverage = recording.end.coverage;
    if (!coverage.complete && !coverage.notes.empty()) return coverage.notes.front();
    return recording.gaps.empty() ? "" : recording.gaps.front().why;
}

std::string source_name(const AskedRecording& asked) {
    if (!asked.file.empty()) return asked.file;
    if (asked.filter.pid) return "process " + std::to_string(*asked.filter.pid);
    return asked.run ? "run " + hex128(*asked.run) : "the running processes";
}

bool is_asked(const AskedRecording& asked, const Recording& recording, const std::vector<ChipId>& chips, Pool pool) {
    if (asked.filter.pool && *asked.filter.pool != pool) return false;
    if (!asked.filter.chip) return true;
    const ChipName& name = *asked.filter.chip;
    return std::any_of(chips.begin(), chips.end(), [&](ChipId chip) {
        if (name.id) return *name.id == chip;
        for (const Process& process : recording.end.processes) {
            for (const ChipUse& use : process.chips) {
                if (use.chip.id == chip && use.chip.logical_id == name.logical_id) return true;
            }
        }
        return false;
    });
}

}  // namespace ttmem
