// Adds up a captured graph: use and peak per chip and pool, with and without circular buffers. See captured_graph.h for
// the rules.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/importers/captured_graph/buffers.h"
#include "src/importers/captured_graph/core_use.h"
#include "src/importers/captured_graph/errors.h"
#include "src/importers/captured_graph/operations.h"
#include "src/importers/captured_graph/places.h"
#include "src/importers/captured_graph/reader.h"
#include "src/model/imported_use.h"

namespace ttmem {

class GraphUse : public GraphSink {
public:
    GraphUse();
    GraphUse(const GraphUse&) = delete;
    GraphUse& operator=(const GraphUse&) = delete;

    void node(const GraphNode& node) override;
    void device(const GraphDevice& device) override { devices_.push_back(device); }

    // Once, after the last node.
    ImportedUse finish(const GraphFile& file) const;

private:
    using Index = GraphPlaces::Index;

    // One pool of one domain.
    struct Level {
        bool touched = false;
        bool requested_known = true, reserved_known = true;
        uint64_t requested = 0, reserved = 0, count = 0;
        uint64_t peak_requested = 0, peak_reserved = 0;
        bool per_bank_known = true;
        uint64_t per_bank = 0, peak_per_bank = 0;
        GraphOperations::Path peak_path, reserved_path, per_bank_path;
    };
    // One domain: its pools, and the circular buffers of its current program.
    struct State {
        std::array<Level, kPoolCount> levels;
        CoreUse core;
        bool circular_buffers_touched = false;
        bool plan_open = false;
        uint64_t plan_scope = 0;
        uint64_t circular_buffers = 0;
        uint64_t peak_with_cb = 0, peak_reserved_with_cb = 0;
        GraphOperations::Path with_cb_path, reserved_with_cb_path;

        Level& level(Pool pool) { return levels[static_cast<size_t>(pool)]; }
        const Level& level(Pool pool) const { return levels[static_cast<size_t>(pool)]; }
    };
    // What the coverage speaks of.
    struct Counts {
        uint64_t allocations = 0, frees = 0, plans = 0, circular_buffers = 0, tensors = 0, runs = 0;
        uint64_t bare_runs = 0;  // of programs, by an operation that brought no circular buffers
        uint64_t without_address = 0, garbage_addresses = 0, without_size = 0, without_pool = 0, untracked = 0;
        uint64_t frees_of_earlier = 0, replaced = 0, guessed = 0;
        uint64_t unattributed_buffers = 0, unattributed_bytes = 0, unreadable_ranges = 0, unsized_circular = 0;
        uint64_t unread_circular = 0;  // that add bytes of which is not known how many, or where
        uint64_t unreadable = 0, errors = 0, unopened_ends = 0;
        std::optional<uint64_t> first_garbage_address;
        bool joined_late = false, ended = false, saturated = false;
    };

    void allocate(const GraphNode& node);
    void free(const GraphNode& node);
    void circular_buffer(const GraphNode& node);
    void open_plan(Index domain);
    void deallocate_all(const GraphNode& node);
    void check_address(const GraphNode& node);

    State& state(Index domain);
    void add(const GraphBuffer& buffer);
    void remove(const GraphBuffer& buffer);
    void show(const Level& level, PoolUse& use, ImportedPeak& peak) const;
    std::span<const Index> places_of(const GraphBuffer& buffer);
    void raise(State& state, Level& level);
    void raise_with_circular_buffers(State& state);
    void join(Index mesh, Index chip);
    uint64_t sum(uint64_t a, uint64_t b);

    std::optional<uint64_t> banks(Pool pool) const;
    std::optional<uint64_t> reserved_bytes(const GraphBuffer& buffer) const;
    CorePeak core_peak(const CoreUse& core, bool cbs_missing) const;
    ImportedChip chip(Index domain) const;
    void describe(ImportedChip& chip, const GraphPlaces::Domain& place) const;
    bool are_circular_buffers_missing() const;
    void cover(ImportedUse& use) const;

    GraphBuffers buffers_;
    GraphOperations operations_;
    GraphPlaces places_;
    std::vector<State> states_;  // by domain
    std::vector<GraphDevice> devices_;
    std::vector<Index> plan_domains_;  // that the newest plan was seen on
    uint64_t plan_scope_ = 0;
    bool deallocate_all_seen_ = false;
    GraphErrors errors_;
    Counts counts_;
};

}  // namespace ttmem
