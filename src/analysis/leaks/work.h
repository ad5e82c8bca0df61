// What of a program's history is work, as opposed to making its inputs: so that weights are told from steps.
//
// Work is what an operation runs or makes on a device, unless its name says that it only makes or places data:
// ttnn.ones, ttnn.from_torch, ttnn.to_device. Where a program names no operations, a free is work, too; and between
// results of an operation, where its runtime tells of nothing that it runs.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/analysis/replay/replay.h"

namespace ttmem {

// By the last part of its name.
bool only_makes_inputs(std::string_view operation);
// It makes them of other tensors: ttnn.typecast, ttnn.to_layout, ttnn.to_memory_config.
bool only_converts(std::string_view operation);

class Work final : public ReplayObserver {
public:
    // Reads the recording once where iterations begin with an operation that only makes inputs.
    explicit Work(const Recording& recording);

    void arrived(const Replay& replay, const LiveBlock& block) override;
    void applied(const Replay& replay, const Event& event) override;

    // A number that is another one when other work was done since it was asked for: by any operation where such ones
    // are dispatched, by another one where not.
    uint64_t turn(uint32_t process, uint32_t op) const;

    // Of inputs that are no other tensors' conversions: how many were made since other work was done.
    uint64_t inputs(uint32_t process) const;
    uint64_t freed(uint32_t process) const;                      // blocks
    bool makes(uint32_t op) const { return is_of(op, kMakes); }  // inputs that are none
    bool converts(uint32_t op) const { return is_of(op, kConverts); }

    // Where iterations begin with an operation that only makes inputs, those before the first work of their process are
    // none: each is a tensor that was made, as weights are.
    bool is_set_up(uint32_t process, uint64_t iteration) const;
    // The first that is one; 0: all are.
    uint32_t first_step(uint32_t process) const;

    // Operations that ran from time to time over the whole of it, at least three times, and made more than inputs:
    // those that ran least often first. A step may begin with one.
    std::vector<std::string> steady(uint32_t process) const;

private:
    struct Calls {
        uint64_t count = 0, first = 0, last = 0, longest_pause = 0;  // in operations of the process
    };
    struct Of {
        uint64_t dispatched = 0, made = 0, freed = 0;
        uint64_t freed_first = 0;  // before anything was dispatched
        uint64_t inputs = 0;       // since other work
        uint64_t operations = 0;   // that began
        uint32_t begun = 0;        // the latest iteration
        uint32_t first_step = 0;
        bool has_steps = false;  // iterations begin with an operation that only makes inputs, and there is work
        boost::unordered_flat_map<uint32_t, uint64_t> made_by;  // operation
        std::map<uint32_t, Calls> calls;
    };

    enum Sort : uint8_t { kNotLookedAt, kMakes, kConverts, kWorks };
    bool is_of(uint32_t op, Sort sort) const;
    bool is_work(uint32_t op) const { return is_of(op, kWorks); }
    void begin(Of& of, uint32_t iteration);
    const Of* find(uint32_t process) const { return process < of_.size() ? &of_[process] : nullptr; }
    Of& of(uint32_t process);

    const std::vector<std::string>& texts_;
    mutable std::vector<Sort> known_;  // by text
    std::vector<Of> of_;               // by process
};

}  // namespace ttmem
