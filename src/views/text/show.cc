#include "src/views/text/show.h"

#include <fmt/format.h>

#include "src/analysis/story.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/failures.h"
#include "src/views/text/show_chips.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

std::string heading(const ShowValues& values) {
    std::string text = fmt::format("{}: {}", printable(values.source), values.use.format);
    if (!values.use.version.empty()) text += ", version " + printable(values.use.version);
    return text + "\n";
}

// "3 operations (2 of them top level), 4 allocations, frees unknown": every figure is there, or said to be unknown.
std::string counts_text(const ImportedUse& use) {
    const auto count = [](const std::optional<uint64_t>& value, const std::string& noun) {
        return value ? counted(*value, noun) : noun + "s unknown";
    };
    std::string text = count(use.operations, "operation");
    if (use.operations && use.top_level_operations) {
        text += fmt::format(" ({} top-level)", with_commas(*use.top_level_operations));
    }
    text += ", " + count(use.allocations, "allocation") + ", " + count(use.frees, "free") + ", ";
    if (use.cbs_of_runs_missing) {
        const uint64_t runs = use.program_runs.value_or(use.runs_without_cbs);
        const bool all = use.runs_without_cbs == 0 || use.runs_without_cbs >= runs;
        text += counted(runs, "program run") +
                (all ? std::string() : fmt::format(", {} of them", with_commas(use.runs_without_cbs))) +
                " without their circular buffers";
    } else {
        text += count(use.cb_plans, "CB plan");
        if (use.circular_buffers) text += fmt::format(" with {}", counted(*use.circular_buffers, "circular buffer"));
    }
    return text + ", " + (use.chips.empty() ? "chips unknown" : counted(use.chips.size(), "chip")) + "\n";
}

std::string earlier_text(const ImportedUse& use, const Look& look) {
    std::string text;
    for (const Pool pool : kAllPools) {
        const ImportedEarlier& earlier = use.earlier[static_cast<size_t>(pool)];
        if (earlier.buffers == 0) continue;
        text += fmt::format("Before it begins, and not counted above: {} of {} in {}\n", look.bytes(earlier.bytes),
                            pool_name(pool), counted(earlier.buffers, "buffer"));
    }
    return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string show_text(const ShowValues& values, const Look& look) {
    const ImportedUse& use = values.use;
    const bool failed = values.failures && !values.failures->failures.empty();
    std::string text = look.paint(Tone::kBold, failed ? failures_verdict(*values.failures) : use_verdict(use, look));
    text += heading(values);
    if (failed) {
        text += fmt::format("\n{}:\n\n", failures_summary(*values.failures)) +
                failures_text(*values.failures, nullptr, look);
        if (!values.only_messages) text += "\n" + use_verdict(use, look);
    }
    if (!values.only_messages) {
        text += counts_text(use) + chips_text(use, look) + earlier_text(use, look);
    }
    const std::string coverage = coverage_lines(use.coverage, look);
    return wrapped_below(text, look) + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem
