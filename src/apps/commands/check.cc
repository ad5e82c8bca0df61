#include <optional>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/options/suppressions_option.h"
#include "src/apps/running/report_file.h"
#include "src/apps/sources/tracked.h"
#include "src/base/input_file.h"
#include "src/base/text.h"
#include "src/capture/capture_reader.h"
#include "src/views/json/check.h"
#include "src/views/text/check.h"

namespace ttmem {
namespace check_parts {

constexpr size_t kMostBaselineBytes = size_t{64} << 20;

struct Options {
    AskedRecording asked;
    Limits limits;
    std::string baseline, write_baseline, junit;
    uint64_t tolerance_permille = 0;
    std::vector<std::string> suppressions;
    bool annotate = false;
};

// "dram=11GiB", and several with commas.
std::string parse_limits(const std::string& text, Limits& limits) {
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        const std::string one = text.substr(begin, end - begin);
        const size_t equals = one.find('=');
        const std::optional<Pool> pool = pool_from_name(one.substr(0, equals));
        const std::optional<uint64_t> bytes =
            equals == std::string::npos ? std::nullopt : parse_bytes(one.substr(equals + 1));
        if (!pool || !bytes) return "`" + one + "` is not POOL=SIZE, such as dram=11GiB";
        limits.peaks[static_cast<size_t>(*pool)] = bytes;
        begin = end + 1;
    }
    return "";
}

// "1%", "0.5%".
std::optional<uint64_t> permille_of(const std::string& text) {
    if (!text.ends_with('%') || text.size() < 2) return std::nullopt;
    const std::string number = text.substr(0, text.size() - 1);
    const size_t point = number.find('.');
    const std::optional<uint64_t> whole = parse_number(number.substr(0, point));
    uint64_t tenths = 0;
    if (point != std::string::npos) {
        if (number.size() != point + 2 || number[point + 1] < '0' || number[point + 1] > '9') return std::nullopt;
        tenths = static_cast<uint64_t>(number[point + 1] - '0');
    }
    if (!whole || *whole > 1000) return std::nullopt;
    return *whole * 10 + tenths;
}

Result<Baseline> baseline_of(const std::string& path) {
    if (path.empty()) return Baseline();
    const Result<std::string> read = read_input(path, kMostBaselineBytes);
    if (!read)
        return Error{path + " cannot be read", read.error().why + ": there is nothing to compare with",
                     "write it: ttmem check --write-baseline " + path};
    const std::string& text = *read;
    if (is_capture(text.data(), text.size()))
        return Error{path + " is a capture, not a baseline", "a baseline is a text file of the figures of a capture",
                     "ttmem check " + path +
                         " --write-baseline baseline.txt, then --baseline baseline.txt; `ttmem diff " + path +
                         " ...` compares captures"};
    return Baseline::parse(text, path);
}

int code_of(const CheckOutcome outcome) {
    return outcome == CheckOutcome::kPassed ? kOk : outcome == CheckOutcome::kFailed ? kCheckFailed : kInconclusive;
}

int answer(const Options& options, const Recording& recording, const CheckFigures& figures, const Baseline& baseline,
           const Terminal& terminal) {
    const CheckValues values{recording, check(figures, options.limits, baseline, options.tolerance_permille),
                             figures.run.coverage, figures.run.name, figures.run.leaks.suppressed};
    if (!options.junit.empty()) {
        const Result<void> written =
            write_file(options.junit, Existing::kRenewed, check_junit(values), "report", "--junit", kOurJunit);
        if (!written) return terminal.fail(written.error(), kFailed);
    }
    if (!options.baseline.empty() && !baseline.leaks && !options.limits.leaks)
        terminal.message("ttmem: leaks are not compared: " + options.baseline + " has no line for them\n");
    const int code = code_of(overall(values.lines));
    return terminal.answer(
        [&] { return (options.annotate ? check_annotations(values) : "") + check_text(values, terminal.look()); },
        [&] { return check_json(values); }, code);
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (options.limits.empty() && options.baseline.empty() && options.write_baseline.empty()) {
        return terminal.fail(
            {"there is nothing to check", "neither a limit nor a baseline is given", "ttmem check --help"}, kUsage);
    }
    if (options.tolerance_permille != 0 && options.baseline.empty())
        return terminal.fail({"--tolerance is for a baseline", "none is given", "add --baseline FILE"}, kUsage);
    const Result<Baseline> baseline = baseline_of(options.baseline);
    if (!baseline) return terminal.fail(baseline.error(), kUsage);
    if (!options.baseline.empty() && baseline->empty()) {
        return terminal.fail({options.baseline + " has no line to compare with", "so everything would pass",
                              "write it again: ttmem check --write-baseline " + options.baseline},
                             kUsage);
    }
    const Result<Suppressions> known = read_suppressions(options.suppressions);
    if (!known) return terminal.fail(known.error(), kUsage);
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    if (recording->end.processes.empty()) {
        return terminal.fail(
            unless_unread(recording->end.coverage,
                          {"there is nothing to check", "no process is tracked", "ttmem run -- CMD follows one"}),
            code_of(recording->end));
    }
    const CheckFigures figures = check_figures(*recording, source_name(options.asked), *known);
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    if (!options.write_baseline.empty()) {
        const Result<void> written = write_file(options.write_baseline, Existing::kRenewed, figures.baseline_text(),
                                                "baseline", "--write-baseline", kOurBaseline);
        if (!written) return terminal.fail(written.error(), kFailed);
        terminal.message("ttmem: the baseline is in " + options.write_baseline + "\n");
        if (options.limits.empty() && options.baseline.empty())
            return figures.run.coverage.complete ? kOk : kInconclusive;
    }
    return answer(options, *recording, figures, *baseline, terminal);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    list.parsed("--limit", "POOL=SIZE", "Largest peak allowed for a pool on any chip: dram=11GiB,l1=64M",
                [options](const std::string& text) { return parse_limits(text, options->limits); });
    list.parsed("--leaks", "N", "Largest number of allocations that may be left; 0 for none",
                [options](const std::string& text) {
                    options->limits.leaks = parse_number(text);
                    return options->limits.leaks ? "" : "`" + text + "` is not a number";
                });
    add_suppressions_option(list, std::shared_ptr<std::vector<std::string>>(options, &options->suppressions));
    list.text("--baseline", options->baseline, "FILE", "Allow no larger peaks and no more leaks than this file says");
    list.parsed("--tolerance", "PERCENT", "With --baseline: allow this much more, such as 1% (default: 0%)",
                [options](const std::string& text) {
                    const std::optional<uint64_t> permille = permille_of(text);
                    options->tolerance_permille = permille.value_or(0);
                    return permille ? "" : "`" + text + "` is not a percentage such as 1% or 0.5%";
                });
    list.text("--write-baseline", options->write_baseline, "FILE", "Write what was found as a baseline to this file");
    list.parsed("--annotate", "github", "Print annotations for GitHub workflows first",
                [options](const std::string& name) {
                    options->annotate = name == "github";
                    return options->annotate ? "" : not_one_of(name, "github");
                });
    list.text("--junit", options->junit, "FILE", "Also write the outcome to this file, as a JUnit report");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace check_parts

Command check_command() {
    using namespace check_parts;
    return {.name = "check",
            .summary = "check peaks and leaks against limits or a baseline, as a gate",
            .examples =
                "  ttmem check run.ttmem --limit dram=11GiB --leaks 0\n"
                "  ttmem check run.ttmem --write-baseline memory.txt\n"
                "  ttmem check run.ttmem --baseline memory.txt --tolerance 1% --annotate github --junit memory.xml\n",
            .details =
                "Exit code: 0 if everything is within its limit, 10 if something is not, 12 if that is not known.\n"
                "If something was not seen, nothing passes except a peak whose upper bound is within its limit.\n"
                "\n"
                "Peaks are reserved bytes per chip, of the chip with the largest. Leaks are what `ttmem leaks`\n"
                "lists.\n"
                "\n"
                "A baseline is a text file that reads well in a review: a line for each pool and one for leaks,\n"
                "with the largest holders as comments. A figure that is not exact has no line, and is not compared.\n"
                "\n"
                "`ttmem diff` shows what grew between two captures.\n",
            .add_options = add_options};
}

}  // namespace ttmem
