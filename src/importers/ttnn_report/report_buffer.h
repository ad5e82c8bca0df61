// A row of `buffers`, and what a node of a graph says of a buffer in the same words.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "src/importers/captured_graph/reader.h"

namespace ttmem {

struct ReportBuffer {
    Pool pool = Pool::kDram;
    uint64_t address = 0;
    uint32_t device_id = 0;
    std::optional<uint64_t> bytes_per_bank;
    std::optional<uint64_t> bytes;  // as its pages add up, where they are listed

    auto key() const { return std::tuple(pool, address, device_id); }
};

// nullopt: it says no address, or no pool.
inline std::optional<ReportBuffer> report_buffer_of(const GraphNode& node) {
    if (!node.pool || node.address.value_or(0) == 0) return std::nullopt;
    return ReportBuffer{*node.pool, *node.address, node.device_id.value_or(0), node.bytes_per_bank, node.size};
}

// Whether two figures may be the same one; an absent one may be any.
inline bool may_agree(const std::optional<uint64_t>& a, const std::optional<uint64_t>& b) {
    return !a || !b || *a == *b;
}

}  // namespace ttmem
