#include "src/views/json/stats.h"
#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/views/text/stats.h"

namespace ttmem {
namespace stats_parts {

constexpr size_t kTextLimit = 15;

struct Options {
    AskedRecording asked;
    std::optional<size_t> limit;
};

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    const StatsValues values{*recording, stats_of(*recording), options.limit.value_or(kTextLimit)};
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    return terminal.answer([&] { return stats_text(values, terminal.look()); }, [&] { return stats_json(values); },
                           code_of(recording->end));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    list.number("--limit", options->limit, "N", "Show at most this many owners; 0 for all (default: 15)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace stats_parts

Command stats_command() {
    using namespace stats_parts;
    return {.name = "stats",
            .summary = "show how often, how large and how long-lived allocations are, and who holds most",
            .examples =
                "  ttmem stats run.ttmem\n"
                "  ttmem stats --pid 4711   a running process, as far back as its history goes\n"
                "  ttmem stats run.ttmem --json | jq '.owners[:5]'\n",
            .details =
                "- TEMPORARY: freed before the same thread allocated again\n"
                "- HELD: reserved bytes on all chips, times how long they were live; what was allocated early and\n"
                "  freed late comes first\n"
                "- CLOSED: released by a close or by the end of the process, not by a free\n"
                "\n"
                "Sizes are per chip; an allocation on a mesh counts once. Circular buffers are not allocations;\n"
                "what programs needed of a core's L1 with them is shown at the end.\n",
            .add_options = add_options};
}

}  // namespace ttmem
