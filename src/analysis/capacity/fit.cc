#include "src/analysis/capacity/fit.h"

#include <signal.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "src/analysis/recording/alike_chips.h"
#include "src/analysis/recording/free_at_peak.h"
#include "src/analysis/replay/pool_banks.h"
#include "src/base/text.h"
#include "src/model/process_note.h"

namespace ttmem {
namespace {

bool is_failure(const ExplainedFailure& failure) {
    const FailureKind kind = failure.figures().kind;
    return kind != FailureKind::kUnknown && kind != FailureKind::kUnsafeUnderTrace;
}

// The headroom has no lower end where the peak has no upper one.
std::optional<Interval> headroom_beside(const FitPool& pool) {
    if (!pool.capacity_bytes || pool.peak_bytes > *pool.capacity_bytes) return std::nullopt;
    const uint64_t capacity = *pool.capacity_bytes;
    return Interval{capacity - std::min(capacity, pool.peak_bytes_max.value_or(capacity)), capacity - pool.peak_bytes};
}

FitPool pool_of(const PoolPeak& peak, const Snapshot& tables, const std::optional<Interval>& largest_free) {
    FitPool pool;
    pool.pool = peak.pool;
    pool.peak_bytes = std::max(peak.low, peak.earlier);
    if (peak.high && !peak.is_bound) pool.peak_bytes_max = std::max(*peak.high, peak.earlier);
    pool.capacity_bytes = peak.capacity_bytes;
    pool.headroom = headroom_beside(pool);
    if (const auto banks = banks_of(tables, peak.chips, peak.pool)) pool.banks = banks->banks;
    pool.largest_free_per_bank = largest_free;
    pool.parts = grouped(peak.moment.shares, GroupBy::kPart);
    pool.ops = grouped(peak.moment.shares, GroupBy::kOp);
    return pool;
}

// The fullest chips of each pool decide: peaks come fullest first.
std::vector<FitPool> pools_of(const Recording& recording, const Peaks& peaks) {
    std::vector<const PoolPeak*> fullest;
    for (const PoolPeak& peak : peaks.pools)
        if (std::ranges::none_of(fullest, [&](const PoolPeak* other) { return other->pool == peak.pool; }))
            fullest.push_back(&peak);
    const std::vector<std::optional<Interval>> free = largest_free_at(recording, fullest);
    const std::vector<AlikeChips> alike = alike_chips(peaks.pools);
    std::vector<FitPool> pools;
    for (size_t i = 0; i < fullest.size(); ++i) {
        pools.push_back(pool_of(*fullest[i], recording.end, free[i]));
        const auto with_others =
            std::ranges::find_if(alike, [&](const AlikeChips& one) { return one.peak.pool == pools[i].pool; });
        pools[i].chips = with_others->peak.chips.size();
    }
    return pools;
}

uint64_t failed_allocations(const Snapshot& snapshot) {
    uint64_t failed = 0;
    for (const Process& process : snapshot.processes) failed += process.failed_allocations;
    return failed;
}

// The operation that the program called, of the newest failure of this kind that a process recorded.
std::string recorded_operation(const Snapshot& tables, const ExplainedFailures& recorded, FailureKind kind) {
    for (const ExplainedFailure& failure : recorded.failures) {
        if (failure.figures().kind != kind || !failure.recorded) continue;
        const Process& process = tables.processes[failure.recorded->process.value];
        return tables.texts[process.failures[failure.recorded->failure].op];
    }
    return "";
}

// Whether what the history says of failures is about this one: a message in the output may be of one that it lacks.
bool is_recorded(const ExplainedFailure& failure, const Recording& recording) {
    return std::ranges::any_of(recording.end.processes, [&](const Process& process) {
        return std::ranges::any_of(process.failures,
                                   [&](const Failure& known) { return known.kind == failure.figures().kind; });
    });
}

// Anybody may print tt-metal's words. Where all was seen, an allocator that had no memory was recorded; what is refused
// before it comes to that, as circular buffers and traces, may not have been.
bool is_believed(const ExplainedFailure& failure, const Fit& fit, const Recording* recording) {
    if (failure.figures().kind != FailureKind::kOutOfMemory) return is_failure(failure);
    return recording == nullptr || recording->end.processes.empty() || !fit.coverage.complete ||
           failed_allocations(recording->end) != 0 || is_recorded(failure, *recording);
}

// What ended the program: the last that its output tells of, else the newest that a process recorded.
void find_failure(Fit& fit, const Recording* recording, const ExplainedFailures& told) {
    const auto last = std::find_if(told.failures.rbegin(), told.failures.rend(), [&](const ExplainedFailure& failure) {
        return is_believed(failure, fit, recording);
    });
    if (last != told.failures.rend()) {
        fit.failure = *last;
        fit.inside = last->found.operation;
    }
    if (recording != nullptr) {
        const ExplainedFailures recorded = recorded_failures(recording->end);
        if (!fit.failure && !recorded.failures.empty()) fit.failure = recorded.failures.front();
        if (fit.failure) fit.operation = recorded_operation(recording->end, recorded, fit.failure->figures().kind);
    }
    if (fit.operation.empty()) fit.operation = std::exchange(fit.inside, "");
}

// Whether every thread in which an allocation failed had others succeed afterward: then it is not what ended the
// program. What threads do after an error is to free and to close.
bool recovered(const Recording& recording) {
    std::map<std::pair<uint32_t, uint32_t>, bool> went_on;  // by process and thread: since its last failure
    std::vector<Event> block;
    recording.source->rewind();
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            const std::pair thread(event.process, event.thread);
            if (event.kind == EventKind::kFailed) went_on[thread] = false;
            if (event.kind != EventKind::kAllocated) continue;
            if (const auto it = went_on.find(thread); it != went_on.end()) it->second = true;
        }
    }
    return !went_on.empty() && std::ranges::all_of(went_on, [](const auto& thread) { return thread.second; });
}

size_t chips_used(const Recording& recording) {
    std::set<ChipId> chips;
    for (const Process& process : recording.end.processes) {
        for (const ChipUse& use : process.chips) chips.insert(use.chip.id);
    }
    return chips.size();
}

// "process 4711 (python3) of it ended with 1": of all that failed beside the program itself; "" none did.
std::string failed_text(const FitEnd& end) {
    if (end.failed.empty()) return "";
    const FailedProcess& first = end.failed.front();
    std::string text =
        "process " + std::to_string(first.pid) + " (" + first.comm + ") of it " +
        (first.status ? "ended with " + std::to_string(*first.status) : "was killed, or crashed, with a device open");
    if (end.failed.size() > 1) text += ", and " + counted(end.failed.size() - 1, "other") + " failed as well";
    return text;
}

// What a program prints for want of the host's memory: Python, numpy, torch, C++, the kernel.
bool tells_of_host_memory(std::string_view words) {
    const auto has = [&](std::string_view part) { return words.find(part) != std::string_view::npos; };
    return words.starts_with("MemoryError") || has("std::bad_alloc") || has("_ArrayMemoryError") ||
           has("DefaultCPUAllocator") || has("Cannot allocate memory");
}

HostMemory host_memory_of(const FitEnd& end) {
    if (end.host_refused_bytes || tells_of_host_memory(end.last_words)) return HostMemory::kShort;
    return end.signal == SIGKILL && end.last_words.empty() ? HostMemory::kMayBeShort : HostMemory::kNotKnownShort;
}

// "this machine's own memory ran short (40.0 GiB were refused)"
std::string short_text(const FitEnd& end) {
    std::string text = "this machine's own memory ran short";
    if (end.host_refused_bytes) text += " (a request for " + human_bytes(*end.host_refused_bytes) + " was refused)";
    return text;
}

// With what is missing; that it is a mock is said of all runs.
std::string unseen_text(const Coverage& coverage) {
    std::string text;
    for (const std::string& note : coverage.notes)
        if (words_of_mock(note).empty()) text += (text.empty() ? ": " : "; ") + note;
    return "not everything was seen" + text;
}

constexpr const char* kNotWaitedFor = "processes of it were still running when it ended, and nobody waited for them";

void judge_success(Fit& fit, const FitEnd& end, const Recording* recording, const ExplainedFailures& told) {
    if (recording == nullptr) {
        fit.reason = "what it recorded cannot be read";
    } else if (recording->end.processes.empty()) {
        fit.reason = "it opened no device";
        if (end.left_running) fit.reason += "; " + std::string(kNotWaitedFor);
    } else if (const size_t used = chips_used(*recording); end.machine_chips != 0 && used > end.machine_chips) {
        fit.reason = "it used " + counted(used, "chip") + ", and the machine has " + with_commas(end.machine_chips) +
                     ": they were not those of the mock";
    } else if (failed_allocations(recording->end) != 0) {
        fit.reason = "an allocation failed, and the program went on: what it did without is not known";
    } else if (told.failed() != 0) {
        fit.reason =
            "its output tells of a failed allocation, which no process of it recorded, and it went on: what it did "
            "without is not known";
    } else if (end.host_refused_bytes) {
        fit.host_memory = HostMemory::kShort;
        fit.reason = short_text(end) + ", and the program went on: what it did without is not known";
    } else if (end.left_running) {
        fit.reason = std::string(kNotWaitedFor) + ": what they need is not known";
    } else if (!fit.coverage.complete) {
        fit.reason = unseen_text(fit.coverage);
    } else {
        fit.verdict = FitVerdict::kFits;
    }
}

bool is_crash(int signal) { return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGFPE; }

std::string signal_text(const FitEnd& end) {
    std::string text = "it was ended by signal " + std::to_string(end.signal);
    if (is_crash(end.signal)) text += ", as tt-metal may end where it wants what a mock lacks";
    if (host_memory_of(end) == HostMemory::kMayBeShort)
        text +=
            ", often the host's out-of-memory killer: the program's tensors lie in the host's memory first, but for "
            "ttnn.empty, which needs no copy there";
    return text;
}

// Requires: it was started. `told`: of failed allocations by its output, which is not believed.
std::string end_text(const FitEnd& end, bool told) {
    const std::string failed = failed_text(end);
    if (*end.code == 0) return failed;  // what ends with 0 without having failed is a success
    std::string text = end.signal != 0
                           ? signal_text(end)
                           : "it ended with " + std::to_string(*end.code) +
                                 (told ? ", and the failed allocation that its output tells of was recorded by no "
                                         "process of it"
                                       : ", and no allocation had failed");
    return failed.empty() ? text : text + "; " + failed;
}

void judge_failure(Fit& fit, const FitEnd& end, const Recording* recording, const ExplainedFailures& told) {
    if (!end.code) {
        fit.reason = end.why_unknown;
        return;
    }
    if (end.opened_hardware) {
        fit.reason = "it opened a real device, and was ended before it did";
    } else if (fit.failure && recording != nullptr && is_recorded(*fit.failure, *recording) && recovered(*recording)) {
        fit.reason = "an allocation failed, others succeeded after it, and " +
                     (*end.code != 0 ? "it ended with " + std::to_string(*end.code) : failed_text(end)) +
                     ": whether for want of memory is not known";
    } else if (fit.failure) {
        fit.verdict = FitVerdict::kDoesNotFit;
        fit.reason = fit.failure->explanation.verdict;
        return;
    } else {
        fit.host_memory = host_memory_of(end);
        fit.reason = end_text(end, told.failed() != 0);
        if (fit.host_memory == HostMemory::kShort)
            fit.reason = short_text(end) + ", which says nothing of the device's: " + fit.reason;
    }
    if (!end.last_words.empty()) fit.reason += ": " + end.last_words;
}

bool ended_well(const FitEnd& end) { return end.code == 0 && !end.opened_hardware && end.failed.empty(); }

// Of a program that ended with 0 itself, only who failed and had an allocation fail can have failed for that.
bool may_lack_memory(const FitEnd& end) {
    return end.code != 0 || std::ranges::any_of(end.failed, [](const FailedProcess& process) {
               return process.failed_allocations != 0;
           });
}

}  // namespace

std::string_view fit_verdict_name(FitVerdict verdict) {
    switch (verdict) {
        case FitVerdict::kFits:
            return "fits";
        case FitVerdict::kDoesNotFit:
            return "does_not_fit";
        case FitVerdict::kUnknown:
            break;
    }
    return "unknown";
}

std::string_view host_memory_name(HostMemory memory) {
    switch (memory) {
        case HostMemory::kShort:
            return "short";
        case HostMemory::kMayBeShort:
            return "may_be_short";
        case HostMemory::kNotKnownShort:
            break;
    }
    return "";
}

Fit fit_of(const FitEnd& end, const Recording* recording, const ExplainedFailures& told) {
    Fit fit;
    if (recording != nullptr) {
        const Peaks peaks = peaks_of(*recording);
        fit.pools = pools_of(*recording, peaks);
        if (!peaks.cores.empty()) fit.core = peaks.cores.front();
        fit.names = recording->end.texts;
        fit.coverage = peaks.coverage;
    }
    fit.coverage.merge(end.coverage);
    if (ended_well(end)) {
        judge_success(fit, end, recording, told);
    } else {
        if (may_lack_memory(end)) find_failure(fit, recording, told);
        judge_failure(fit, end, recording, told);
    }
    return fit;
}

FitVerdict fit_of_all(std::span<const FitVerdict> verdicts) {
    const auto any = [&](FitVerdict verdict) { return std::ranges::find(verdicts, verdict) != verdicts.end(); };
    if (any(FitVerdict::kDoesNotFit)) return FitVerdict::kDoesNotFit;
    return any(FitVerdict::kUnknown) || verdicts.empty() ? FitVerdict::kUnknown : FitVerdict::kFits;
}

}  // namespace ttmem
