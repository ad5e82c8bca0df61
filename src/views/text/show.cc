#include "src/views/text/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "src/analysis/snapshot/story.h"
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

// "3 operations (2 top-level), 4 allocations, 1 chip; frees are not in the source": every figure is there, or said not
// to be.
class Counts {
public:
    void add(const std::optional<uint64_t>& value, const std::string& noun, const std::string& more = "",
             const std::string& plural = "") {
        if (value) {
            known_ += (known_.empty() ? "" : ", ") + counted(*value, noun, plural) + more;
        } else {
            unknown_.push_back(noun + "s");
        }
    }
    std::string text() const {
        std::string unknown;
        for (size_t i = 0; i < unknown_.size(); ++i)
            unknown += (i == 0 ? "" : i + 1 < unknown_.size() ? ", " : " and ") + unknown_[i];
        if (unknown.empty()) return known_ + "\n";
        return (known_.empty() ? "" : known_ + "; ") + unknown + " are not in the source\n";
    }

private:
    std::string known_;
    std::vector<std::string> unknown_;
};

std::string counts_text(const ImportedUse& use) {
    Counts counts;
    const bool top = use.operations && use.top_level_operations;
    counts.add(use.operations, "operation",
               top ? fmt::format(" ({} top-level)", with_commas(*use.top_level_operations)) : "");
    counts.add(use.allocations, "allocation");
    counts.add(use.frees, "free");
    if (use.cbs_of_runs_missing) {
        const uint64_t runs = use.program_runs.value_or(use.runs_without_cbs);
        const bool all = use.runs_without_cbs == 0 || use.runs_without_cbs >= runs;
        counts.add(runs, "program run",
                   (all ? std::string() : fmt::format(", {} of them", with_commas(use.runs_without_cbs))) +
                       " without their circular buffers");
    } else {
        counts.add(use.cb_plans, "CB plan",
                   use.circular_buffers ? " with " + counted(*use.circular_buffers, "circular buffer") : "");
    }
    if (use.chips.empty()) {
        counts.add(std::nullopt, "chip");
        return counts.text();
    }
    const auto is_mesh = [](const ImportedChip& chip) { return chip.name.find("mesh ") != std::string::npos; };
    const auto meshes = static_cast<size_t>(std::ranges::count_if(use.chips, is_mesh));
    const std::string noun = meshes == 0 ? "chip" : meshes == use.chips.size() ? "mesh" : "device";
    counts.add(use.chips.size(), noun, "", noun == "mesh" ? "meshes" : "");
    return counts.text();
}

std::string earlier_text(const ImportedUse& use, const Look& look) {
    std::string text;
    for (const Pool pool : kAllPools) {
        const ImportedEarlier& earlier = use.earlier[static_cast<size_t>(pool)];
        if (earlier.buffers == 0) continue;
        const std::string buffers = counted(earlier.buffers, "buffer");
        if (earlier.unsized == earlier.buffers) {
            text += fmt::format("Before it begins, and not counted above: {} of {} of unknown size\n", buffers,
                                pool_name(pool));
            continue;
        }
        text +=
            fmt::format("Before it begins, and not counted above: {}{} of {} in {}\n",
                        earlier.unsized > 0 ? "at least " : "", look.bytes(earlier.bytes), pool_name(pool), buffers);
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
                failures_text(*values.failures, nullptr, false, look);
        if (!values.only_messages) text += "\n" + use_verdict(use, look);
    }
    if (!values.only_messages) {
        text += counts_text(use) + chips_text(use, look) + earlier_text(use, look);
    }
    const std::string coverage = coverage_lines(use.coverage, look);
    return wrapped_below(text, look) + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem
