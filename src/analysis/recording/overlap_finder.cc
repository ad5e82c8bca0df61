#include "src/analysis/recording/overlap_finder.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <tuple>

#include "src/analysis/replay/replay.h"
#include "src/analysis/snapshot/overlaps.h"
#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

bool has_places_on_common_chips(const Snapshot& tables) {
    std::map<std::pair<ChipId, uint32_t>, uint32_t> first;
    for (uint32_t i = 0; i < tables.places.size(); ++i) {
        for (const ChipId chip : tables.places[i].chips) {
            if (first.try_emplace({chip, tables.places[i].process.value}, i).first->second != i) return true;
        }
    }
    return false;
}

// How many blocks of one place are at each address, however they lie over each other.
class Cover {
public:
    void add(uint64_t begin, uint64_t end) { change(begin, end, 1); }
    void remove(uint64_t begin, uint64_t end) { change(begin, end, -1); }

    bool empty() const { return counts_.empty(); }
    bool any_in(uint64_t begin, uint64_t end) const {
        auto step = counts_.upper_bound(begin);
        if (step != counts_.begin() && std::prev(step)->second != 0) return true;
        // Two neighbors have different counts, so where there was none the next one has some.
        return step != counts_.end() && step->first < end;
    }

private:
    void change(uint64_t begin, uint64_t end, int64_t by) {
        const auto first = step_at(begin), last = step_at(end);
        for (auto step = first; step != last; ++step) step->second += by;
        drop_if_same(last);
        drop_if_same(first);
    }
    std::map<uint64_t, int64_t>::iterator step_at(uint64_t address) {
        const auto after = counts_.upper_bound(address);
        return counts_.try_emplace(address, after == counts_.begin() ? 0 : std::prev(after)->second).first;
    }
    void drop_if_same(std::map<uint64_t, int64_t>::iterator step) {
        if (step->second == (step == counts_.begin() ? 0 : std::prev(step)->second)) counts_.erase(step);
    }

    std::map<uint64_t, int64_t> counts_;  // from this address to the next; before the first none
};

// Of the first block that met one of another place.
class FirstOverlap final : public ReplayObserver {
public:
    void split(const Replay&, uint32_t whole, uint32_t part) override {
        if (found_) return;
        for (auto it = in_.lower_bound({whole, Pool{}, 0}); it != in_.end() && std::get<0>(it->first) == whole; ++it)
            in_[{part, std::get<1>(it->first), std::get<2>(it->first)}] = it->second;  // behind all: it is the last
    }
    void arrived(const Replay& replay, const LiveBlock& block) override {
        if (found_ || !has_address(block)) return;
        for (const uint32_t chips : replay.chips_of(block.place)) {
            Places& places = in_[{chips, block.pool, block.process}];
            for (const auto& [place, cover] : places) {
                if (place == block.place || !cover.any_in(block.address, end_of(block))) continue;
                found_ = block;
                return;
            }
            places[block.place].add(block.address, end_of(block));
        }
    }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        if (found_ || !has_address(block)) return;
        for (const uint32_t chips : replay.chips_of(block.place)) {
            Places& places = in_[{chips, block.pool, block.process}];
            const auto place = places.find(block.place);
            place->second.remove(block.address, end_of(block));
            if (place->second.empty()) places.erase(place);  // many are opened one after the other
        }
    }

    const std::optional<LiveBlock>& found() const { return found_; }

private:
    using Places = std::map<uint32_t, Cover>;

    static bool has_address(const LiveBlock& block) {
        return block.pool != Pool::kSystem && block.address < end_of(block);
    }
    static uint64_t end_of(const LiveBlock& block) { return saturating_add(block.address, block.bytes_per_bank); }

    std::map<std::tuple<uint32_t, Pool, uint32_t>, Places> in_;  // equal chips, pool, process
    std::optional<LiveBlock> found_;
};

}  // namespace

void note_overlaps(Recording& recording) {
    note_overlaps(recording.end);
    if (told_overlaps(recording.end.coverage) != nullptr || !has_places_on_common_chips(recording.end)) return;
    Replay replay(recording);
    FirstOverlap first;
    replay.run(first);
    if (!first.found()) return;
    recording.end.coverage.note(
        fmt::format("allocators overlap: an allocation began inside another (at {} in {}{}), as of a mesh and its "
                    "sub-meshes, each of which has an allocator of its own over the same memory: what one wrote the "
                    "other overwrites, and the bytes of both count",
                    address_text(first.found()->address), pool_name(first.found()->pool),
                    first.found()->since != 0 ? ", " + rfc3339(first.found()->since) : ""),
        false);
}

}  // namespace ttmem
