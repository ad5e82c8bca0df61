#include "src/importers/captured_graph/cores.h"

#include <array>
#include <charconv>
#include <utility>

namespace ttmem {
namespace {

constexpr uint32_t kMostCoordinate = 65535;

// Reads one piece after another off the front of a text.
class CoreCursor {
public:
    explicit CoreCursor(std::string_view text) : text_(text) {}

    bool take(std::string_view expected) {
        if (!text_.starts_with(expected)) return false;
        text_.remove_prefix(expected.size());
        return true;
    }

    bool take(uint32_t& number) {
        const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
        if (error != std::errc() || number > kMostCoordinate) return false;
        text_.remove_prefix(static_cast<size_t>(end - text_.data()));
        return true;
    }

    void skip_spaces() {
        while (take(" ")) continue;
    }

    bool empty() const { return text_.empty(); }

private:
    std::string_view text_;
};

// "(x=1,y=2)" or "1-2".
bool take_core(CoreCursor& cursor, uint32_t& x, uint32_t& y) {
    if (!cursor.take("(")) return cursor.take(x) && cursor.take("-") && cursor.take(y);
    return cursor.take("x=") && cursor.take(x) && cursor.take(",y=") && cursor.take(y) && cursor.take(")");
}

// "[core - core]"
std::optional<GraphCoreRange> take_range(CoreCursor& cursor) {
    GraphCoreRange range;
    const bool read = cursor.take("[") && take_core(cursor, range.x0, range.y0) && cursor.take(" - ") &&
                      take_core(cursor, range.x1, range.y1) && cursor.take("]");
    if (!read || range.x1 < range.x0 || range.y1 < range.y0) return std::nullopt;
    return range;
}

}  // namespace

std::optional<std::vector<GraphCoreRange>> read_cores(std::string_view core_range_set) {
    CoreCursor cursor(core_range_set);
    if (!cursor.take("{")) return std::nullopt;
    std::vector<GraphCoreRange> ranges;
    if (!cursor.take("}")) {
        do {
            cursor.skip_spaces();
            const std::optional<GraphCoreRange> range = take_range(cursor);
            if (!range) return std::nullopt;
            ranges.push_back(*range);
        } while (cursor.take(","));
        if (!cursor.take("}")) return std::nullopt;
    }
    return cursor.empty() ? std::optional(std::move(ranges)) : std::nullopt;
}

std::optional<uint64_t> count_cores(std::string_view core_range_set) {
    const std::optional<std::vector<GraphCoreRange>> ranges = read_cores(core_range_set);
    if (!ranges) return std::nullopt;
    uint64_t cores = 0;
    for (const GraphCoreRange& range : *ranges) cores += uint64_t{range.x1 - range.x0 + 1} * (range.y1 - range.y0 + 1);
    return cores;
}

}  // namespace ttmem
