#include "src/analysis/failures/own_blocks.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace ttmem {
namespace {

// What lives of what was made in each open operation of a thread, outermost first.
class OpenCalls {
public:
    void apply(const Event& event) {
        std::vector<std::set<uint64_t>>& calls = calls_[{event.process, event.thread}];
        switch (event.kind) {
            case EventKind::kOperationBegun:
                calls.emplace_back();
                return;
            case EventKind::kOperationEnded:
                return end(calls);
            case EventKind::kAllocated:
                if (!calls.empty()) calls.back().insert(event.subject);
                return;
            case EventKind::kFreed:
                for (auto& [thread, of_thread] : calls_) {
                    if (thread.first != event.process) continue;
                    for (std::set<uint64_t>& call : of_thread) call.erase(event.subject);
                }
                return;
            default:
                return;
        }
    }
    std::set<uint64_t> innermost(uint32_t process, uint32_t thread) const {
        const auto calls = calls_.find({process, thread});
        return calls == calls_.end() || calls->second.empty() ? std::set<uint64_t>{} : calls->second.back();
    }

private:
    // It was a part of the one around it.
    static void end(std::vector<std::set<uint64_t>>& calls) {
        if (calls.empty()) return;
        std::set<uint64_t> made = std::move(calls.back());
        calls.pop_back();
        if (!calls.empty()) calls.back().merge(made);
    }

    std::map<std::pair<uint32_t, uint32_t>, std::vector<std::set<uint64_t>>> calls_;  // by process and thread
};

// Live L1 buffers of each chip's allocator, and which of all were below the others when they were made.
class LowestBlocks {
public:
    explicit LowestBlocks(const Recording& recording) : tables_(recording.end) {
        for (const Allocation& a : recording.live_before)
            if (a.pool == Pool::kL1) add(a.process.value, a.place.value, a.address.value, a.handle);
    }
    void apply(const Event& event) {
        if (event.kind == EventKind::kPlaceClosed) {
            for (const ChipId chip : tables_.places[event.place].chips) live_.erase({event.process, chip});
            return;
        }
        if (event.pool != Pool::kL1 || event.place >= tables_.places.size()) return;
        if (event.kind == EventKind::kFreed) {
            for (const ChipId chip : tables_.places[event.place].chips)
                live_[{event.process, chip}].erase({event.address, event.subject});
            const auto born = births_.find({event.process, event.subject});
            Lowest& lowest = lowest_[event.process];
            lowest.erase(born == births_.end() ? lowest.begin() : lowest.lower_bound(born->second), lowest.end());
        } else if (event.kind == EventKind::kAllocated) {
            births_[{event.process, event.subject}] = ++births_made_;
            if (add(event.process, event.place, event.address, event.subject))
                lowest_[event.process][births_made_] = event.subject;
        }
    }
    std::set<uint64_t> of(uint32_t process) {
        std::set<uint64_t> handles;
        for (const auto& [birth, handle] : lowest_[process]) handles.insert(handle);
        return handles;
    }

private:
    using Lowest = std::map<uint64_t, uint64_t>;  // by birth: the handle

    // Whether it is below all others.
    bool add(uint32_t process, uint32_t place, uint64_t address, uint64_t handle) {
        bool is_lowest = true;
        for (const ChipId chip : tables_.places[place].chips) {
            std::set<std::pair<uint64_t, uint64_t>>& live = live_[{process, chip}];
            is_lowest &= live.empty() || address < live.begin()->first;
            live.insert({address, handle});
        }
        return is_lowest;
    }

    const Snapshot& tables_;
    std::map<std::pair<uint32_t, ChipId>, std::set<std::pair<uint64_t, uint64_t>>> live_;  // address and handle
    std::map<uint32_t, Lowest> lowest_;                                                    // by process
    std::map<std::pair<uint32_t, uint64_t>, uint64_t> births_;  // by process and handle: since the recording began
    uint64_t births_made_ = 0;
};

}  // namespace

OwnBlocks own_blocks_at(const Recording& recording, uint64_t number) {
    OwnBlocks own;
    OpenCalls calls;
    LowestBlocks lowest(recording);
    std::vector<Event> block;
    recording.source->rewind();
    for (uint64_t before = 0; before < number && recording.source->next(block); before += block.size()) {
        for (size_t i = 0; i < block.size() && before + i < number; ++i) {
            calls.apply(block[i]);
            lowest.apply(block[i]);
            if (before + i + 1 == number)
                own = {block[i].process, calls.innermost(block[i].process, block[i].thread), {}};
        }
    }
    const auto is_of_it = [&](const HistoryGap& gap) { return gap.process.value == own.process; };
    if (std::ranges::none_of(recording.gaps, is_of_it)) own.made_lowest = lowest.of(own.process);
    recording.source->rewind();
    return own;
}

}  // namespace ttmem
