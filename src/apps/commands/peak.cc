#include <algorithm>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/peak.h"
#include "src/views/text/peak.h"

namespace ttmem {
namespace peak_parts {

constexpr const char* kGroups = "op|tag|line|class|part|owner";
constexpr size_t kTextLimit = 15;

struct Options {
    AskedRecording asked;
    GroupBy by = GroupBy::kOp;
    std::optional<size_t> limit;
};

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    PeakValues values{*recording, peaks_of(*recording), options.by, options.limit.value_or(kTextLimit)};
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    std::erase_if(values.peaks.pools,
                  [&](const PoolPeak& peak) { return !is_asked(options.asked, *recording, peak.chips, peak.pool); });
    std::erase_if(values.peaks.cores,
                  [&](const CoreNeed& need) { return !is_asked(options.asked, *recording, need.chips, Pool::kL1); });
    values.verdict = first_line(*recording, values.peaks.pools, {});
    return terminal.answer([&] { return peak_text(values, terminal.look()); }, [&] { return peak_json(values); },
                           code_of(recording->end));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<AskedRecording> asked(options, &options->asked);
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    list.parsed("--by", kGroups, "Group what was live by this (default: op)", [options](const std::string& name) {
        const std::optional<GroupBy> by = group_by_from_name(name);
        options->by = by.value_or(GroupBy::kOp);
        return by ? "" : not_one_of(name, kGroups);
    });
    list.number("--limit", options->limit, "N", "Show at most this many rows; 0 for all (default: 15)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace peak_parts

Command peak_command() {
    using namespace peak_parts;
    return {.name = "peak",
            .summary = "show the largest use of each pool, and what was live then",
            .examples =
                "  ttmem peak run.ttmem    what `ttmem run -o run.ttmem` recorded\n"
                "  ttmem peak --pid 4711   a running process, as far back as its history goes\n"
                "  ttmem peak run.ttmem --pool l1 --by owner\n"
                "  ttmem peak run.ttmem --json | jq '.peaks[0].moment.parts'\n",
            .details =
                "Bytes are reserved bytes per chip. Chips that were used alike share a line. What failed comes\n"
                "first, if anything did; the next line is about the fullest pool. A peak is exact if the history\n"
                "has no gap; otherwise it is given as two bounds. STEADY is the largest use after the first\n"
                "iteration ended, if that differs: what a program needs once it is loaded.\n"
                "\n"
                "What was live at the peak is divided into parts:\n"
                "\n"
                "- persistent: marked as such, or made outside of iterations and not freed while the work went on\n"
                "- kept to the end: not freed before the work was over, but by a close, by the end of the process,\n"
                "  or right before one of these; without iterations, nothing tells whether it leaked or was meant\n"
                "  to stay\n"
                "- intermediate: freed while the work went on\n"
                "- outlived: freed while the work went on, but after its iteration or program was over\n"
                "- leaked: what `ttmem leaks` calls leaked at the end of the recording, even if it had not yet\n"
                "  outlived its iteration at the peak\n"
                "- program: kernel binaries\n"
                "\n"
                "Circular buffers are in no pool. What a program needs of a core's L1 (its circular and dataflow\n"
                "buffers, beside the buffers that are live when it is dispatched) is shown separately, for the\n"
                "dispatch that needed most.\n",
            .add_options = add_options};
}

}  // namespace ttmem
