#include "src/analysis/recording/leaked_blocks.h"

#include <algorithm>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/snapshot/verdicts.h"

namespace ttmem {

LeakedBlocks::LeakedBlocks(const Recording& recording) : texts_(recording.end.texts) {
    const Snapshot& end = recording.end;
    for (const Allocation& a : end.allocations) {
        if (verdict_of(end, a) == Verdict::kLeaked) at_end_.insert({a.process.value, a.handle});
    }
    const bool iterated = std::any_of(end.processes.begin(), end.processes.end(),
                                      [](const Process& process) { return process.iterations_ended != 0; });
    if (!iterated) return;
    accumulated_ = accumulated_in(recording, end, leaks_of(end));
    for (const Accumulated& owner : accumulated_.owners) {
        const Group group{owner.process.value, owner.pool, owner.allocation_class};
        if (owner.several) {
            grown_together_.insert(group);
        } else {
            grown_.insert({group, owner.op, owner.tag});
        }
    }
}

bool LeakedBlocks::contains(const LiveBlock& block, bool outlived) const {
    if (at_end_.contains({block.process, block.handle})) return true;
    if (!outlived) return false;
    const Group group{block.process, block.pool, block.allocation_class};
    return grown_together_.contains(group) ||
           (!grown_.empty() && grown_.contains({group, texts_[block.op], texts_[block.tag]}));
}

}  // namespace ttmem
