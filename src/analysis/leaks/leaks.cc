#include "src/analysis/leaks/leaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "src/analysis/leaks/growth_rule.h"
#include "src/analysis/leaks/once.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"

namespace ttmem {

bool is_left(const Snapshot& snapshot, const Allocation& allocation) {
    return verdict_of(snapshot, allocation) == Verdict::kLeaked || standing_of(snapshot, allocation) == Standing::kHeld;
}

namespace {

Selection left_in(const Snapshot& snapshot, const Filter& filter) {
    Selection selection = select(snapshot, filter);
    std::erase_if(selection, [&](uint32_t i) { return !is_left(snapshot, snapshot.allocations[i]); });
    return selection;
}

constexpr size_t kMostNames = 60;  // characters

// Of what one process left and nobody can tell whether it would have left more of.
struct TooFew {
    Sum sum;
    std::map<std::string, uint64_t> operations;  // allocations of each
    uint64_t iterations = 0;
    bool has_gap = false;      // its history is missing, or not whole
    bool may_be_kept = false;  // some of it is of a fixed number
};

std::string words_of(const Process& process, const TooFew& left, BytesText bytes) {
    std::string names;
    for (const auto& [op, count] : left.operations) {
        names += (names.empty() ? "" : ", ") + op;
        if (names.size() < kMostNames) continue;
        names += ", ...";
        break;
    }
    const std::string why =
        left.has_gap ? std::string("its history is missing or has gaps")
        : left.iterations <= kFewIterations
            ? fmt::format("{} cannot tell; run more than {}", counted(left.iterations, "iteration"), kFewIterations + 1)
        : left.may_be_kept
            ? std::string(
                  "later iterations left no more; a line `once:OPERATION` for --suppressions, or a mark as "
                  "persistent, says that it is meant to stay")
            : std::string("calls that compile nothing could tell, and there were too few");
    return fmt::format("process {} left {}, {}, that may {}, or be a leak ({}): {}", process.pid,
                       counted(left.sum.allocations, "allocation"), bytes(left.sum.reserved_bytes),
                       left.may_be_kept ? "be kept on purpose, as the last result of a loop is"
                                        : "belong to a cache, as tables of compiled programs do",
                       names, why);
}

Judgement judgement_of(const Snapshot& snapshot, const Once& once, const Selection& too_few, Over over,
                       BytesText bytes) {
    std::map<uint32_t, TooFew> by_process;
    Judgement judgement;
    for (const uint32_t i : too_few) {
        const Allocation& a = snapshot.allocations[i];
        TooFew& left = by_process[a.process.value];
        const Sum sum = sum_of(snapshot, a, over);
        left.sum += sum, judgement.sum += sum;
        ++left.operations[snapshot.texts[a.op]];
        left.iterations = std::max(left.iterations, once.iterations_of(a));
        const bool may_be_kept = once.may_be_bounded(i) && (once.has_history(a) || once(a) != Repeats::kTooFew);
        left.has_gap |= once.has_gap(a) || (may_be_kept && !once.has_history(a));
        left.may_be_kept |= may_be_kept;
    }
    for (const auto& [process, left] : by_process)
        judgement.not_judged.push_back(words_of(snapshot.processes[process], left, bytes));
    return judgement;
}

}  // namespace

std::string held_words(const Snapshot& snapshot) {
    const size_t held = select(snapshot, {.standing = Standing::kHeld}).size();
    if (held == 0) return "";
    return counted(held, "allocation") +
           " held when their process ended, which is the end of them here: `ttmem leaks` lists them";
}

namespace {

// What is left once what is known, and what no one can tell, is taken out.
std::vector<LeftBy> by_process(const Snapshot& snapshot, const Filter& filter, const Selection& selection,
                               const Once& once, const Suppressions& known, Suppressed& suppressed) {
    const Over over = over_chips_of(filter);
    std::vector<LeftBy> of(snapshot.processes.size());
    for (const uint32_t i : selection) of[snapshot.allocations[i].process.value].allocations.push_back(i);
    for (const LeftBehind& plan : plans_left_behind(snapshot)) {
        const Program& program = snapshot.programs[plan.program];
        if (!fits(snapshot, program, program.cbs[plan.cbs], filter)) continue;
        const Suppression* line = known.find(snapshot.texts[program.op], snapshot.texts[program.tag], program.name,
                                             Pool::kL1, AllocationClass::kUnknown);
        if (line != nullptr) {
            suppressed[line->text] += Sum{1, 0, 0};
        } else {
            of[program.process.value].plans.push_back(plan);
        }
    }
    std::vector<LeftBy> left;
    for (uint32_t p = 0; p < of.size(); ++p) {
        LeftBy& by = of[p];
        if (by.allocations.empty() && by.plans.empty()) continue;
        by.process = ProcessIndex{p};
        sort(snapshot, by.allocations, SortKey::kReserved);
        by.owners = by_owner_and_verdict(snapshot, by.allocations, over);
        by.sum = total(snapshot, by.allocations, over);
        for (const uint32_t i : by.allocations) {
            const Allocation& a = snapshot.allocations[i];
            if (once(a) == Repeats::kNo) {
                by.once += sum_of(snapshot, a, over);
            } else if (verdict_of(snapshot, a) == Verdict::kLeaked) {
                by.again += sum_of(snapshot, a, over);
            }
        }
        left.push_back(std::move(by));
    }
    return left;
}

}  // namespace

std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter) {
    filter.standing.reset();
    Suppressed suppressed;
    const Repetitions no_history;
    const Once once(snapshot, left_in(snapshot, {}), no_history);
    return by_process(snapshot, filter, left_in(snapshot, filter), once, {}, suppressed);
}

std::vector<LeftBy> leaks_of(const Snapshot& snapshot, Filter filter, const Suppressions& known, LeaksLeftOut& left_out,
                             const Repetitions& repetitions, BytesText bytes) {
    filter.standing.reset();
    const Over over = over_chips_of(filter);
    const Once once(snapshot, left_in(snapshot, {}), repetitions);
    Selection selection = left_in(snapshot, filter);
    Selection too_few;
    known.take_out(snapshot, once, selection, left_out.suppressed, too_few, over);
    std::erase_if(selection, [&](uint32_t i) {
        const Allocation& a = snapshot.allocations[i];
        if (!once.may_be_bounded(i) || standing_of(snapshot, a) == Standing::kHeld) return false;
        too_few.push_back(i);
        return true;
    });
    left_out.too_few = judgement_of(snapshot, once, too_few, over, bytes);
    return by_process(snapshot, filter, selection, once, known, left_out.suppressed);
}

}  // namespace ttmem
