#include "src/views/text/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/model/process_command.h"
#include "src/model/process_note.h"
#include "src/views/text/accumulated.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/failures.h"
#include "src/views/text/last_failure.h"
#include "src/views/text/leaks.h"
#include "src/views/text/leaks_remarks.h"
#include "src/views/text/mistakes.h"
#include "src/views/text/sums.h"
#include "src/views/text/suppressed.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

constexpr std::string_view kBegin = "ttmem: ";
constexpr int kLeaksLeft = 10, kInconclusive = 12;  // exit codes of --fail-on-leak

// As tables name it: of a Python its script.
std::string program_of(const std::vector<std::string>& command) {
    if (command.empty()) return "";
    Process process;
    process.comm = command.front().substr(command.front().rfind('/') + 1);
    process.command_line = fmt::format("{}", fmt::join(command, " "));
    const std::string name = command_of(process);
    return name == process.comm ? command.front() : name;
}

std::string end_line(const RunValues& v) {
    const std::string program = name_cell(program_of(v.command));
    const std::string end = v.child_signal != 0 ? fmt::format("was ended by signal {}", v.child_signal)
                                                : fmt::format("ended with {}", v.child_code);
    return fmt::format("`{}` {} after {}; {} tracked on {}\n", program, end,
                       age_text(v.snapshot.generated_at, v.started_at),
                       counted(v.snapshot.processes.size(), "process", "processes"), counted(v.chips.size(), "chip"));
}

// That the figures are those of the mock that it was run on.
bool is_of_mock(const RunValues& v, const std::string& note) {
    return v.mock && !words_of_mock(note).empty() &&
           note.find("on a mock of " + v.mock->machine + ": ") != std::string::npos;
}

std::string mock_line(const RunValues& v) {
    if (!v.mock) return "";
    std::string text = "on a mock of " + printable(v.mock->machine);
    if (v.mock->stand_in_compiler) text += ", with a stand-in for the compiler";
    const std::vector<std::string>& notes = v.snapshot.coverage.notes;
    const auto tells = std::ranges::find_if(notes, [&](const auto& note) { return is_of_mock(v, note); });
    if (tells != notes.end()) text += ": " + printable(words_of_mock(*tells));
    return text + "\n";
}

// But for what mock_line() says.
std::string missing_lines(const RunValues& v, const Look& look) {
    Coverage coverage = v.snapshot.coverage;
    std::erase_if(coverage.notes, [&](const std::string& note) { return is_of_mock(v, note); });
    std::vector<const Process*> processes;
    for (const Process& process : v.snapshot.processes) processes.push_back(&process);
    return coverage_lines(coverage, processes, look);
}

// The chip that was fullest at its peak, pool by pool.
std::string peak_line(const RunValues& v, const Look& look) {
    std::string text;
    for (const Pool pool : kAllPools) {
        const auto fullest = std::max_element(v.chips.begin(), v.chips.end(), [&](const ChipUse& a, const ChipUse& b) {
            return a.pool(pool).peak_reserved.value_or(Interval{}).high <
                   b.pool(pool).peak_reserved.value_or(Interval{}).high;
        });
        if (fullest == v.chips.end()) return "";
        const PoolUse& use = fullest->pool(pool);
        if (!use.peak_reserved || use.peak_reserved->high == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", pool_name(pool), look.bytes(use.peak_reserved));
        text += of_capacity(use.peak_reserved->high, use.capacity_bytes, look);
    }
    return "reserved at the peak of a chip: " + (text.empty() ? "nothing" : text) + "\n";
}

// "; most by ttnn.gelu at leak.py:9 block": who leaked most bytes; "" where no name is known.
std::string largest_leak(const RunValues& v) {
    const Share* largest = nullptr;
    size_t owners = 0;
    for (const LeftBy& left : v.leaks.left) {
        for (const Share& share : left.owners) {
            if (share.owner.verdict != Verdict::kLeaked) continue;
            ++owners;
            if (largest == nullptr || share.sum.reserved_bytes > largest->sum.reserved_bytes) largest = &share;
        }
    }
    if (largest == nullptr || (largest->owner.op == 0 && largest->owner.tag == 0)) return "";
    const Owner& owner = largest->owner;
    const std::string line = name_cell(frame_words(v.snapshot, owner.line));
    return fmt::format("; {}by {}{}{}", owners > 1 ? "most " : "",
                       name_cell(v.snapshot.texts[owner.op != 0 ? owner.op : owner.tag]), line.empty() ? "" : " at ",
                       line);
}

// By verdict: a leak, circular buffers left behind, and what was only held to the end.
std::string left_lines(const RunValues& v, const Look& look) {
    const auto on_all = [&](const Sum& sum, const VerdictSum& verdict) {
        return " " + sum_text(sum, verdict.is_bound, look, ',') + ", on all chips together\n";
    };
    Sum leaked, held, once;
    size_t plans = 0;
    for (const LeftBy& left : v.leaks.left) {
        once += left.once;
        for (const Share& share : left.owners) {
            (share.owner.verdict == Verdict::kLeaked ? leaked : held) += share.sum;
        }
        plans += left.plans.size();
    }
    std::string text;
    if (leaked.allocations != 0) {
        text += look.paint(Tone::kBad, "leaked:") + on_all(leaked, v.leaks.verdicts.leaked);
        text.insert(text.size() - 1, largest_leak(v));
    }
    text += leaks_remarks(once, leaked, look);
    if (plans != 0) {
        text += look.paint(Tone::kBad, "never given back:") +
                fmt::format(" the circular buffers of {}\n", counted(plans, "program"));
    }
    if (held.allocations != 0)
        text += look.paint(Tone::kWarning, "left at the end:") + on_all(held, v.leaks.verdicts.held_at_exit);
    if (v.leaks.accumulated) text += accumulated_lines(*v.leaks.accumulated, look);
    const bool nothing = text.empty();
    for (const std::string& sentence : v.leaks.judgement.not_judged) {
        text += look.paint(Tone::kWarning, nothing ? "inconclusive:" : "not judged:") + " " +
                below_each_other(sentence) + "\n";
    }
    const std::string suppressed =
        suppressed_line(v.leaks.suppressed, Over::kAllChips, look) + kept_line(v.leaks.judgement.kept, look);
    if (!text.empty()) return text + suppressed;
    if (!v.leaks.suppressed.empty() && v.snapshot.coverage.complete)
        return "left after the end: nothing but what is suppressed\n" + suppressed;
    return v.snapshot.coverage.complete
               ? (v.leaks.judgement.kept.allocations == 0 ? "left after the end: nothing\n" : "leaked: nothing\n") +
                     suppressed
               : "left after the end: nothing of what was recorded, but not everything was\n" + suppressed;
}

// In how many iterations a leak could have been seen.
std::string iterations_line(const RunValues& v) {
    const uint64_t ended = v.iterations(&Process::iterations_ended);
    const uint64_t begun = std::max(v.iterations(&Process::iterations_begun), ended);
    const uint64_t open = begun > ended ? begun - ended : 0;
    const std::string not_ended = open != 0 ? fmt::format(", {} of them not ended", with_commas(open)) : "";
    if (begun != 0) return fmt::format("iterations seen: {}{}\n", with_commas(begun), not_ended);
    const IterationsBy& by = v.iterations_by;
    if (by.operation.empty()) return "";
    const std::string meant =
        by.did_you_mean.empty() ? "" : fmt::format("; did you mean `{}`?", name_cell(by.did_you_mean));
    return fmt::format("iterations seen: none; the operation `{}` never ran{}\n", name_cell(by.operation), meant);
}

// Of all its processes together.
std::string mistakes_lines(const RunValues& v) {
    Mistakes sum;
    for (const Process& process : v.snapshot.processes) sum += process.mistakes;
    const std::string mistakes = mistakes_line(sum);
    return mistakes.empty() ? "" : "mistakes: " + mistakes;
}

// The command that tells of the last one, and of no other run's.
std::string explain_command_of(const RunValues& v) {
    if (v.capture && v.capture->ended_early.empty()) return "ttmem explain --last " + printable(v.capture->path);
    const ExplainedFailures recorded = recorded_failures(v.snapshot);  // the newest first
    if (recorded.failures.empty()) return "ttmem explain --failures";
    return fmt::format("ttmem explain --last --pid {}",
                       v.snapshot.processes[recorded.failures.front().recorded->process.value].pid);
}

uint64_t failures_of(const RunValues& v) {
    uint64_t failures = 0;
    for (const Process& process : v.snapshot.processes) failures += process.failed_allocations;
    return failures;
}

// Of a program that failed its reason, before anything else.
bool failures_come_first(const RunValues& v) { return v.child_code != 0 && failures_of(v) != 0; }

std::string failures_line_of(const RunValues& v) {
    return failures_of(v) == 0 ? ""
                               : counted(failures_of(v), "allocation") + " failed: " + explain_command_of(v) + "\n";
}

std::string running_line(const RunValues& v) {
    if (v.still_running.empty()) return "";
    std::string text = "still running: ";
    for (size_t i = 0; i < v.still_running.size(); ++i) {
        const RunningProcess& p = v.still_running[i];
        text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", p.pid, name_cell(p.comm));
    }
    return text + "\n";
}

std::string capture_line(const RunValues& v, const Look& look) {
    if (!v.capture) return "";
    const RecordedCapture& capture = *v.capture;
    std::string text = fmt::format("recorded: {} in {}, {}", counted(capture.events, "event"), printable(capture.path),
                                   look.bytes(capture.bytes));
    if (capture.events_lost != 0) text += fmt::format("; {} lost", with_commas(capture.events_lost));
    if (!capture.ended_early.empty()) {
        text += "\n" + look.paint(Tone::kBad, "recorded in part:") + " " + printable(capture.ended_early);
    }
    return text + "\n";
}

std::string next_line(const RunValues& v) {
    if (v.snapshot.processes.empty()) {
        return "it has recorded nothing" + (v.nothing_because.empty() ? "" : ": " + printable(v.nothing_because)) +
               "; next: ttmem doctor" +
               (v.may_lack_hardware ? ", or without hardware: ttmem run --mock MACHINE (`ttmem machines` lists them)\n"
                                    : "\n");
    }
    if (v.ledgers_gone != 0) {
        return fmt::format("{} removed already, to make room: --report FILE keeps what they say\n",
                           counted(v.ledgers_gone, "ledger of what was left was", "ledgers of what was left were"));
    }
    if (!v.leaks.left.empty() && v.capture && v.capture->ended_early.empty())
        return fmt::format("next: ttmem leaks {}\n", printable(v.capture->path));
    if (v.leaks.left.size() > 1) return fmt::format("next: ttmem leaks --run {}\n", v.run_id);
    if (!v.leaks.left.empty()) {
        return fmt::format("next: ttmem leaks --pid {}\n",
                           v.snapshot.processes[v.leaks.left.front().process.value].pid);
    }
    if (!v.still_running.empty()) return "next: ttmem status\n";
    return "";
}

// Why the program may have failed, and who held what then.
std::string failure_lines(const RunValues& v, const Look& look) {
    if (!v.failure) return failures_line_of(v);
    constexpr size_t kOwners = 3;
    const std::vector<ExplainedFailure>& last = v.failure->explained.failures;  // one at most
    const uint64_t failures = failures_of(v);
    std::string text =
        failures == 1 ? "an allocation had failed: " : counted(failures, "allocation") + " had failed, the last one: ";
    text += look.paint(Tone::kBad,
                       last.empty() ? "why is not known" : failure_line(last.front(), v.failure->snapshot, look)) +
            "\n";
    if (!last.empty()) text += "why: " + last_failure_verdict(*v.failure, look);
    text += "who held what then, in reserved bytes:\n" + held_table({*v.failure, "", kOwners}, look) +
            stacks_hint(*v.failure);
    text += "the whole of it: " + explain_command_of(v) + "\n";
    if (!v.failure_file.empty()) text += "and in a file: " + printable(v.failure_file) + "\n";
    return text;
}

// Where the exit code is not the program's: of what it is.
std::string exit_line(const RunValues& v) {
    if (v.child_code != 0 || (v.exit_code != kLeaksLeft && v.exit_code != kInconclusive)) return "";
    std::string why;
    const auto add = [&](const std::string& part) { why += (why.empty() ? "" : ", ") + part; };
    if (v.exit_code == kInconclusive) {
        // Without its figures and advice, which stand above.
        const std::string& first =
            v.leaks.judgement.complete() ? "not everything was recorded" : v.leaks.judgement.not_judged[0];
        add("whether something leaked cannot be told: " + printable(first.substr(0, first.find(": "))));
    }
    uint64_t leaked = 0, held = 0, plans = 0;
    for (const LeftBy& left : v.leaks.left) {
        for (const Share& share : left.owners)
            (share.owner.verdict == Verdict::kLeaked ? leaked : held) += share.sum.allocations;
        plans += left.plans.size();
    }
    if (leaked != 0) add(counted(leaked, "allocation") + " leaked");
    if (held != 0) add(counted(held, "allocation") + " left at the end");
    if (plans != 0) add("the circular buffers of " + counted(plans, "program") + " never given back");
    if (v.leaks.accumulated && !v.leaks.accumulated->empty()) add("memory grew from iteration to iteration");
    return fmt::format("exit code {}: --fail-on-leak, {}\n", v.exit_code, why);
}

}  // namespace

std::string run_text(const RunValues& values, const Look& look) {
    Look narrower = look;  // by what each line begins with
    if (look.width > kBegin.size()) narrower.width -= kBegin.size();
    std::string lines = end_line(values);
    const bool is_reason = failures_come_first(values);
    if (is_reason) lines += failure_lines(values, narrower);
    if (!values.snapshot.processes.empty())
        lines += (is_reason ? "" : failures_line_of(values)) + left_lines(values, look) + iterations_line(values) +
                 peak_line(values, look) + mistakes_lines(values);
    lines += running_line(values) + mock_line(values) + capture_line(values, narrower) +
             missing_lines(values, narrower) + exit_line(values) + next_line(values);
    lines = wrapped(lines, narrower);
    std::string text;
    for (size_t begin = 0; begin < lines.size();) {
        const size_t end = lines.find('\n', begin) + 1;
        text.append(kBegin).append(lines, begin, end - begin);
        begin = end;
    }
    return text;
}

}  // namespace ttmem
