// A program, trace or allocation of several processes as the key of a hash table: handles are unique in a process only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace ttmem {

using HandleKey = std::pair<uint32_t, uint64_t>;  // process, handle

struct HandleKeyHash {
    size_t operator()(const HandleKey& key) const {
        return (key.second ^ uint64_t{key.first} << 44) * 0x9E3779B97F4A7C15u >> 7;
    }
};

}  // namespace ttmem
