// The two id spaces of a captured graph, and which chips a node means.
//
// Buffer nodes carry the id of a mesh (or, in old releases, of a chip); circular buffers carry the id of a chip, except
// in a capture without dispatch, where they carry the mesh's; "deallocate all" carries the mesh's. Both ids count from
// 0. Tensor nodes say which chips a mesh has (device_tensors). Until one does, a chip that shows up is assumed to
// belong to the only mesh there is; assumptions are counted.
//
// A *domain* is a chip or a mesh, by its position in domains(). A mesh's buffers lie on each of its chips, so a chip
// that joins a mesh takes over what the mesh holds: the caller is told through OnJoin.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

class GraphPlaces {
public:
    using Index = uint32_t;
    // Hostile graphs have more.
    static constexpr size_t kMostDomains = 4096;

    struct Domain {
        bool is_chip = false;
        std::optional<uint32_t> number;  // absent where the graph has no ids
        std::vector<Index> chips;        // of a mesh
        bool stated = false;             // a mesh: by the graph itself, not assumed
        bool in_a_mesh = false;          // a chip
        bool is_its_mesh = false;        // a chip: only assumed, because circular buffers say the number of their mesh
    };
    using OnJoin = std::function<void(Index mesh, Index chip)>;

    explicit GraphPlaces(OnJoin on_join) : on_join_(std::move(on_join)) {}

    // Where a buffer lies: its mesh first, then the mesh's chips.
    std::span<const Index> of_buffer(std::optional<uint32_t> id);
    // Where a buffer lies that is told of one chip.
    std::span<const Index> of_chip(uint32_t id);
    // Where a circular buffer lies: chips, or a mesh whose chips are unknown. `no_address`: as without dispatch.
    std::span<const Index> of_circular_buffer(std::optional<uint32_t> id, bool no_address);
    // Which domains "deallocate all" means; everything without an id.
    std::span<const Index> of_deallocate_all(std::optional<uint32_t> id);
    // From a tensor node: device_tensors is JSON text, [{"address":..,"device_id":0,"mesh_device_id":1}, ...].
    void learn(std::optional<uint32_t> tensor_device, std::string_view device_tensors);

    const std::vector<Domain>& domains() const { return domains_; }
    uint64_t assumed() const { return assumed_; }
    uint64_t too_many() const { return too_many_; }

private:
    std::optional<Index> mesh(std::optional<uint32_t> id, bool create);
    std::optional<Index> chip(uint32_t id, bool create);
    std::optional<Index> add(Domain domain);
    void join(Index mesh, Index chip);
    void assume(Index mesh, Index chip);
    std::span<const Index> chips_or_itself(Index mesh);
    std::span<const Index> answer(std::vector<Index> found);

    OnJoin on_join_;
    std::vector<Domain> domains_;
    std::map<std::optional<uint32_t>, Index> meshes_;
    std::map<uint32_t, Index> chips_;
    std::vector<Index> found_;
    uint64_t assumed_ = 0;
    uint64_t too_many_ = 0;
};

// "chip 0", "mesh 1", or "" without a number.
std::string place_name(const GraphPlaces::Domain& domain);

}  // namespace ttmem
