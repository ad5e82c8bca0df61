// The operations of a captured graph: which functions are open at a moment, and how many there were.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ttmem {

class GraphOperations {
public:
    // Hostile graphs nest deeper, or have more names, or longer ones; what goes beyond is counted, not kept.
    static constexpr size_t kMostDepth = 4096;
    static constexpr size_t kMostNames = size_t{1} << 16;
    static constexpr size_t kMostNameBytes = 512;

    // The open functions of a moment, outermost first; of many, the outermost and the innermost.
    struct Path {
        std::array<uint32_t, 8> names{};
        uint32_t size = 0;
        bool cut = false;  // functions between the first and the last half are left out
    };

    void start(std::string_view name, bool cache_hit);
    // False when no function is open.
    bool end();
    // A circular buffer came: the open functions brought their program's buffers with them.
    void saw_circular_buffer();
    // Whether the innermost open function brought any.
    bool brought_circular_buffers() const { return !frames_.empty() && frames_.back().circular_buffers; }

    Path path() const;
    std::string text(const Path& path) const;  // "ttnn.conv2d > Conv2dDeviceOperation", "" outside of functions
    // The innermost open function that is an operation and not a helper that makes or frees a tensor for one; if all
    // are helpers, the innermost of them. "" outside of functions.
    std::string_view operation() const;
    uint64_t scope() const {
        return frames_.empty() ? 0 : frames_.back().number;
    }  // tells two runs of a function apart
    size_t depth() const { return frames_.size() + too_deep_; }
    uint64_t count() const { return count_; }
    uint64_t top_level() const { return top_level_; }
    uint64_t cache_hits_without_circular_buffers() const { return bare_hits_; }

private:
    struct Frame {
        uint64_t number = 0;
        uint32_t name = 0;
        bool cache_hit = false;
        bool circular_buffers = false;
    };

    uint32_t intern(std::string_view name);

    std::vector<Frame> frames_;
    std::unordered_map<std::string, uint32_t> numbers_;
    std::vector<const std::string*> names_;
    uint64_t count_ = 0;
    uint64_t top_level_ = 0;
    uint64_t bare_hits_ = 0;
    uint64_t too_deep_ = 0;
};

}  // namespace ttmem
