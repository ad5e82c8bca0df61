#include "src/apps/commands.h"

#include <optional>

#include "src/analysis/snapshot/programs.h"
#include "src/apps/options/asked_moment.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/programs.h"
#include "src/views/text/programs.h"

namespace ttmem {
namespace programs_parts {

constexpr size_t kTextLimit = 50;

struct Options {
    Filter filter;  // pid and chip
    std::string capture;
    AskedMoment moment;  // its `at`
    ProgramFilter programs;
    bool dead = false;
    bool left_behind = false;
    bool each_buffer = false;
    std::optional<size_t> limit;
};

int show(const Options& options, const Invocation& invocation) {
    const Asked asked{.filter = options.filter, .ended = options.dead, .capture = options.capture};
    const auto tells = [](const Snapshot& s) { return !select_programs(s).empty() || !select_traces(s).empty(); };
    Result<Tracked> looked = look_at_moment(asked, options.moment.at, tells, false);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    const Snapshot& snapshot = looked->snapshot;
    const Terminal& terminal = invocation.terminal;
    const std::optional<Error> unknown_process = unknown(asked, snapshot);
    if (unknown_process && !terminal.json()) return terminal.fail(*unknown_process, kNothingTracked);
    ProgramFilter filter = options.programs;
    filter.chip = options.filter.chip;
    if (options.left_behind) filter.left_behind = true;
    const ProgramsValues values{snapshot,
                                select_programs(snapshot, filter),
                                select_traces(snapshot, filter),
                                options.limit.value_or(terminal.json() ? 0 : kTextLimit),
                                options.each_buffer,
                                std::move(looked->untracked),
                                std::move(looked->moment),
                                std::move(looked->other_moment),
                                looked->from_history};
    return terminal.answer([&] { return programs_text(values, terminal.look()); },
                           [&] { return programs_json(values); }, code_of(snapshot));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const auto filter = std::shared_ptr<Filter>(options, &options->filter);
    add_capture_option(list, std::shared_ptr<std::string>(options, &options->capture));
    add_moment_option(list, std::shared_ptr<AskedMoment>(options, &options->moment));
    add_pid_option(list, filter);
    add_chip_option(list, filter);
    list.text("--name", options->programs.name, "TEXT", "Only names that contain this");
    list.text("--op", options->programs.op, "TEXT", "Only operations whose name contains this");
    list.flag("--cbs", options->each_buffer, "Show a line for each circular buffer: address, cores, bytes per core");
    list.flag("--left-behind", options->left_behind, "Only programs that ended without giving their buffers back");
    list.flag("--dead", options->dead, "Include programs of processes that have ended");
    list.number("--limit", options->limit, "N", "Show at most this many; 0 for all (default: 50; all with --json)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace programs_parts

Command programs_command() {
    using namespace programs_parts;
    return {.name = "programs",
            .summary = "list programs, what their circular buffers reserve and occupy, and traces",
            .examples =
                "  ttmem programs                          the 50 with the fullest core\n"
                "  ttmem programs --name matmul --cbs      each of their circular buffers\n"
                "  ttmem programs --left-behind --dead     whose buffers were never given back\n"
                "  ttmem programs run.ttmem --at l1-peak   those live when most of a core's L1 was needed\n"
                "  ttmem programs --json | jq '.items[].places[].reserved_bytes'\n",
            .details =
                "RESERVED is what a program's circular buffers take, summed over the cores of one chip. Cached\n"
                "programs begin at the same address, so these bytes overlap and have no meaningful sum. RESIDENT is\n"
                "the part that the newest dispatch on each core left there. MAX/CORE is the core with the most: the\n"
                "figure behind a clash with an L1 buffer.\n"
                "\n"
                "With --cbs, CB is a circular buffer and DFB a dataflow buffer, which newer versions of tt-metal\n"
                "have in its place.\n"
                "\n"
                "For a capture, the programs that were live at its end are listed; if there are none, those that\n"
                "were live when most of a core's L1 was needed.\n",
            .add_options = add_options};
}

}  // namespace ttmem
