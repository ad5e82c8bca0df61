#include "src/analysis/leaks/accumulated.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr uint64_t kIterationsToTell = 2;  // a warm-up and one more

bool passes(const Filter& filter, const Accumulated& owner) {
    return (!filter.pool || owner.pool == *filter.pool) &&
           (!filter.allocation_class || owner.allocation_class == *filter.allocation_class) &&
           owner.op.find(filter.op) != std::string::npos && owner.tag.find(filter.tag) != std::string::npos;
}

// Whether this owner is listed with what is left; several, when as much of them is.
bool is_left(const Snapshot& snapshot, const std::vector<LeftBy>& left, const Accumulated& owner) {
    uint64_t allocations = 0;
    for (const LeftBy& by : left) {
        if (by.process.value != owner.process.value) continue;
        for (const Share& share : by.owners) {
            if (share.owner.pool != owner.pool || share.owner.allocation_class != owner.allocation_class) continue;
            if (owner.several) {
                allocations += share.sum.allocations;
            } else if (snapshot.texts[share.owner.op] == owner.op && snapshot.texts[share.owner.tag] == owner.tag) {
                return true;
            }
        }
    }
    return owner.several && allocations >= owner.grown.growth().allocations;
}

// With what is known already: it would be taken for freed else. Not with what came once: an operation that keeps a
// table may leak as well.
std::vector<LeftBy> left_of(const Snapshot& snapshot, const Filter& filter, const Suppressions& known,
                            const Repetitions& repetitions) {
    std::optional<Snapshot> settled;
    if (any_to_settle(repetitions)) settle(settled.emplace(snapshot), repetitions);
    LeaksLeftOut left_out;
    return leaks_of(settled ? *settled : snapshot, filter, known.once_lines(), left_out, repetitions);
}

std::string name_of(const Accumulated& owner) {
    if (!owner.op.empty()) return "`" + owner.op + "`";
    return owner.tag.empty() ? "memory without an operation" : "memory tagged `" + owner.tag + "`";
}

std::string processes(const std::vector<uint32_t>& pids) {
    return pids.size() == 1 ? fmt::format("process {}", pids.front()) : with_commas(pids.size()) + " processes";
}

bool was_looked_at(const Process& process, const Recording& recording) {
    return std::any_of(recording.gaps.begin(), recording.gaps.end(), [&](const HistoryGap& gap) {
        return gap.sampled && recording.end.processes[gap.process.value].ledger == process.ledger;
    });
}

// Who may have more of it, for want of history.
void look_at_history(const Process& process, const ProcessGrowth* growth, const Recording& recording,
                     AccumulatedReport& report) {
    if (process.iterations_begun == 0) {
        const auto history = report.repetitions.find(process.ledger);
        if (history != report.repetitions.end() && history->second.kept != Repetition::Kept::kUnknown) return;
    } else if (process.iterations_ended < kIterationsToTell ||
               (growth != nullptr && !growth->has_gap && growth->iterations_missing == 0)) {
        return;
    }
    const bool is_whole = growth != nullptr ? !growth->has_gap : recording.is_part;
    std::vector<uint32_t>& processes = process.level == "counts"           ? report.without_history
                                       : was_looked_at(process, recording) ? report.looked_at
                                       : is_whole                          ? report.begun_before
                                                                           : report.with_gap;
    processes.push_back(process.pid);
}

std::string too_few(const Accumulated& owner, const Process& process) {
    return fmt::format(
        "{} of process {} grew in {} of {} {}iterations, to {}, and was freed later: whether that is a leak, more "
        "iterations tell",
        name_of(owner), process.pid, with_commas(owner.grown.grew_in), with_commas(owner.iterations),
        owner.iterations_called.empty() ? ""
                                        : "`" + name_of_kind(owner.iterations_called, owner.iterations_numbered) + "` ",
        counted(owner.grown.last.allocations, "allocation"));
}

}  // namespace

Repetitions repetitions_of(const GrowthReport& growth, const Snapshot& tables) {
    Repetitions of;
    for (const auto& [process, repetition] : growth.repetitions) of[tables.processes[process].ledger] = repetition;
    return of;
}

AccumulatedReport accumulated_in(const Recording& recording, const Snapshot& snapshot, const Filter& filter,
                                 const Suppressions& known_already) {
    const GrowthReport growth = growth_of(recording, filter);
    const Snapshot& tables = recording.end;
    std::map<LedgerId, const ProcessGrowth*> grown_in;
    for (const ProcessGrowth& of : growth.processes) grown_in[tables.processes[of.process].ledger] = &of;

    AccumulatedReport report;
    report.repetitions = repetitions_of(growth, tables);
    const std::vector<LeftBy> left = left_of(snapshot, filter, known_already, report.repetitions);
    std::map<LedgerId, ProcessIndex> known;
    for (uint32_t i = 0; i < snapshot.processes.size(); ++i) {
        const Process& process = snapshot.processes[i];
        if (filter.pid && process.pid != *filter.pid) continue;
        known[process.ledger] = ProcessIndex{i};
        const auto found = grown_in.find(process.ledger);
        look_at_history(process, found == grown_in.end() ? nullptr : found->second, recording, report);
    }
    for (const ProcessGrowth& of : growth.processes) {
        const auto process = known.find(tables.processes[of.process].ledger);
        if (process == known.end() || !of.piles_up_traces()) continue;
        report.too_few.push_back(
            fmt::format("process {} captured more traces than it released in each of {} iterations after the warm-up; "
                        "`ttmem traces` tells of them",
                        tables.processes[of.process].pid, with_commas(of.iterations - of.warm_up)));
    }
    for (const OwnerGrowth& of : growth.owners) {
        const LedgerId ledger = tables.processes[of.process].ledger;
        const auto process = known.find(ledger);
        if (process == known.end()) continue;
        const ProcessGrowth& its = *grown_in.at(ledger);
        Accumulated owner{.process = process->second,
                          .op = tables.texts[of.op],
                          .tag = tables.texts[of.tag],
                          .pool = of.pool,
                          .allocation_class = of.allocation_class,
                          .grown = of.grown,
                          .iterations = of.outlived != 0            ? of.outlived
                                        : of.grown.until_freed != 0 ? of.grown.until_freed
                                                                    : its.iterations - its.warm_up,
                          .several = of.several,
                          .outlived = of.outlived != 0,
                          .iterations_called = tables.texts[of.iterations_called],
                          .iterations_numbered = of.iterations_numbered};
        if (!passes(filter, owner) || is_left(snapshot, left, owner)) continue;
        if (of.grown.growth().allocations == 0) continue;  // larger ones in place of others: all of them were freed
        const bool is_certain = owner.grown.certainty != Certainty::kPossible;
        const Suppression* line = known_already.find(owner.op, owner.tag, "", owner.pool, owner.allocation_class,
                                                     {.holder_ended = outlived_its_holder(of)});
        if (line != nullptr) {
            if (is_certain) report.suppressed[line->text] += owner.grown.growth();
        } else if (is_certain) {
            report.owners.push_back(std::move(owner));
        } else if (of.too_few) {
            report.too_few.push_back(too_few(owner, snapshot.processes[owner.process.value]));
        }
    }
    return report;
}

std::vector<std::string> AccumulatedReport::not_judged() const {
    constexpr const char* kFreed =
        "so what grew from iteration to iteration, or again and again, and was freed is not known";
    std::vector<std::string> sentences;
    if (!without_history.empty()) {
        sentences.push_back(fmt::format("{} recorded no history (TTMEM_LEVEL=counts), {}; TTMEM_LEVEL=events does",
                                        processes(without_history), kFreed));
    }
    if (!looked_at.empty()) {
        sentences.push_back(
            fmt::format("`ttmem record --every` looked at what is live in {}, {}; without --every it "
                        "records what happens",
                        processes(looked_at), kFreed));
    }
    if (!begun_before.empty()) {
        sentences.push_back(
            fmt::format("this recording begins after {} had, {}; `ttmem run -o FILE` records a "
                        "program from its start",
                        processes(begun_before), kFreed));
    }
    if (!with_gap.empty()) {
        sentences.push_back(fmt::format(
            "the history of {} has gaps, {}; `ttmem run -o FILE` with a larger TTMEM_HISTORY_BYTES keeps it",
            processes(with_gap), kFreed));
    }
    if (!unread.empty())
        sentences.push_back(fmt::format("the history of {} could not be read, {}", processes(unread), kFreed));
    sentences.insert(sentences.end(), too_few.begin(), too_few.end());
    return sentences;
}

void append(AccumulatedReport& report, AccumulatedReport more) {
    const auto move_to = [](auto& to, auto& from) { std::move(from.begin(), from.end(), std::back_inserter(to)); };
    move_to(report.owners, more.owners);
    move_to(report.without_history, more.without_history);
    move_to(report.looked_at, more.looked_at);
    move_to(report.begun_before, more.begun_before);
    move_to(report.with_gap, more.with_gap);
    move_to(report.unread, more.unread);
    move_to(report.too_few, more.too_few);
    report.repetitions.merge(more.repetitions);
    add(report.suppressed, more.suppressed);
}

}  // namespace ttmem
