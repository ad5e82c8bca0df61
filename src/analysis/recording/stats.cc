#include "src/analysis/recording/stats.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/stopped_sum.h"
#include "src/base/saturating.h"

namespace ttmem {
namespace {

size_t lifetime_bucket(int64_t nanoseconds) {
    size_t bucket = 0;
    for (int64_t limit = 10'000; bucket + 1 < kLifetimeBuckets && nanoseconds >= limit; limit *= 10) ++bucket;
    return bucket;
}

class StatsTaker : public ReplayObserver {
public:
    void arrived(const Replay& replay, const LiveBlock& block) override {
        last_of_thread_[thread_of(block)] = block.handle;
        AllocationStats& owner = owner_of(block);
        owner.allocated += sum_of(replay, block);
        PoolStats& pool = pools_[static_cast<size_t>(block.pool)];
        ++pool.sizes[static_cast<size_t>(std::bit_width(block.requested_bytes))];
    }
    void left(const Replay& replay, const LiveBlock& block, Departure departure) override {
        AllocationStats& owner = owner_of(block);
        if (departure == Departure::kFreed) {
            ++owner.freed;
            const auto last = last_of_thread_.find(thread_of(block));
            if (last != last_of_thread_.end() && last->second == block.handle) ++owner.temporary;
        } else if (departure == Departure::kLost) {
            ++owner.lost;
        } else {
            ++owner.released;
        }
        hold(replay, block, owner);
        if (block.since == 0 || departure == Departure::kLost) return;
        const int64_t lifetime = std::max<int64_t>(0, replay.now() - block.since);
        ++pools_[static_cast<size_t>(block.pool)].lifetimes[lifetime_bucket(lifetime)];
    }
    void applied(const Replay&, const Event& event) override { times_known_ |= event.at != 0; }
    void ended(const Replay& replay) override {
        for (const LiveBlock& block : replay.blocks()) {
            if (!block.is_live) continue;
            AllocationStats& owner = owner_of(block);
            ++owner.live;
            hold(replay, block, owner);
        }
    }

    Stats take() {
        Stats stats;
        stats.times_known = times_known_;
        for (const auto& [key, all] : owners_) {
            OwnerStats owner;
            std::tie(owner.op, owner.tag, owner.allocation_class, owner.pool) = key;
            owner.all = all;
            stats.all += all;
            pools_[static_cast<size_t>(owner.pool)].all += all;
            stats.owners.push_back(owner);
        }
        std::stable_sort(stats.owners.begin(), stats.owners.end(), [](const OwnerStats& a, const OwnerStats& b) {
            return std::make_tuple(a.all.held, a.all.allocated.reserved_bytes) >
                   std::make_tuple(b.all.held, b.all.allocated.reserved_bytes);
        });
        for (const Pool pool : kAllPools) {
            PoolStats& of = pools_[static_cast<size_t>(pool)];
            of.pool = pool;
            if (of.all.allocated.allocations != 0) stats.pools.push_back(of);
        }
        return stats;
    }

private:
    using OwnerKey = std::tuple<uint32_t, uint32_t, AllocationClass, Pool>;

    static uint64_t thread_of(const LiveBlock& block) { return uint64_t{block.process} << 32 | block.thread; }
    static Sum sum_of(const Replay& replay, const LiveBlock& block) {
        const uint64_t chips = replay.recording().end.places[block.place].chips.size();
        return {1, saturating_multiply(block.requested_bytes, chips),
                saturating_multiply(block.reserved_bytes(), chips)};
    }
    AllocationStats& owner_of(const LiveBlock& block) {
        return owners_[{block.op, block.tag, block.allocation_class, block.pool}];
    }
    // What lived before counts from the begin of the recording on.
    static void hold(const Replay& replay, const LiveBlock& block, AllocationStats& owner) {
        const WallTime since = std::max(block.since, replay.recording().began_at);
        if (block.since == 0 || replay.now() <= since) return;
        owner.held +=
            ByteNanoseconds{sum_of(replay, block).reserved_bytes} * static_cast<uint64_t>(replay.now() - since);
        owner.longest = std::max(owner.longest, replay.now() - block.since);
    }

    std::map<OwnerKey, AllocationStats> owners_;
    std::map<uint64_t, uint64_t> last_of_thread_;  // handle of its last allocation
    std::array<PoolStats, kPoolCount> pools_{};
    bool times_known_ = false;
};

}  // namespace

std::string_view lifetime_bucket_name(size_t bucket) {
    static constexpr std::array<std::string_view, kLifetimeBuckets> kNames = {
        "< 10 us", "< 100 us", "< 1 ms", "< 10 ms", "< 100 ms", "< 1 s", "< 10 s", "< 100 s", "< 1000 s", ">= 1000 s"};
    return kNames[std::min(bucket, kLifetimeBuckets - 1)];
}

AllocationStats& AllocationStats::operator+=(const AllocationStats& other) {
    allocated += other.allocated;
    freed += other.freed;
    released += other.released;
    lost += other.lost;
    live += other.live;
    temporary += other.temporary;
    held += other.held;
    longest = std::max(longest, other.longest);
    return *this;
}

Stats stats_of(const Recording& recording) {
    Replay replay(recording);
    StatsTaker taker;
    CoreNeedFinder needs;
    BothObservers both(taker, needs);
    replay.run(both);
    Stats stats = taker.take();
    stats.cores = needs.take(replay);
    stats.coverage = coverage_of(recording);
    replay.note_damage(stats.coverage);
    note_if_stopped(stats.all.allocated, stats.coverage);
    return stats;
}

}  // namespace ttmem
