#include "src/importers/captured_graph/places.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace ttmem {
namespace {

// The chips that device_tensors gives for `mesh`. Entries for another mesh are left out: a tensor without a mesh of its
// own says mesh 0, which need not exist.
std::vector<uint32_t> stated_chips(uint32_t mesh, std::string_view device_tensors) {
    simdjson::dom::parser parser;
    simdjson::dom::array entries;
    const simdjson::padded_string text(device_tensors);
    if (parser.parse(text).get(entries) != simdjson::SUCCESS) return {};
    std::vector<uint32_t> chips;
    for (const simdjson::dom::element entry : entries) {
        uint64_t chip = 0, of_mesh = 0;
        if (entry.at_key("device_id").get(chip) != simdjson::SUCCESS || chip > UINT32_MAX) continue;
        if (entry.at_key("mesh_device_id").get(of_mesh) != simdjson::SUCCESS || of_mesh != mesh) continue;
        if (chips.size() < GraphPlaces::kMostDomains) chips.push_back(static_cast<uint32_t>(chip));
    }
    return chips;
}

}  // namespace

std::optional<GraphPlaces::Index> GraphPlaces::add(Domain domain) {
    if (domains_.size() >= kMostDomains) {
        ++too_many_;
        return std::nullopt;
    }
    domains_.push_back(std::move(domain));
    return static_cast<Index>(domains_.size() - 1);
}

std::optional<GraphPlaces::Index> GraphPlaces::mesh(std::optional<uint32_t> id, bool create) {
    if (const auto found = meshes_.find(id); found != meshes_.end()) return found->second;
    if (!create) return std::nullopt;
    const std::optional<Index> added = add({.is_chip = false, .number = id, .chips = {}});
    if (!added) return added;
    meshes_.emplace(id, *added);
    for (const auto& [number, chip] : chips_) {  // chips that came before any mesh
        if (!domains_[chip].in_a_mesh && (meshes_.size() == 1 || id == number)) assume(*added, chip);
    }
    return added;
}

std::optional<GraphPlaces::Index> GraphPlaces::chip(uint32_t id, bool create) {
    if (const auto found = chips_.find(id); found != chips_.end()) return found->second;
    if (!create) return std::nullopt;
    const std::optional<Index> added = add({.is_chip = true, .number = id, .chips = {}});
    if (added) chips_.emplace(id, *added);
    return added;
}

void GraphPlaces::join(Index mesh, Index chip) {
    std::vector<Index>& chips = domains_[mesh].chips;
    if (std::find(chips.begin(), chips.end(), chip) != chips.end()) return;
    chips.push_back(chip);
    domains_[chip].in_a_mesh = true;
    on_join_(mesh, chip);
}

// A mesh's own number says nothing of its chips: it is the mesh that has no known ones.
void GraphPlaces::assume(Index mesh, Index chip) {
    domains_[chip].is_its_mesh = domains_[mesh].number == domains_[chip].number && domains_[mesh].chips.empty();
    assumed_ += !domains_[chip].is_its_mesh;
    for (const Index other : domains_[mesh].chips) domains_[other].is_its_mesh = false;
    join(mesh, chip);
}

std::span<const GraphPlaces::Index> GraphPlaces::answer(std::vector<Index> found) {
    found_ = std::move(found);
    return found_;
}

std::span<const GraphPlaces::Index> GraphPlaces::chips_or_itself(Index mesh) {
    if (!domains_[mesh].chips.empty()) return domains_[mesh].chips;
    return answer({mesh});
}

std::span<const GraphPlaces::Index> GraphPlaces::of_buffer(std::optional<uint32_t> id) {
    const std::optional<Index> found = mesh(id, true);
    if (!found) return {};
    found_.assign(1, *found);
    found_.insert(found_.end(), domains_[*found].chips.begin(), domains_[*found].chips.end());
    return found_;
}

std::span<const GraphPlaces::Index> GraphPlaces::of_chip(uint32_t id) {
    const std::optional<Index> found = chip(id, true);
    return found ? answer({*found}) : std::span<const Index>();
}

std::span<const GraphPlaces::Index> GraphPlaces::of_circular_buffer(std::optional<uint32_t> id, bool no_address) {
    if (!id) {
        if (meshes_.size() == 1) return chips_or_itself(meshes_.begin()->second);
        const std::optional<Index> nameless = mesh(std::nullopt, true);
        return nameless ? chips_or_itself(*nameless) : std::span<const Index>();
    }
    const std::optional<Index> of_mesh = mesh(*id, false);
    const bool stated = of_mesh && domains_[*of_mesh].stated;
    const std::optional<Index> known = chip(*id, false);
    if (stated && (no_address || !known)) return chips_or_itself(*of_mesh);
    if (known) return answer({*known});
    const std::optional<Index> added = chip(*id, true);
    if (!added) return {};
    if (of_mesh && domains_[*of_mesh].chips.empty()) {
        assume(*of_mesh, *added);
    } else if (meshes_.size() == 1 && !domains_[meshes_.begin()->second].stated) {
        assume(meshes_.begin()->second, *added);
    }
    return answer({*added});
}

std::span<const GraphPlaces::Index> GraphPlaces::of_deallocate_all(std::optional<uint32_t> id) {
    if (id) {
        if (const std::optional<Index> found = mesh(*id, false)) return chips_or_itself(*found);
        const std::optional<Index> found = chip(*id, false);
        return found ? answer({*found}) : std::span<const Index>();
    }
    found_.clear();
    for (Index i = 0; i < domains_.size(); ++i) found_.push_back(i);
    return found_;
}

void GraphPlaces::learn(std::optional<uint32_t> tensor_device, std::string_view device_tensors) {
    if (!tensor_device || device_tensors.empty()) return;
    if (const std::optional<Index> known = mesh(*tensor_device, false); known && domains_[*known].stated) return;
    const std::vector<uint32_t> numbers = stated_chips(*tensor_device, device_tensors);
    if (numbers.empty()) return;
    const std::optional<Index> of_mesh = mesh(*tensor_device, true);
    if (!of_mesh) return;
    domains_[*of_mesh].stated = true;
    for (const Index assumed : domains_[*of_mesh].chips) domains_[assumed].is_its_mesh = false;
    for (const uint32_t number : numbers) {
        if (const std::optional<Index> found = chip(number, true)) join(*of_mesh, *found);
    }
}

std::string place_name(const GraphPlaces::Domain& domain) {
    if (!domain.number) return "";
    return (domain.is_chip && !domain.is_its_mesh ? "chip " : "mesh ") + std::to_string(*domain.number);
}

}  // namespace ttmem
