// What is true: the memory that the simulated runtime has handed out, kept by the runtime itself.
//
// It is fed by the allocator's side of every operation and never by what was reported to ttmem, so that any answer of
// ttmem can be compared with it. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/allocator.h"
#include "sim/buffer_type.h"
#include "sim/cb_truth.h"
#include "sim/machine.h"
#include "sim/place_name.h"

namespace ttmem::sim {

// "chip 3", "mesh 0", "part 2 of a mesh".
std::string place_text(const PlaceName& place);

// One allocation, on every chip of its place at the same address. Bytes are per chip.
struct LiveAllocation {
    uint64_t unique_id = 0;
    PlaceName place;
    std::vector<uint64_t> chips;  // ids
    BufferType pool = BufferType::kDram;
    uint64_t address = 0;
    uint64_t requested_bytes = 0;
    uint64_t bytes_per_bank = 0;
    uint32_t banks = 0, data_banks = 0;
    uint64_t page_bytes = 0;
    std::string kind;              // "tensor", "program", "trace", "runtime"
    std::string op, tag, program;  // "" none
    bool persistent = false;
    uint64_t holder = 0;     // id of the program or trace that it belongs to; 0 none
    uint64_t iteration = 0;  // number of the one it was made in; 0 none
    bool leaked = false;     // it lived at the end of that, or its program or trace is gone

    uint64_t reserved_bytes() const { return bytes_per_bank * banks; }
};

class Truth {
public:
    // The chip exists, or is opened with other parameters than before.
    void describe_chip(const ChipSpec& chip, const DeviceParams& params);

    void allocated(LiveAllocation allocation);
    void freed(uint64_t unique_id);
    void marked_persistent(uint64_t unique_id);

    // Everything at this place is gone at once. What had leaked stays a fact.
    void closed(PlaceName place);
    // What it allocated and is still there has leaked, unless it is meant to stay.
    void iteration_ended(uint64_t iteration);
    // A program or trace: what is still there of it has leaked.
    void holder_destroyed(uint64_t holder);

    // Programs' circular buffers. `change` works on them alone.
    template <class Change>
    auto circular_buffers(const Change& change) {
        std::lock_guard lock(mutex_);
        return change(cbs_);
    }
    // A bug that was planted on purpose.
    void planted(nlohmann::ordered_json what);

    // The present as the next point of the document, in the words of `ttmem status --json`, and with what is live.
    void add_point(const std::string& name);

    // {"schema": "ttmem.truth/1", "points": [...], "planted": [...], "peaks": [...]}
    nlohmann::ordered_json document() const;

private:
    struct PoolFigures {
        uint64_t requested = 0, reserved = 0, allocations = 0;
        uint64_t peak_requested = 0, peak_reserved = 0;
        uint64_t capacity = 0;
        uint64_t peak_id = 0;  // of the allocation that made the peak of reserved bytes
    };
    // What was live on a chip when its use of a pool was largest.
    struct PeakContent {
        uint64_t id = 0;  // of the allocation that made it
        std::vector<LiveAllocation> live;
    };
    struct ChipFigures {
        ChipSpec spec;
        std::array<PoolFigures, kBufferTypes> pools{};
    };

    nlohmann::ordered_json chip_json(const ChipFigures& chip) const;
    nlohmann::ordered_json programs_json() const;
    nlohmann::ordered_json reaches_json() const;
    void look_at_peak(uint64_t chip, BufferType pool, uint64_t id);
    nlohmann::ordered_json peaks_json() const;
    static nlohmann::ordered_json allocation_json(const LiveAllocation& allocation);
    void remove(const LiveAllocation& allocation);

    mutable std::mutex mutex_;
    std::map<uint64_t, ChipFigures> chips_;    // by id
    std::vector<uint64_t> chip_order_;         // as they became known
    std::map<uint64_t, LiveAllocation> live_;  // by unique id
    std::vector<LiveAllocation> leaks_;        // leaked, and gone with a close
    // By chip and pool; of the first chip of each place alone: others cost more than they tell.
    std::map<std::pair<uint64_t, BufferType>, PeakContent> peaks_;
    CbTruth cbs_;
    nlohmann::ordered_json planted_ = nlohmann::ordered_json::array();
    nlohmann::ordered_json points_ = nlohmann::ordered_json::array();
};

}  // namespace ttmem::sim
