// Sums and products of figures that somebody else wrote: where they do not fit, the largest number, or none.
#pragma once

#include <cstdint>
#include <optional>

namespace ttmem {

constexpr uint64_t saturating_add(uint64_t a, uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

constexpr uint64_t saturating_multiply(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

// Nothing where a factor is not known, either.
constexpr std::optional<uint64_t> exact_product(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    uint64_t product = 0;
    if (!a || !b || __builtin_mul_overflow(*a, *b, &product)) return std::nullopt;
    return product;
}

}  // namespace ttmem
