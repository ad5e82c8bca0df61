#include "src/analysis/overlap_finder.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <tuple>

#include "src/analysis/overlaps.h"
#include "src/analysis/replay.h"
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

// Of the first two that met. Until then no two do, so that a new one can meet its neighbors alone.
class FirstOverlap final : public ReplayObserver {
public:
    void split(const Replay&, uint32_t whole, uint32_t part) override {
        for (const auto& [key, blocks] : std::map(in_)) {
            if (std::get<0>(key) != whole) continue;
            in_[{part, std::get<1>(key), std::get<2>(key)}] = blocks;
        }
    }
    void arrived(const Replay& replay, const LiveBlock& block) override {
        if (found_ || block.pool == Pool::kSystem || block.bytes_per_bank == 0) return;
        for (const uint32_t chips : replay.chips_of(block.place)) {
            Blocks& blocks = in_[{chips, block.pool, block.process}];
            const auto next = blocks.lower_bound(block.address);
            const bool is_in_next = next != blocks.end() && next->first < block.address + block.bytes_per_bank;
            const auto before = next == blocks.begin() ? blocks.end() : std::prev(next);
            const bool is_in_before = before != blocks.end() && block.address < before->second.end;
            if ((is_in_next && next->second.place != block.place) ||
                (is_in_before && before->second.place != block.place)) {
                found_ = block;
                return;
            }
            blocks.insert_or_assign(block.address, Reach{block.address + block.bytes_per_bank, block.place});
        }
    }
    void left(const Replay& replay, const LiveBlock& block, Departure) override {
        if (found_) return;
        for (const uint32_t chips : replay.chips_of(block.place))
            in_[{chips, block.pool, block.process}].erase(block.address);
    }

    const std::optional<LiveBlock>& found() const { return found_; }

private:
    struct Reach {
        uint64_t end = 0;
        uint32_t place = 0;
    };
    using Blocks = std::map<uint64_t, Reach>;  // by address

    std::map<std::tuple<uint32_t, Pool, uint32_t>, Blocks> in_;  // equal chips, pool, process
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
                    hex64(first.found()->address), pool_name(first.found()->pool),
                    first.found()->since != 0 ? ", " + rfc3339(first.found()->since) : ""),
        false);
}

}  // namespace ttmem
