// How far the circular buffers of each program reach, as the events of a replay tell: asked at its dispatches.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

class PlannedReach {
public:
    // With what the programs of the end had planned, for those that lived before the recording.
    explicit PlannedReach(const Snapshot& tables);

    void apply(const Event& event);
    // Of the program that a dispatch is of: one after its highest address; 0 none. Absent where it is not known.
    std::optional<uint64_t> of(const Event& dispatch) const;

private:
    struct Key {
        uint64_t program;
        uint32_t process, place;
        friend bool operator==(const Key&, const Key&) = default;
        friend size_t hash_value(const Key& key) {
            return ((key.program ^ uint64_t{key.process} << 44) * 0x9E3779B97F4A7C15u ^ key.place * 0x9E3779B1u) >> 7;
        }
    };

    std::vector<uint64_t> ends_;  // by plan
    boost::unordered_flat_map<Key, std::optional<uint64_t>> planned_;
};

// One after the highest address of a circular buffer that is not in the memory of a tensor; 0 none.
uint64_t end_of(const CbPlan& plan);

}  // namespace ttmem
