#include "src/views/text/traces.h"

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/traces.h"

namespace ttmem {
namespace traces_parts {

constexpr size_t kMostTraceRows = 20;

struct TracesOptions {
    AskedRecording asked;
    std::optional<size_t> limit;
};

int show_traces(const TracesOptions& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    const TracesValues values{*recording, traces_of(*recording), options.limit.value_or(kMostTraceRows)};
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    return terminal.answer([&] { return traces_text(values, terminal.look()); }, [&] { return traces_json(values); },
                           code_of(recording->end));
}

Run add_traces_options(OptionList& list) {
    const auto options = std::make_shared<TracesOptions>();
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    list.number("--limit", options->limit, "N", "Show at most this many traces and blocks; 0 for all (default: 20)");
    return [options](const Invocation& invocation) { return show_traces(*options, invocation); };
}

}  // namespace traces_parts

Command traces_command() {
    using namespace traces_parts;
    return {.name = "traces",
            .summary = "show how much of the trace region traces take, and what replays may overwrite",
            .examples =
                "  ttmem traces run.ttmem    what `ttmem run -o run.ttmem` recorded\n"
                "  ttmem traces --pid 4711   a running process, as far back as its history goes\n"
                "  ttmem traces run.ttmem --json | jq '.traces[].blocks[] | select(.overwritten_by_replay)'\n",
            .details =
                "A replay allocates nothing, but it writes again to every buffer that was allocated while its trace\n"
                "was captured, including those that were freed since.\n"
                "\n"
                "- COMMANDS: what the trace takes of the trace region\n"
                "- IN ITS WAY: blocks that were allocated at such addresses while the trace was live\n"
                "- OVERWRITTEN: those of them that were live when the trace was replayed\n"
                "\n"
                "If a recording of an older library does not say when a capture began, everything that its thread\n"
                "allocated since its last dispatch, replay or capture counts as the trace's: that can be more than\n"
                "the truth, but never less.\n"
                "\n"
                "`ttmem programs` lists the traces that exist now.\n",
            .add_options = add_traces_options};
}

}  // namespace ttmem
