// Keys and clicks, out of the bytes that a terminal sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ttmem::tui {

enum class KeyKind : uint8_t {
    kCharacter,  // `character`, also control characters
    kEscape,
    kEnter,
    kTab,
    kBackTab,
    kBackspace,
    kUp,
    kDown,
    kLeft,
    kRight,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
    kFunction,  // `character` is its number
    kClick,     // at `column`, `row`
    kWheelUp,
    kWheelDown,
    kUnknown,
};

struct Key {
    KeyKind kind = KeyKind::kUnknown;
    char32_t character = 0;
    size_t column = 0, row = 0;
    friend bool operator==(const Key&, const Key&) = default;
};

// Sequences of a terminal that are not those of most, as terminfo says them.
using KeyNames = std::vector<std::pair<std::string, Key>>;

// Takes what is complete from the front of `bytes`. `waited`: nothing more came for a moment, so a lone escape is the
// Escape key.
std::vector<Key> take_keys(std::string& bytes, const KeyNames& names, bool waited);

}  // namespace ttmem::tui
