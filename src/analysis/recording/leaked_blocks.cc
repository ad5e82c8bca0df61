#include "src/analysis/recording/leaked_blocks.h"

#include <algorithm>

namespace ttmem {

LeakedBlocks::LeakedBlocks(const Recording& recording) : texts_(recording.end.texts) {
    Snapshot end = recording.end;
    const bool iterated = std::any_of(end.processes.begin(), end.processes.end(),
                                      [](const Process& process) { return process.iterations_ended != 0; });
    const LeakVerdict verdict = iterated ? leak_verdict(recording, end) : leak_verdict(end, std::nullopt);
    find(end, verdict);
}

LeakedBlocks::LeakedBlocks(const Recording& recording, const Snapshot& end, const LeakVerdict& verdict)
    : texts_(recording.end.texts) {
    find(end, verdict);
}

void LeakedBlocks::find(const Snapshot& end, const LeakVerdict& verdict) {
    const bool any_grown = verdict.accumulated && !verdict.accumulated->empty();
    for (const Allocation& a : end.allocations) {
        const bool leaked = verdict_of(end, a) == Verdict::kLeaked;
        if (leaked || any_grown) at_end_.insert({{a.process.value, a.handle}, leaked});
    }
    if (!any_grown) return;
    for (const Accumulated& owner : *verdict.accumulated) {
        const Group group{owner.process.value, owner.pool, owner.allocation_class};
        if (owner.several) {
            grown_together_.insert(group);
        } else {
            grown_.insert({group, owner.op, owner.tag});
        }
    }
}

bool LeakedBlocks::contains(const LiveBlock& block, bool outlived) const {
    const auto at_end = at_end_.find({block.process, block.handle});
    if (at_end != at_end_.end()) return at_end->second;
    if (!outlived) return false;
    const Group group{block.process, block.pool, block.allocation_class};
    return grown_together_.contains(group) ||
           (!grown_.empty() && grown_.contains({group, texts_[block.op], texts_[block.tag]}));
}

}  // namespace ttmem
