// What is in use of a core's L1 in a captured graph: buffers, which lie on all cores alike, and the circular buffers of
// the current program, which lie on the cores of their ranges. The peak is of the core that has most at one moment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/importers/captured_graph/cores.h"
#include "src/importers/captured_graph/operations.h"

namespace ttmem {

class CoreUse {
public:
    // Cores beyond this are counted on the last row or column: no chip has them.
    static constexpr uint32_t kCoordinates = 32;

    struct Peak {
        uint64_t buffers = 0, circular_buffers = 0;
        GraphOperations::Path path;
        uint64_t bytes() const { return buffers + circular_buffers; }
    };

    // `per_bank` absent: not said, so that what follows is at least.
    void add_buffer(std::optional<uint64_t> per_bank, const GraphOperations& operations);
    void remove_buffer(std::optional<uint64_t> per_bank);
    void add_circular(uint64_t bytes, const std::vector<GraphCoreRange>& cores, const GraphOperations& operations);
    void clear_circular();
    void join(const CoreUse& other, const GraphOperations& operations);

    bool known() const { return known_; }
    const Peak& peak() const { return peak_; }

private:
    void raise(const GraphOperations& operations);

    bool known_ = true;
    uint64_t buffers_ = 0, largest_circular_ = 0;
    std::vector<uint64_t> circular_;  // by core; empty without any
    Peak peak_;
};

}  // namespace ttmem
