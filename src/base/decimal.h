// Foreign text as a number.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace ttmem {

// All of `text` as a decimal number; nothing else may be around it, and it must fit.
template <class T = uint64_t>
std::optional<T> decimal_in(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace ttmem
