#include "src/analysis/once.h"

#include "src/analysis/growth_rule.h"

namespace ttmem {
namespace {

constexpr uint64_t kLaterIterations = 3;
constexpr uint64_t kMostNumbers = 1 << 24;  // beyond that numbers may have begun anew

}  // namespace

Once::Once(const Snapshot& snapshot, const Selection& left) : snapshot_(snapshot) {
    for (const uint32_t i : left) {
        const Allocation& a = snapshot.allocations[i];
        const auto [entry, is_new] = iteration_.try_emplace(key_of(a), a.iteration);
        if (!is_new && entry->second != a.iteration) entry->second = 0;
    }
}

bool Once::operator()(const Allocation& allocation) const {
    const auto found = iteration_.find(key_of(allocation));
    if (found == iteration_.end() || found->second == 0) return false;
    const Process& process = snapshot_.process_of(allocation);
    return process.iterations_begun < kMostNumbers && found->second <= warm_up_of(process.iterations_ended) &&
           found->second + kLaterIterations <= process.iterations_ended;
}

}  // namespace ttmem
