#include "src/analysis/leaks/handed_on.h"

#include <algorithm>

namespace ttmem {
void HandedOn::left(const Source& source, uint64_t number, uint64_t blocks) {
    Run& run = runs_[source];
    if (run.last + 1 != number || run.blocks != blocks) run = {number, number, blocks};
    run.last = number;
}

void HandedOn::freed(const Source& source, uint64_t number, uint64_t ended) {
    uint64_t& longest = longest_[source];
    longest = std::max(longest, ended - number);
}

void HandedOn::outlasted(const Source& source, uint64_t number, uint64_t handle, uint64_t event, uint64_t ended) {
    const auto found = runs_.find(source);
    // What the next iteration begins with may be made in the one before, and the last has no next.
    if (found == runs_.end() || found->second.last + 1 < ended) return;
    const auto longest = longest_.find(source);
    if (longest == longest_.end() || found->second.last - std::min(number, found->second.last) > longest->second)
        return;
    Last& last = lasts_[{source, event}];
    last.from = found->second.first;
    last.oldest = last.handles.empty() ? number : std::min(last.oldest, number);
    last.handles.push_back(handle);
}

std::set<uint64_t> HandedOn::of(uint32_t process, uint64_t least) const {
    std::set<uint64_t> handles;
    for (auto at = lasts_.lower_bound({{process, 0, 0, 0, 0, Pool{}, AllocationClass{}}, 0}); at != lasts_.end();
         ++at) {
        if (std::get<0>(at->first.first) != process) break;
        const Last& last = at->second;
        if (last.oldest >= last.from + least) handles.insert(last.handles.begin(), last.handles.end());
    }
    return handles;
}

}  // namespace ttmem
