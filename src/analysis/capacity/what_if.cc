#include "src/analysis/capacity/what_if.h"

#include <algorithm>

#include "src/analysis/capacity/what_if_replay.h"
#include "src/analysis/recording/shared_use.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

// Failures first, then the fullest.
void put_in_order(WhatIf& answer) {
    const auto policy = static_cast<size_t>(answer.settings.policy);
    const auto fullness = [&](const ReplayedArena& arena) {
        const auto bytes = static_cast<double>(std::max<uint64_t>(arena.arena.bytes(), 1));
        return static_cast<double>(arena.outcomes[policy].peak.used) / bytes;
    };
    std::ranges::stable_sort(answer.arenas, [&](const ReplayedArena& a, const ReplayedArena& b) {
        const bool a_failed = a.outcomes[policy].failed != 0, b_failed = b.outcomes[policy].failed != 0;
        return a_failed != b_failed ? a_failed : fullness(a) > fullness(b);
    });
}

void note_what_is_missing(WhatIf& answer) {
    uint64_t in_part = 0;
    for (const ReplayedArena& arena : answer.arenas) in_part += arena.in_part;
    if (in_part != 0) {
        answer.coverage.note(counted(in_part, "allocation") +
                             " of a sub-device's own allocator, which has a part of "
                             "the banks, " +
                             (in_part == 1 ? "is" : "are") + " left out.");
    }
    if (answer.not_modeled != 0) {
        answer.coverage.note(counted(answer.not_modeled, "allocation") +
                             " of which nothing tells the size or the "
                             "begin of the banks " +
                             (answer.not_modeled == 1 ? "is" : "are") + " left out.");
    }
    if (answer.unknown_then != 0) {
        answer.coverage.note(
            counted(answer.unknown_then, "allocation") +
            " failed when it was recorded, and how many bytes it lacked was not kept: it is not tried again.");
    }
    if (answer.clashes_then != 0) {
        answer.coverage.note(counted(answer.clashes_then, "clash", "clashes") +
                             " of circular buffers when it was recorded, with what the recording does not show: not "
                             "tried again; `ttmem map --at failure` shows it.");
    }
}

}  // namespace

std::string_view what_if_verdict_name(WhatIfVerdict verdict) {
    constexpr std::array<std::string_view, 3> kNames = {"fits", "does_not_fit", "unknown"};
    return kNames[static_cast<size_t>(verdict)];
}

bool WhatIf::follows_record() const {
    return coverage.complete && std::ranges::all_of(arenas, [](const ReplayedArena& arena) { return arena.exact(); });
}

bool WhatIf::exact() const {
    return follows_record() &&
           std::ranges::all_of(arenas, [](const ReplayedArena& arena) { return arena.rescaled == 0; });
}

namespace {

bool fails(const WhatIf& answer, size_t policy) {
    return answer.clashes[policy].clashes != 0 || std::ranges::any_of(answer.arenas, [&](const ReplayedArena& arena) {
               return arena.outcomes[policy].failed != 0;
           });
}

// More bytes than there are do not fit wherever they lie. Of an arena that the record itself does not fit into the size
// is not known: another opening of its device is described.
bool certainly_fails(const WhatIf& answer, size_t policy) {
    return std::ranges::any_of(answer.arenas, [&](const ReplayedArena& arena) {
        return arena.overlapping == 0 &&
               std::ranges::any_of(arena.outcomes[policy].failures,
                                   [](const ReplayedFailure& failure) { return !failure.fits_compacted(); });
    });
}

// `least`: the same with blocks as small as they may be; the answer itself on the same machine.
WhatIfVerdict judged(const WhatIf& most, const WhatIf& least, size_t policy) {
    if (certainly_fails(least, policy) || (fails(least, policy) && least.exact())) return WhatIfVerdict::kDoesNotFit;
    return !fails(most, policy) && most.follows_record() && most.failed_then == 0 ? WhatIfVerdict::kFits
                                                                                  : WhatIfVerdict::kUnknown;
}

WhatIf answer_of(const Recording& recording, const WhatIfSettings& settings, bool least) {
    WhatIf answer;
    answer.settings = settings;
    Replay replay(recording);
    ArenaFinder finder(recording);
    replay.run(finder);
    WhatIfReplay models(recording, finder, settings, least);
    replay.run(models);
    answer.coverage = coverage_of(recording);
    replay.note_damage(answer.coverage);
    note_order(recording, answer.coverage);
    models.fill(replay, answer);
    for (const Process& process : recording.end.processes) answer.failed_then += process.failed_allocations;
    note_what_is_missing(answer);
    put_in_order(answer);
    return answer;
}

}  // namespace

WhatIf what_if_of(const Recording& recording, const WhatIfSettings& settings) {
    WhatIf answer = answer_of(recording, settings, false);
    const std::optional<WhatIf> least =
        settings.machine ? std::optional(answer_of(recording, settings, true)) : std::nullopt;
    for (size_t policy = 0; policy < kFitPolicyCount; ++policy)
        answer.verdicts[policy] = judged(answer, least ? *least : answer, policy);
    return answer;
}

}  // namespace ttmem
