#include "src/analysis/recording/leaked_blocks.h"

#include <algorithm>
#include <optional>

#include "src/analysis/leaks/leaks.h"
#include "src/analysis/snapshot/verdicts.h"

namespace ttmem {

LeakedBlocks::LeakedBlocks(const Recording& recording) : texts_(recording.end.texts) {
    const Snapshot& end = recording.end;
    const bool iterated = std::any_of(end.processes.begin(), end.processes.end(),
                                      [](const Process& process) { return process.iterations_ended != 0; });
    if (iterated) accumulated_ = accumulated_in(recording, end);
    find_at_end(end);
    for (const Accumulated& owner : accumulated_.owners) {
        const Group group{owner.process.value, owner.pool, owner.allocation_class};
        if (owner.several) {
            grown_together_.insert(group);
        } else {
            grown_.insert({group, owner.op, owner.tag});
        }
    }
}

void LeakedBlocks::find_at_end(const Snapshot& end) {
    std::optional<Snapshot> settled;
    if (any_to_settle(accumulated_.repetitions)) settle(settled.emplace(end), accumulated_.repetitions);
    const Snapshot& judged = settled ? *settled : end;
    for (const Allocation& a : judged.allocations) {
        if (verdict_of(judged, a) == Verdict::kLeaked) at_end_.insert({a.process.value, a.handle});
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
