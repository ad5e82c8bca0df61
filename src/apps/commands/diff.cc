#include "src/views/text/diff.h"

#include <future>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/json/diff.h"

namespace ttmem {
namespace diff_parts {

constexpr size_t kTextLimit = 20;

struct Options {
    std::vector<AskedRecording> runs;
    std::optional<size_t> limit;
    DiffBy by = DiffBy::kOwner;
    bool all_incarnations = false;
};

// "run.ttmem", "pid:4711", "run:0123...": a word that is no capture's path names processes of this machine.
std::string parse_run(const std::string& word, std::vector<AskedRecording>& runs) {
    AskedRecording run;
    if (word.starts_with("pid:")) {
        const std::optional<uint64_t> pid = parse_number(word.substr(4));
        if (!pid || *pid > UINT32_MAX) return "`" + word + "` is not pid:NUMBER";
        run.filter.pid = static_cast<uint32_t>(*pid);
    } else if (word.starts_with("run:")) {
        run.run = parse_hex128(word.substr(4));
        if (!run.run) return "`" + word + "` is not run: and 32 hexadecimal digits";
    } else {
        run.file = word;
    }
    runs.push_back(std::move(run));
    return "";
}

struct Looked {
    RunFigures figures;
    std::optional<Error> error;  // with the exit code for it
    int code = kOk;
};

Looked look_at(AskedRecording asked, const Options& options, BytesText bytes) {
    asked.filter.all_incarnations = options.all_incarnations;
    const Result<Recording> recording = asked_recording(asked);
    if (!recording) return {{}, recording.error(), asked.file.empty() ? kNothingTracked : kFailed};
    if (asked.file.empty() && recording->end.processes.empty() && recording->end.coverage.unread)
        return {{}, unless_unread(recording->end.coverage, {}), kInconclusive};
    Looked looked{run_figures(*recording, source_name(asked), Suppressions::by_default(), options.by, bytes), {}};
    if (!asked.file.empty() && recording->end.processes.empty())
        looked.figures.coverage.note("nothing was recorded in it");
    if (const Result<void> read = was_read(asked, *recording); !read)
        looked.error = read.error(), looked.code = kFailed;
    return looked;
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (options.runs.size() < 2) {
        return terminal.fail(
            {"there is nothing to compare with", "only one run is named", "ttmem diff A.ttmem B.ttmem"}, kUsage);
    }
    std::vector<std::future<Looked>>
        looks;  // at each run on a thread of its own, if there are any: a long one takes seconds
    for (const AskedRecording& asked : options.runs) {
        looks.push_back(std::async(look_at, asked, std::cref(options), terminal.look().bytes_text()));
    }
    std::vector<RunFigures> runs;
    for (std::future<Looked>& look : looks) {
        Looked looked = look.get();
        if (looked.error) return terminal.fail(*looked.error, looked.code);
        runs.push_back(std::move(looked.figures));
    }
    const DiffValues values{runs, diff(runs), options.limit.value_or(kTextLimit), options.by};
    const bool tracked = std::ranges::any_of(runs, [](const RunFigures& run) { return run.processes != 0; });
    const bool unread = std::ranges::any_of(runs, [](const RunFigures& run) { return run.coverage.unread; });
    return terminal.answer([&] { return diff_text(values, terminal.look()); }, [&] { return diff_json(values); },
                           tracked  ? kOk
                           : unread ? kInconclusive
                                    : kNothingTracked);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.parsed("FILE...", "", "Two or more captures, or pid:NUMBER or run:ID for processes on this machine",
                [options](const std::string& word) { return parse_run(word, options->runs); });
    list.parsed("--by", "owner|line",
                "Compare by owner (operation and tag) or by the line that allocated (default: owner)",
                [options](const std::string& name) {
                    options->by = name == "line" ? DiffBy::kLine : DiffBy::kOwner;
                    return name == "line" || name == "owner" ? "" : not_one_of(name, "owner|line");
                });
    list.flag("--all-incarnations", options->all_incarnations,
              "With pid:NUMBER: every process that had this pid, not just the running or latest one");
    list.number("--limit", options->limit, "N", "Show at most this many owners in each table; 0 for all (default: 20)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace diff_parts

Command diff_command() {
    using namespace diff_parts;
    return {.name = "diff",
            .summary = "compare runs: what grew, in peaks and in what is left at the end, and by whom",
            .examples =
                "  ttmem diff yesterday.ttmem today.ttmem\n"
                "  ttmem diff v1.ttmem v2.ttmem v3.ttmem   several on one axis, the largest difference first\n"
                "  ttmem diff run.ttmem pid:4711           a running process, as far back as its history goes\n"
                "  ttmem diff a.ttmem b.ttmem --by line    by line of the source, for runs with --stacks\n"
                "  ttmem diff a.ttmem b.ttmem --json | jq '.pools[0].owners_at_peak[:3]'\n",
            .details =
                "Peaks are reserved bytes per chip, of the chip with the largest. What is left is what is live at\n"
                "the end, and what `ttmem leaks` lists, summed over all chips. Owners are operations and tags,\n"
                "matched by name. What differs most comes first, whether it grew or shrank.\n"
                "\n"
                "If a history has a gap, peaks are given as two bounds. The owners at the peak are then those known\n"
                "to have been live; together with what was not recorded, they add up to it. What an incomplete\n"
                "capture left at its end is not known.\n"
                "\n"
                "`ttmem check` is the gate for CI.\n",
            .add_options = add_options};
}

}  // namespace ttmem
