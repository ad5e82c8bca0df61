#include "src/importers/captured_graph/cores.h"

#include <array>
#include <charconv>

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

// "[core - core]": its number of cores.
std::optional<uint64_t> take_range(CoreCursor& cursor) {
    std::array<uint32_t, 4> at{};
    const bool read = cursor.take("[") && take_core(cursor, at[0], at[1]) && cursor.take(" - ") &&
                      take_core(cursor, at[2], at[3]) && cursor.take("]");
    if (!read || at[2] < at[0] || at[3] < at[1]) return std::nullopt;
    return uint64_t{at[2] - at[0] + 1} * (at[3] - at[1] + 1);
}

}  // namespace

std::optional<uint64_t> count_cores(std::string_view core_range_set) {
    CoreCursor cursor(core_range_set);
    if (!cursor.take("{")) return std::nullopt;
    uint64_t cores = 0;
    if (!cursor.take("}")) {
        do {
            cursor.skip_spaces();
            const std::optional<uint64_t> range = take_range(cursor);
            if (!range) return std::nullopt;
            cores += *range;
        } while (cursor.take(","));
        if (!cursor.take("}")) return std::nullopt;
    }
    return cursor.empty() ? std::optional(cores) : std::nullopt;
}

}  // namespace ttmem
