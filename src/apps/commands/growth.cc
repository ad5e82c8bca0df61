#include <algorithm>
#include <map>

#include "src/analysis/leaks/verdict.h"
#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/options/suppressions_option.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/json/growth.h"
#include "src/views/text/growth.h"

namespace ttmem {
namespace growth_parts {

constexpr size_t kTextLimit = 20;

struct Options {
    AskedRecording asked;
    std::vector<std::string> suppressions;
    bool fail_on_growth = false;
    std::optional<size_t> limit;
};

// What `ttmem leaks` calls leaked, that neither grew nor is known to have been left once: a few in many iterations.
Sum leaked_beside(const GrowthValues& values) {
    Sum sum;
    if (values.has_growth() || std::ranges::any_of(values.report.owners, &OwnerGrowth::too_few)) return sum;
    for (const LeftBy& by : values.leaks.left) sum += by.again;
    return sum;
}

// Takes out of the report what a line of the file fits.
void suppress(const Suppressions& lines, GrowthValues& values) {
    const Snapshot& tables = values.recording.end;
    std::map<const Suppression*, GrowthValues::Suppressed> used;
    std::erase_if(values.report.owners, [&](const OwnerGrowth& owner) {
        const Suppression* line = lines.find(tables.texts[owner.op], tables.texts[owner.tag], "", owner.pool,
                                             owner.allocation_class, {.holder_ended = outlived_its_holder(owner)});
        if (line == nullptr) return false;
        GrowthValues::Suppressed& of = used[line];
        of.line = line->text;
        ++of.owners;
        of.grown += owner.grown.growth();
        return true;
    });
    for (const auto& [line, of] : used) values.suppressed.push_back(of);
}

int exit_code_of(const Options& options, const GrowthValues& values) {
    if (values.recording.end.processes.empty()) return code_of(values.recording.end);
    if (!options.fail_on_growth) return kOk;
    if (values.has_growth()) return kCheckFailed;
    // Without iterations nothing can be seen to grow, and what `ttmem leaks` says of a whole history is all there is.
    if (values.report.processes.empty()) {
        const LeakOutcome outcome = values.leaks.outcome(values.report.coverage);
        return outcome == LeakOutcome::kNone ? kOk : kInconclusive;
    }
    bool enough = true;
    const bool is_whole = options.asked.window.from.empty() && options.asked.window.to.empty();
    for (const ProcessGrowth& of : values.report.processes)
        enough &= of.enough() && !of.has_gap && (of.iterations_missing == 0 || !is_whole) && !of.piles_up_traces();
    for (const OwnerGrowth& of : values.report.owners) enough &= !of.too_few;
    enough &= values.leaked_beside.allocations == 0;
    return enough && values.report.coverage.complete && values.leaks.judgement.complete() ? kOk : kInconclusive;
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const Result<Suppressions> lines = read_suppressions(options.suppressions);
    if (!lines) return terminal.fail(lines.error(), kUsage);
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    GrowthValues values{*recording, growth_of(*recording), {}, options.limit.value_or(kTextLimit)};
    Snapshot end = recording->end;
    values.leaks = leak_verdict(*recording, end, {}, *lines, terminal.look().bytes_text());
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    suppress(*lines, values);
    values.leaked_beside = leaked_beside(values);
    return terminal.answer([&] { return growth_text(values, terminal.look()); }, [&] { return growth_json(values); },
                           exit_code_of(options, values));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    add_suppressions_option(list, std::shared_ptr<std::vector<std::string>>(options, &options->suppressions));
    list.flag("--fail-on-growth", options->fail_on_growth,
              "Exit with 10 if growth is certain or probable, 12 if inconclusive");
    list.number("--limit", options->limit, "N", "Show at most this many owners; 0 for all (default: 20)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace growth_parts

Command growth_command() {
    using namespace growth_parts;
    return {.name = "growth",
            .summary = "find what accumulates from iteration to iteration, and how the program cache grows",
            .examples =
                "  ttmem growth run.ttmem\n"
                "  ttmem growth --pid 4711   a running process, as far back as its history goes\n"
                "  ttmem growth run.ttmem --fail-on-growth --suppressions known.supp\n",
            .details =
                "Compares what is live at the end of each iteration, without what iterations made that still go on\n"
                "then: they may free it in time. The first iterations, in which caches fill, are left out: one of\n"
                "fewer than 5, two of fewer than 10, otherwise three. In those that remain, growth is:\n"
                "\n"
                "- certain: it grew in every one, and there are at least three\n"
                "- probable: it grew in more than half, of more than seven in all, and never shrank; or in five or\n"
                "  more, at least every other one, until most of it was freed, but no more than twice (a program\n"
                "  that keeps a batch frees it again and again); or in each iteration of several sessions (three or\n"
                "  more iterations from one close of a device to the next)\n"
                "- possible: otherwise\n"
                "\n"
                "Iterations of one name and thread are also judged separately: growth is certain if each of them\n"
                "left something that outlived three more, and probable if most did, or one now and then throughout,\n"
                "and most of it was live at the same time.\n"
                "\n"
                "Memory that is marked persistent or belongs to programs or traces may stay. The program cache has\n"
                "a section of its own, which includes the tables that operations, such as a convolution, made for\n"
                "the programs that they compiled.\n"
                "\n"
                "With --fail-on-growth, what `ttmem leaks` calls leaked but did not grow makes the exit code 12,\n"
                "unless it is known to have been left once. Without iterations, the exit code is 0 where that of\n"
                "`ttmem leaks --fail-on-leak` is 0, and 12 otherwise.\n"
                "\n"
                "Bytes are summed over all chips. Suppressions use LeakSanitizer's syntax: `*` matches anything,\n"
                "`^` and `$` anchor a pattern to the ends of a name.\n",
            .add_options = add_options};
}

}  // namespace ttmem
