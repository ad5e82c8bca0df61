// Circular buffers as a program plans them: addresses in the L1 of its cores. A plan reserves addresses; it is not an
// allocation, and plans of different programs overlap by design.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace ttmem {

// Cores from (x0, y0) to (x1, y1), both included, as the runtime numbers them; coordinates are below
// CoreSet::kCoordinates.
struct CoreRange {
    uint8_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    friend bool operator==(const CoreRange&, const CoreRange&) = default;
};

// Cores of one chip.
class CoreSet {
public:
    static constexpr uint32_t kCoordinates = 32;

    void add(const CoreRange& range) {
        const uint64_t columns = (uint64_t{2} << range.x1) - (uint64_t{1} << range.x0);
        for (uint32_t y = range.y0; y <= range.y1; ++y) rows_[y] |= static_cast<uint32_t>(columns);
    }
    void add(const CoreSet& other) {
        for (uint32_t y = 0; y < kCoordinates; ++y) rows_[y] |= other.rows_[y];
    }
    void remove(const CoreSet& other) {
        for (uint32_t y = 0; y < kCoordinates; ++y) rows_[y] &= ~other.rows_[y];
    }
    void keep(const CoreSet& other) {
        for (uint32_t y = 0; y < kCoordinates; ++y) rows_[y] &= other.rows_[y];
    }
    bool contains(uint32_t x, uint32_t y) const { return (rows_[y] >> x & 1) != 0; }
    bool empty() const { return count() == 0; }
    uint32_t count() const {
        uint32_t cores = 0;
        for (const uint32_t row : rows_) cores += static_cast<uint32_t>(std::popcount(row));
        return cores;
    }
    // Calls visit(x, y) for each, row by row.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (uint32_t y = 0; y < kCoordinates; ++y) {
            for (uint32_t row = rows_[y]; row != 0; row &= row - 1) {
                visit(static_cast<uint32_t>(std::countr_zero(row)), y);
            }
        }
    }
    friend bool operator==(const CoreSet&, const CoreSet&) = default;

private:
    std::array<uint32_t, kCoordinates> rows_{};
};

enum class CbKind : uint8_t { kCb, kDataflow, kScratchpad };  // what the runtime calls it

struct CircularBuffer {
    uint8_t index = 0;     // the buffer's number in its program
    bool aliased = false;  // lies in memory of a tensor: has no address of its own, adds 0 bytes
    uint64_t address = 0;  // in L1, the same on each of its cores; 0 when aliased
    uint64_t bytes = 0;    // per core
    std::vector<CoreRange> cores;
    CbKind kind = CbKind::kCb;

    CoreSet core_set() const {
        CoreSet set;
        for (const CoreRange& range : cores) set.add(range);
        return set;
    }
    friend bool operator==(const CircularBuffer&, const CircularBuffer&) = default;
};

struct CbPlan {
    std::vector<CircularBuffer> buffers;
    friend bool operator==(const CbPlan&, const CbPlan&) = default;
};

// Addresses of one chip's L1 that circular buffers take, on some of its cores.
struct CbRegion {
    uint64_t address = 0, bytes = 0;
    CoreSet cores;
};

// What the programs of one process take on a chip.
struct CbRegions {
    std::vector<CbRegion> reserved, resident;
};

}  // namespace ttmem
