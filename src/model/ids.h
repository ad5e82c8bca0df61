// Identities. Each is a type of its own: a mesh number never meets a chip id, an address is not a pointer.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace ttmem {

template <class Tag, class Value = uint64_t>
struct Id {
    Value value{};
    friend auto operator<=>(const Id&, const Id&) = default;
};

using ChipId = Id<struct ChipTag>;                         // UMD's chip_unique_id
using DeviceAddress = Id<struct AddressTag>;               // an offset inside a bank
using LedgerId = Id<struct LedgerTag, unsigned __int128>;  // one process incarnation, random

// Positions in the vectors of one Snapshot.
using ProcessIndex = Id<struct ProcessTag, uint32_t>;
using PlaceIndex = Id<struct PlaceTag, uint32_t>;

}  // namespace ttmem

template <class Tag, class Value>
struct std::hash<ttmem::Id<Tag, Value>> {
    size_t operator()(const ttmem::Id<Tag, Value>& id) const {
        return static_cast<size_t>(id.value) * 0x9E3779B97F4A7C15u >> 7;
    }
};
