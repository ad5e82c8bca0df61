#include "src/analysis/recording/lifetimes.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "src/analysis/recording/leaked_blocks.h"

namespace ttmem {
namespace {

// How much a picture would miss without it: the greater, the more.
struct Weight {
    int marks = 0;  // live at the peak, leaked
    double area = 0;
    friend auto operator<=>(const Weight&, const Weight&) = default;
};

struct Weighed {
    Weight weight;
    uint64_t number = 0;  // in the order in which they ended: ties are decided, whatever the order of a heap
    Lifetime lifetime;
};

bool weighs_more(const Weighed& a, const Weighed& b) {
    return std::tie(a.weight, b.number) > std::tie(b.weight, a.number);
}

// Those of one pool that weigh most: a heap with the lightest on top.
class Heaviest {
public:
    Heaviest(uint64_t peak_event, size_t most) : peak_event_(peak_event), most_(most) {}

    void add(const Replay& replay, const Lifetime& lifetime) {
        const LiveBlock& block = lifetime.block;
        const uint64_t end = lifetime.ended != 0 ? lifetime.ended : replay.event() + 1;
        Weight weight;
        weight.marks = (block.born <= peak_event_ && peak_event_ < end ? 1 : 0) + (lifetime.leaked ? 1 : 0);
        weight.area = static_cast<double>(block.reserved_bytes()) * static_cast<double>(end - block.born);
        heap_.push_back({weight, lifetimes_.allocations++, lifetime});
        std::push_heap(heap_.begin(), heap_.end(), weighs_more);
        if (heap_.size() <= most_) return;
        std::pop_heap(heap_.begin(), heap_.end(), weighs_more);
        ++lifetimes_.left_out;
        lifetimes_.most_left_out_per_bank =
            std::max(lifetimes_.most_left_out_per_bank, heap_.back().lifetime.block.bytes_per_bank);
        heap_.pop_back();
    }

    PoolLifetimes take() {
        for (const Weighed& weighed : heap_) lifetimes_.kept.push_back(weighed.lifetime);
        std::sort(lifetimes_.kept.begin(), lifetimes_.kept.end(), [](const Lifetime& a, const Lifetime& b) {
            return std::tie(a.block.born, a.block.address, a.block.process, a.block.handle) <
                   std::tie(b.block.born, b.block.address, b.block.process, b.block.handle);
        });
        return std::move(lifetimes_);
    }

private:
    uint64_t peak_event_;
    size_t most_;
    std::vector<Weighed> heap_;
    PoolLifetimes lifetimes_;
};

class LifetimeTaker : public ReplayObserver {
public:
    LifetimeTaker(const Replay& replay, const std::vector<PoolPeak>& peaks, size_t most)
        : leaked_(replay.recording()), of_(replay.chips().size()) {
        for (size_t i = 0; i < peaks.size(); ++i) {
            const PoolPeak& peak = peaks[i];
            pools_.emplace_back(peak.moment.event, most);
            const auto chips = std::find_if(replay.chips().begin(), replay.chips().end(),
                                            [&](const EqualChips& equal) { return equal.chips == peak.chips; });
            if (chips == replay.chips().end()) continue;
            of_[static_cast<size_t>(chips - replay.chips().begin())][static_cast<size_t>(peak.pool)] = i + 1;
        }
    }

    void left(const Replay& replay, const LiveBlock& block, Departure departure) override {
        add(replay, {block, replay.event(), replay.now(), departure});
    }
    void ended(const Replay& replay) override {
        for (const LiveBlock& block : replay.blocks()) {
            if (block.is_live) add(replay, {block, 0, 0, Departure::kFreed});
        }
    }

    std::vector<PoolLifetimes> take() {
        std::vector<PoolLifetimes> taken;
        for (Heaviest& pool : pools_) taken.push_back(pool.take());
        return taken;
    }

private:
    void add(const Replay& replay, Lifetime lifetime) {
        lifetime.leaked = leaked_.contains(lifetime.block, lifetime.block.outlived());
        for (const uint32_t chips : replay.chips_of(lifetime.block.place)) {
            const size_t pool = of_[chips][static_cast<size_t>(lifetime.block.pool)];
            if (pool != 0) pools_[pool - 1].add(replay, lifetime);
        }
    }

    const LeakedBlocks leaked_;
    std::vector<std::array<size_t, kPoolCount>> of_;  // by Replay::chips(): 1 + index into pools_; 0 none
    std::vector<Heaviest> pools_;
};

}  // namespace

std::vector<PoolLifetimes> lifetimes_of(const Recording& recording, const std::vector<PoolPeak>& peaks, size_t most) {
    Replay replay(recording);
    ReplayObserver nothing;  // which chips are used alike is known after a run
    replay.run(nothing);
    LifetimeTaker taker(replay, peaks, most);
    replay.run(taker);
    return taker.take();
}

}  // namespace ttmem
