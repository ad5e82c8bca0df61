// Frees that a program made because it was over: a variable that goes out of scope, Python at its exit. After them
// their process allocated nothing and ran nothing until the place was closed or the process ended, so what they freed
// was held for as long as there was work, as what a close releases. Every other free was a part of the work.
//
// A free by the operation that made the block, or before an iteration ended, is a part of it, too. Only what is closed
// or has ended can tell: a process that lives may go on.
//
// Memory is bounded by what one process frees between two pieces of work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

// `What` is what its user wants to know again of a free.
template <class What>
class LastFrees {
public:
    void freed(const Replay& replay, const LiveBlock& block, What what) {
        of(block.process).push_back({replay.event(), block.place, block.op, std::move(what)});
    }

    // After each event; `in_work` is told each `What` whose free was a part of the work.
    template <class InWork>
    void applied(const Replay& replay, const Event& event, const InWork& in_work) {
        switch (event.kind) {
            case EventKind::kFreed:
                return tell_own(replay, event, in_work);
            case EventKind::kAllocated:
            case EventKind::kDispatched:
            case EventKind::kTraceCaptured:
            case EventKind::kTraceReplayed:
            case EventKind::kIterationEnded:
                return tell_all(event.process, in_work);
            case EventKind::kPlaceClosed:
                std::erase_if(of(event.process),
                              [&](const Free& free) { return replay.closes(event.place, free.place); });
                return;
            default:
                return;
        }
    }

    // At a gap: what came after it is not known.
    template <class InWork>
    void lost(uint32_t process, const InWork& in_work) {
        tell_all(process, in_work);
    }

    template <class InWork>
    void ended(const Replay& replay, const InWork& in_work) {
        const std::vector<Process>& processes = replay.recording().end.processes;
        for (uint32_t p = 0; p < frees_.size(); ++p) {
            const bool may_go_on = p >= processes.size() || processes[p].state == ProcessState::kLive;
            if (may_go_on) tell_all(p, in_work);
        }
    }

private:
    struct Free {
        uint64_t event;
        uint32_t place, made_by;
        What what;
    };

    std::vector<Free>& of(uint32_t process) {
        if (frees_.size() <= process) frees_.resize(process + 1);
        return frees_[process];
    }

    template <class Told>
    void tell_all(uint32_t process, const Told& told) {
        for (const Free& free : of(process)) told(free.what);
        of(process).clear();
    }

    // Those of this free, which are the last ones.
    template <class InWork>
    void tell_own(const Replay& replay, const Event& event, const InWork& in_work) {
        std::vector<Free>& frees = of(event.process);
        const auto is_own = [&](const Free& free) { return free.event == replay.event() && free.made_by == event.op; };
        while (event.op != 0 && !frees.empty() && is_own(frees.back())) {
            in_work(frees.back().what);
            frees.pop_back();
        }
    }

    std::vector<std::vector<Free>> frees_;  // by process, since its last work
};

}  // namespace ttmem
