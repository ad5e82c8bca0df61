#include "src/analysis/failures/own_blocks.h"

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

}  // namespace

OwnBlocks own_blocks_at(const Recording& recording, uint64_t number) {
    OwnBlocks own;
    OpenCalls calls;
    std::vector<Event> block;
    recording.source->rewind();
    for (uint64_t before = 0; before < number && recording.source->next(block); before += block.size()) {
        for (size_t i = 0; i < block.size() && before + i < number; ++i) {
            calls.apply(block[i]);
            if (before + i + 1 == number) own = {block[i].process, calls.innermost(block[i].process, block[i].thread)};
        }
    }
    recording.source->rewind();
    return own;
}

}  // namespace ttmem
