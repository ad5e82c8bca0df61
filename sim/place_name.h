// How a place is called: a chip, a mesh, or a part of a mesh. Kinds never meet: mesh 0 is not chip 0.
#pragma once

#include <compare>
#include <cstdint>

namespace ttmem::sim {

struct PlaceName {
    enum class Kind { kChip, kMesh, kPart } kind = Kind::kChip;
    uint32_t number = 0;
    uint32_t mesh = 0;  // of a part: number of its mesh
    friend auto operator<=>(const PlaceName&, const PlaceName&) = default;

    // Whether a close of `place` closes it.
    bool is_of(const PlaceName& place) const {
        return *this == place || (kind == Kind::kPart && place.kind == Kind::kMesh && mesh == place.number);
    }
};

}  // namespace ttmem::sim
