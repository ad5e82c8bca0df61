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
    list.parsed("--by", kGroups, "Add up what was live by this (default: op)", [options](const std::string& name) {
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
    return {
        .name = "peak",
        .summary = "the largest use of each pool, and what was live then",
        .examples =
            "  ttmem peak run.ttmem                    what `ttmem run -o run.ttmem` recorded\n"
            "  ttmem peak --pid 4711                   a process that runs, as far as its history goes\n"
            "  ttmem peak run.ttmem --pool l1 --by owner\n"
            "  ttmem peak run.ttmem --json | jq '.peaks[0].moment.parts'\n",
        .details =
            "Bytes are reserved bytes per chip. Chips that were used alike share a line. The peak is exact if the\n"
            "history has no gap; otherwise it is given as two bounds. STEADY is the largest use after the first\n"
            "iteration ended, if that differs: what a program needs once it is loaded.\n"
            "Parts: persistent is what is marked so, or was made outside of the iterations and not freed while the\n"
            "work went on; kept to the end was not freed before the work was over, by a close, by the end of the\n"
            "process, or right before one of them: without iterations nothing tells whether that leaked or was meant\n"
            "to stay. Intermediate was freed while the work went on; outlived, too, after its iteration or program "
            "was\n"
            "over; leaked is what `ttmem leaks` calls so at the end of the recording, also if it had not outlived its\n"
            "iteration at the peak; program is kernel binaries. After what failed, if anything did, the first line is\n"
            "about the fullest pool.\n"
            "Circular buffers are in no pool: what a program needs of a core's L1, its circular and dataflow buffers\n"
            "beside the buffers that are live when it is dispatched, is shown apart, for the dispatch that needed\n"
            "most.\n",
        .add_options = add_options};
}

}  // namespace ttmem
