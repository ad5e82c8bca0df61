#include "src/views/json/tree.h"

#include <algorithm>
#include <iterator>

#include "src/analysis/recording/shared_use.h"
#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/sources/tracked.h"
#include "src/views/text/tree.h"

namespace ttmem {
namespace tree_parts {

constexpr size_t kTextLimit = 12;

struct Options {
    AskedRecording asked;
    std::vector<TreeLevel> levels;
    bool at_end = false;
    std::optional<size_t> limit;
};

// "op,tag": each known, none twice.
std::string parse_levels(const std::string& text, std::vector<TreeLevel>& levels) {
    levels.clear();
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        const std::string name = text.substr(begin, end - begin);
        const std::optional<TreeLevel> level = tree_level_from_name(name);
        if (!level) return not_one_of(name, "process|op|tag|line|class|part|thread");
        for (const TreeLevel other : levels) {
            if (other == *level) return "`" + name + "` is there twice";
        }
        levels.push_back(*level);
        begin = end + 1;
    }
    return "";
}

bool has_tags(const Options& options, const Recording& recording, const Peaks& peaks) {
    return std::ranges::any_of(peaks.pools, [&](const PoolPeak& peak) {
        const PeakMoment& moment = options.at_end ? peak.end : peak.moment;
        return is_asked(options.asked, recording, peak.chips, peak.pool) &&
               std::ranges::any_of(moment.shares, [](const LiveShare& share) { return share.tag != 0; });
    });
}

// With lines where they were recorded. People are spared a level that says nothing of anything.
std::vector<TreeLevel> levels_of(const Options& options, const Recording& recording, const Peaks& peaks, bool json) {
    if (!options.levels.empty()) return options.levels;
    std::vector<TreeLevel> levels = {TreeLevel::kOp};
    if (json || has_tags(options, recording, peaks)) levels.push_back(TreeLevel::kTag);
    if (recording.end.stacks.size() > 1) levels.push_back(TreeLevel::kLine);
    levels.push_back(TreeLevel::kPart);
    return levels;
}

void forget_unordered(const PoolPeak& peak, Coverage& coverage) {
    for (const PeakMoment* moment : {&peak.moment, peak.steady ? &*peak.steady : nullptr}) {
        if (moment != nullptr && moment->unordered)
            std::erase(coverage.notes, order_sentence(peak.pool, *moment->unordered));
    }
}

TreeValues values_of(const Options& options, const Recording& recording, bool json) {
    Peaks peaks = peaks_of(recording);
    TreeValues values{recording,
                      peaks.coverage,
                      {},
                      levels_of(options, recording, peaks, json),
                      !options.at_end,
                      options.limit.value_or(kTextLimit)};
    for (const PoolPeak& peak : peaks.pools) {
        const PeakMoment& moment = options.at_end ? peak.end : peak.moment;
        if (moment.live.allocations == 0 || !is_asked(options.asked, recording, peak.chips, peak.pool)) continue;
        values.pools.push_back({peak.chips, peak.pool, tree_of(moment.shares, values.levels)});
        note_unordered(peak.pool, moment, values.coverage);
    }
    if (options.at_end) {  // what is not certain of the peaks says nothing of it
        for (const PoolPeak& peak : peaks.pools) forget_unordered(peak, values.coverage);
        return values;
    }
    std::copy_if(peaks.cores.begin(), peaks.cores.end(), std::back_inserter(values.cores),
                 [&](const CoreNeed& need) { return is_asked(options.asked, recording, need.chips, Pool::kL1); });
    return values;
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    const TreeValues values = values_of(options, *recording, terminal.json());
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    return terminal.answer([&] { return tree_text(values, terminal.look()); }, [&] { return tree_json(values); },
                           code_of(recording->end));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<AskedRecording> asked(options, &options->asked);
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    list.parsed("--by", "LEVELS",
                "Levels, any of process, op, tag, line, class, part, thread (default: op, tag, line and part, without "
                "tag or line if nothing has one)",
                [options](const std::string& text) { return parse_levels(text, options->levels); });
    list.flag("--end", options->at_end, "Show what is live at the end, or now, instead of at the peak");
    list.number("--limit", options->limit, "N", "Show at most this many children per node; 0 for all (default: 12)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace tree_parts

Command tree_command() {
    using namespace tree_parts;
    return {.name = "tree",
            .summary = "break down who holds what, at the peak or at the end, level by level",
            .examples =
                "  ttmem tree run.ttmem                     by operation, tag and part, at the peak of each pool\n"
                "  ttmem tree run.ttmem --end --by tag,op   what is live at the end\n"
                "  ttmem tree --pid 4711 --pool l1          a running process\n",
            .details =
                "Bytes are per chip. The children of a line add up to it; those not shown are summed up in a line\n"
                "of their own. `ttmem peak --help` explains the parts. Circular buffers are in no pool; what\n"
                "programs needed of a core's L1 with them is shown below the trees.\n",
            .add_options = add_options};
}

}  // namespace ttmem
