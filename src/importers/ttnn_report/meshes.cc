#include "src/importers/ttnn_report/meshes.h"

#include <optional>

#include "src/importers/captured_graph/places.h"

namespace ttmem {
namespace {

constexpr size_t kMostTensors = size_t{1} << 19;

void add_chip(ChipsOfMeshes& meshes, int64_t rank, std::optional<uint32_t> mesh, std::optional<uint32_t> chip) {
    if (!mesh || !chip || meshes.size() >= GraphPlaces::kMostDomains) return;
    std::set<uint32_t>& chips = meshes[{rank, *mesh}];
    if (chips.size() < GraphPlaces::kMostDomains) chips.insert(*chip);
}

Result<ChipsOfMeshes> of_executions(const ReportDatabase& database) {
    ChipsOfMeshes meshes;
    Result<void> done = database.each(
        "operation_executions", {"device_id", "physical_device_id", "rank"}, "",
        [&](const ReportRow& row) { add_chip(meshes, row.integer(2).value_or(0), row.id(0), row.id(1)); });
    if (!done) return done.error();
    return meshes;
}

Result<ChipsOfMeshes> of_tensors(const ReportDatabase& database) {
    std::map<std::pair<int64_t, int64_t>, uint32_t> mesh_of;  // by rank and tensor
    Result<void> done = database.each("tensors", {"tensor_id", "device_id", "rank"}, "", [&](const ReportRow& row) {
        if (!row.integer(0) || !row.id(1) || mesh_of.size() >= kMostTensors) return;
        mesh_of[{row.integer(2).value_or(0), *row.integer(0)}] = *row.id(1);
    });
    if (!done) return done.error();
    ChipsOfMeshes meshes;
    done = database.each("device_tensors", {"tensor_id", "device_id", "rank"}, "", [&](const ReportRow& row) {
        const int64_t rank = row.integer(2).value_or(0);
        if (!row.integer(0)) return;
        const auto found = mesh_of.find({rank, *row.integer(0)});
        if (found != mesh_of.end()) add_chip(meshes, rank, found->second, row.id(1));
    });
    if (!done) return done.error();
    return meshes;
}

}  // namespace

Result<ChipsOfMeshes> chips_of_meshes(const ReportDatabase& database) {
    Result<ChipsOfMeshes> meshes = of_executions(database);
    if (!meshes) return meshes;
    const Result<ChipsOfMeshes> told = of_tensors(database);
    if (!told) return told;
    const bool graphs = database.has("captured_graph");
    for (const auto& [mesh, chips] : *told) {
        const bool itself = chips.size() == 1 && *chips.begin() == mesh.second;
        if (!itself || !graphs) meshes->emplace(mesh, chips);  // what executions say stands
    }
    return meshes;
}

}  // namespace ttmem
