// The buffers that are live at one moment of a captured graph, and which of them a free means.
//
// A free names its buffer node (its first connection). A buffer node may be used again: older graphs number buffers by
// pointer, so one that lies where an earlier one lay gets the earlier one's node. Where a free has no usable connection
// the newest live buffer of the same device and pool is taken, with the same address if the free has one, else with the
// same size; what was matched so is counted, because it is a guess.
// Buffers that a graph uses without allocating them existed before it began (or are views of memory of that time).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "src/importers/captured_graph/node.h"
#include "src/model/pool.h"

namespace ttmem {

struct GraphBuffer {
    uint64_t serial = 0;  // 1 for the first allocation of the graph
    std::optional<uint64_t> node;
    std::optional<uint64_t> bytes;
    std::optional<uint64_t> bytes_per_bank;
    std::optional<uint64_t> address;  // absent without dispatch, where the graph says 0
    std::optional<uint32_t> device_id;
    std::optional<Pool> pool;
    bool of_chip = false;  // device_id is a chip's, not a mesh's
};

class GraphBuffers {
public:
    // So many live buffers are kept, and so many earlier ones; a hostile graph has more.
    static constexpr size_t kMostBuffers = size_t{1} << 19;

    struct Allocated {
        const GraphBuffer* buffer = nullptr;  // null when the table is full
        std::optional<GraphBuffer> replaced;  // lived at the same buffer node: it must have gone without a free
    };
    enum class Match : uint8_t { kConnection, kAddress, kSize };
    struct Freed {
        GraphBuffer buffer;
        Match match = Match::kConnection;
    };

    // A buffer node: something that lives, allocated by the graph or earlier.
    void mention(const GraphNode& node);
    Allocated allocate(const GraphNode& node);
    // nullopt: no live buffer of this graph; it was allocated earlier.
    std::optional<Freed> free(const GraphNode& node);

    size_t live() const { return live_.size(); }
    // The bytes that the buffer node of a free says, when free() knows no live buffer for it.
    std::optional<uint64_t> bytes_of_earlier(const GraphNode& free) const;
    // Buffers that were mentioned and never allocated here, by pool; unknown pools are left out.
    struct Earlier {
        uint64_t buffers = 0;
        uint64_t bytes = 0;
        uint64_t unsized = 0;  // of them, whose bytes nothing says
    };
    std::array<Earlier, kPoolCount> earlier() const;

private:
    struct Mention {
        std::optional<uint64_t> bytes;
        std::optional<Pool> pool;
    };
    using Live = std::map<uint64_t, GraphBuffer>;  // by serial: the newest is last

    std::optional<Freed> take(Live::iterator buffer, Match match);
    std::optional<Freed> free_by_guess(const GraphNode& node);

    Live live_;
    std::unordered_map<uint64_t, uint64_t> serial_of_node_;
    std::unordered_map<uint64_t, Mention> unallocated_;
    uint64_t serials_ = 0;
};

}  // namespace ttmem
