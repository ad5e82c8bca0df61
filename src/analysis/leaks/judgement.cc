#include "src/analysis/leaks/judgement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "src/analysis/leaks/once.h"
#include "src/analysis/leaks/suspects.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/suggestion.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

enum class Why { kNoneBegun, kNoneEnded, kClosedWithin, kOutside, kLast };
constexpr size_t kReasons = 5;
constexpr size_t kMostNamed = 3;

// What is not judged for one reason.
struct Heap {
    Sum released, live, freed;
    std::set<uint32_t> processes;
    Suspects suspects;
    std::vector<std::string> steady;           // operations that a step may begin with
    std::map<std::string, uint64_t> freed_by;  // operation: allocations of `freed`
};

bool is_open(const Process& process, uint32_t iteration) {
    const std::vector<uint32_t>& open = process.open_iterations;
    return std::find(open.begin(), open.end(), iteration) != open.end();
}

const Repetition* history_of(const Process& process, const Repetitions& repetitions) {
    const auto history = repetitions.find(process.ledger);
    return history == repetitions.end() ? nullptr : &history->second;
}

// What history calls none of a leak.
bool is_excused(const Repetition* history, const Allocation& a) {
    if (history == nullptr) return false;
    return history->bounded.contains(a.handle) || (a.iteration != 0 && a.iteration < history->first_step);
}

// What ended because memory was used up would have grown on.
bool is_no_growth(const Process& process, const Repetition* history, const Allocation& a) {
    return process.iterations_begun == 0 && process.iterations_by.empty() && a.released && history != nullptr &&
           history->kept == Repetition::Kept::kOnce && process.failed_allocations == 0;
}

// Of the last iteration, which never ended.
std::optional<Why> why_last(const Repetition* history, const Allocation& a) {
    if (!a.released || history == nullptr || history->has_gap || history->like_before.contains(a.handle))
        return std::nullopt;
    return Why::kLast;
}

bool needs_none(const Allocation& a) {
    return a.persistent || a.allocation_class == AllocationClass::kProgram ||
           a.allocation_class == AllocationClass::kTrace;
}

// Why it is not judged; nothing where it is.
std::optional<Why> why_not_judged(const Snapshot& snapshot, const Allocation& a, const Repetition* history) {
    if (needs_none(a) || standing_of(snapshot, a) == Standing::kHeld) return std::nullopt;
    if (verdict_of(snapshot, a) == Verdict::kLeaked) return std::nullopt;
    const Process& process = snapshot.process_of(a);
    if (process.iterations_begun == 0) return Why::kNoneBegun;
    if (process.iterations_ended == 0) return Why::kNoneEnded;
    // Its iteration has ended, but after the close: until that came it might still have been freed.
    if (a.iteration != 0)
        return is_open(process, a.iteration) ? why_last(history, a) : std::optional(Why::kClosedWithin);
    const bool was_set_up = (process.first_iteration_at == 0 || a.since < process.first_iteration_at) &&
                            (history == nullptr || !history->made_again.contains(a.handle));
    return was_set_up ? std::nullopt : std::optional(Why::kOutside);
}

std::string amount(const Sum& sum, BytesText bytes) {
    return counted(sum.allocations, "allocation") + ", " + bytes(sum.requested_bytes);
}

// By process: when it made the newest of its allocations.
std::vector<WallTime> newest_of(const Snapshot& snapshot) {
    std::vector<WallTime> newest(snapshot.processes.size());
    for (const Allocation& a : snapshot.allocations)
        newest[a.process.value] = std::max(newest[a.process.value], a.since);
    return newest;
}

std::string what(const Snapshot& snapshot, const Heap& heap, BytesText bytes) {
    std::string text;
    // Who does not close it has it closed by the runtime, as the program ends.
    if (heap.released.allocations != 0)
        text = "closing the device, or the program's end, released " + amount(heap.released, bytes);
    if (heap.live.allocations != 0)
        text += (text.empty() ? "" : ", and ") + amount(heap.live, bytes) + " are in use now";
    const std::string suspects = heap.suspects.in_words(snapshot, newest_of(snapshot));
    if (!suspects.empty()) text += " (" + suspects + ")";
    if (heap.freed.allocations == 0) return text;
    text += (text.empty() ? "" : ", and ") + amount(heap.freed, bytes) + ", " +
            (heap.freed.allocations == 1 ? "was" : "were") + " freed only when nearly all work was done";
    std::string names;
    for (const auto& [op, count] : heap.freed_by) {
        if (!op.empty()) names += fmt::format("{}{} {}", names.empty() ? "" : ", ", op, with_commas(count));
    }
    return text + (names.empty() ? "" : " (" + names + ")");
}

std::string in_how_many(const Heap& heap) {
    return heap.processes.size() <= 1 ? "" : fmt::format(" in {} processes", with_commas(heap.processes.size()));
}

// The operation may have run in another one.
std::string in_which(const Snapshot& snapshot, const Heap& heap) {
    if (heap.processes.size() != 1 || snapshot.processes.size() == 1) return in_how_many(heap);
    return fmt::format(" in process {}", snapshot.processes[*heap.processes.begin()].pid);
}

// "; ttnn.exp, ttnn.matmul ran all the time": what may be named; "" where nothing is fit for it.
std::string ran_all_the_time(const std::vector<std::string>& steady) {
    std::string names;
    for (size_t i = 0; i < steady.size() && i < kMostNamed; ++i) names += (i == 0 ? "" : ", ") + steady[i];
    return names.empty() ? "" : fmt::format("; {} ran all the time (name one that a step calls once)", names);
}

void add_steady(std::vector<std::string>& names, const Repetition* history) {
    if (history == nullptr) return;
    for (const std::string& name : history->steady) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
}

std::string advice(const Heap& heap, const IterationsBy& by) {
    if (!by.did_you_mean.empty()) return fmt::format("; did you mean `{}`?", by.did_you_mean);
    return fmt::format("; `ttmem run --iterations-by OPNAME` marks them by the operation that each step begins with{}",
                       ran_all_the_time(heap.steady));
}

std::string sentence(const Snapshot& snapshot, Why why, const Heap& heap, const IterationsBy& by, BytesText bytes) {
    const std::string rest = ": " + what(snapshot, heap, bytes);
    switch (why) {
        case Why::kNoneBegun:
            if (!by.operation.empty()) {
                return fmt::format("the operation `{}` never ran{}, so no iterations were marked{}{}", by.operation,
                                   in_which(snapshot, heap), rest, advice(heap, by));
            }
            return fmt::format("no iterations were marked{}, so nothing can be called leaked{}{}", in_how_many(heap),
                               rest, advice(heap, by));
        case Why::kNoneEnded:
            if (!by.operation.empty()) {
                return fmt::format("no thread began the operation `{}` twice{}, so no iteration ended{}{}",
                                   by.operation, in_how_many(heap), rest, advice(heap, by));
            }
            return fmt::format("no iteration ended{}, so nothing can be called leaked{}", in_how_many(heap), rest);
        case Why::kOutside:
            return fmt::format(
                "not all work was in iterations{}, so not all that leaked can be told{}; mark what is "
                "meant to stay as persistent",
                in_how_many(heap), rest);
        case Why::kLast:
            return fmt::format(
                "the last iteration did not end{}, and none before it made the like of what it kept{}; "
                "`ttmem.iteration` "
                "ends it, or free that before its device is closed",
                in_how_many(heap), rest);
        case Why::kClosedWithin:
            break;
    }
    return fmt::format(
        "devices were closed in the middle of iterations{}{}; an iteration ends before its device is "
        "closed",
        in_how_many(heap), rest);
}

// One that ran in any of them, where this one never did.
IterationsBy with_suggestion(const Snapshot& snapshot, std::string operation) {
    IterationsBy by;
    by.operation = std::move(operation);
    const std::vector<std::string> ran = operations_of(snapshot);
    if (by.operation.empty() || std::find(ran.begin(), ran.end(), by.operation) != ran.end()) return by;
    by.did_you_mean = nearest(by.operation, ran);
    for (size_t i = 0; by.did_you_mean.empty() && i < ran.size(); ++i) {
        if (ran[i].ends_with("." + by.operation)) by.did_you_mean = ran[i];
    }
    return by;
}

bool has_ended_any(const Snapshot& snapshot, std::optional<uint32_t> pid) {
    return std::any_of(snapshot.processes.begin(), snapshot.processes.end(), [&](const Process& process) {
        return (!pid || process.pid == *pid) && process.iterations_ended != 0;
    });
}

// Where nothing was left, either.
std::string nothing_marked(const IterationsBy& by, const std::vector<std::string>& steady) {
    return fmt::format(
        "the operation `{}` began no two steps, so nothing is known of what grows from step to step{}", by.operation,
        by.did_you_mean.empty() ? ran_all_the_time(steady) : "; did you mean `" + by.did_you_mean + "`?");
}

}  // namespace

bool is_judged(const Snapshot& snapshot, const Allocation& allocation) {
    static const Repetition kNothingAlike;
    const bool may_be_made_again = allocation.iteration == 0 && !needs_none(allocation);
    return !may_be_made_again && !why_not_judged(snapshot, allocation, &kNothingAlike);
}

bool any_to_settle(const Repetitions& repetitions) {
    return std::ranges::any_of(repetitions, [](const auto& history) {
        return !history.second.bounded.empty() || history.second.first_step > 1;
    });
}

void settle(Snapshot& snapshot, const Repetitions& repetitions) {
    const std::vector<bool> leaked = left_by_each(snapshot);
    for (uint32_t i = 0; i < snapshot.allocations.size(); ++i) {
        Allocation& a = snapshot.allocations[i];
        if (!leaked[i] && is_excused(history_of(snapshot.process_of(a), repetitions), a))
            a.outlived = !a.released, a.leaked = false;
    }
}

std::vector<std::string> operations_of(const Snapshot& snapshot) {
    std::vector<std::string> names;
    std::set<uint32_t> seen;
    for (const Process& process : snapshot.processes) {
        for (const uint32_t op : process.operations) {
            if (seen.insert(op).second) names.push_back(snapshot.texts[op]);
        }
    }
    return names;
}

IterationsBy iterations_by(const Snapshot& snapshot, std::optional<uint32_t> pid) {
    std::string operation;
    for (const Process& process : snapshot.processes) {
        if ((!pid || process.pid == *pid) && !process.iterations_by.empty()) operation = process.iterations_by;
    }
    return with_suggestion(snapshot, std::move(operation));
}

namespace {

using Heaps = std::array<std::map<std::string, Heap>, kReasons>;  // by the operation that their processes named

// What was made again and again, and freed when nearly all work was done of a process without iterations.
void add_freed_at_last(const Snapshot& snapshot, const Filter& filter, const Repetitions& repetitions, Heaps& heaps,
                       Judgement& judgement) {
    for (uint32_t p = 0; p < snapshot.processes.size(); ++p) {
        const Process& process = snapshot.processes[p];
        const Repetition* history = history_of(process, repetitions);
        if (history == nullptr || (filter.pid && process.pid != *filter.pid)) continue;
        for (const auto& [owner, sum] : history->freed_at_last) {
            const auto& [op, tag, pool, allocation_class] = owner;
            if ((filter.pool && pool != *filter.pool) || op.find(filter.op) == std::string::npos ||
                (filter.allocation_class && allocation_class != *filter.allocation_class) ||
                tag.find(filter.tag) == std::string::npos)
                continue;
            const Why why = process.iterations_begun == 0   ? Why::kNoneBegun
                            : process.iterations_ended == 0 ? Why::kNoneEnded
                                                            : Why::kLast;
            Heap& heap = heaps[static_cast<size_t>(why)][process.iterations_by];
            heap.freed += sum, judgement.sum += sum;
            heap.processes.insert(p);
            heap.freed_by[op] += sum.allocations;
        }
    }
}

}  // namespace

Judgement judge(const Snapshot& snapshot, Filter filter, const Repetitions& repetitions, BytesText bytes) {
    filter.standing.reset();
    const IterationsBy by = iterations_by(snapshot, filter.pid);
    Heaps heaps;
    Judgement judgement;
    UserLines lines(snapshot);
    const std::vector<bool> leaked = left_by_each(snapshot);
    for (const uint32_t i : select(snapshot, filter)) {
        const Allocation& a = snapshot.allocations[i];
        if (standing_of(snapshot, a) == Standing::kHeld) continue;  // told as such
        const Process& process = snapshot.process_of(a);
        const Repetition* history = history_of(process, repetitions);
        const std::optional<Why> why = why_not_judged(snapshot, a, history);
        const Sum sum = sum_of(snapshot, a, over_chips_of(filter));
        if ((is_excused(history, a) && !leaked[i]) || (why && is_no_growth(process, history, a))) {
            judgement.kept += sum;
            continue;
        }
        if (!why) {
            const bool is_leaked = verdict_of(snapshot, a) == Verdict::kLeaked;
            if (!needs_none(a) && !is_leaked && is_open(process, a.iteration)) judgement.open += sum;
            continue;
        }
        Heap& heap = heaps[static_cast<size_t>(*why)][process.iterations_by];
        (a.released ? heap.released : heap.live) += sum;
        judgement.sum += sum;
        heap.processes.insert(a.process.value);
        heap.suspects.add(a, lines.of(a.stack));
    }
    add_freed_at_last(snapshot, filter, repetitions, heaps, judgement);
    std::vector<std::string> steady;
    for (const Process& process : snapshot.processes) {
        if (!filter.pid || process.pid == *filter.pid) add_steady(steady, history_of(process, repetitions));
    }
    for (size_t i = 0; i < kReasons; ++i) {
        for (auto& [operation, heap] : heaps[i]) {
            for (const uint32_t p : heap.processes)
                add_steady(heap.steady, history_of(snapshot.processes[p], repetitions));
            judgement.not_judged.push_back(
                sentence(snapshot, static_cast<Why>(i), heap, with_suggestion(snapshot, operation), bytes));
        }
    }
    const auto is_told = [&](Why why) { return !heaps[static_cast<size_t>(why)].empty(); };
    if (!by.operation.empty() && !is_told(Why::kNoneBegun) && !is_told(Why::kNoneEnded) &&
        !has_ended_any(snapshot, filter.pid))
        judgement.not_judged.push_back(nothing_marked(by, steady));
    uint64_t retired = 0;
    for (const Process& process : snapshot.processes) {
        if (!filter.pid || process.pid == *filter.pid) retired += process.retired_allocations;
    }
    if (retired != 0) {
        judgement.not_judged.push_back(counted(retired, "allocation") +
                                       " that closing a device released were forgotten to make room, judged or not; "
                                       "TTMEM_LEDGER_SLOTS makes more");
    }
    return judgement;
}

}  // namespace ttmem
