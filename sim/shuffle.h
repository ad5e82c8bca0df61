// A seeded order that is the same on every platform, which std::shuffle does not promise.
#pragma once

#include <cstddef>
#include <random>
#include <utility>
#include <vector>

namespace ttmem::sim {

template <class T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
    for (size_t left = items.size(); left > 1; left--) std::swap(items[left - 1], items[random() % left]);
}

}  // namespace ttmem::sim
