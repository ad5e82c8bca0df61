#include "src/importers/ttnn_report/learned_meshes.h"

#include <algorithm>
#include <iterator>

namespace ttmem {
namespace {

// Hostile reports have more.
constexpr size_t kMostLeftPlaces = size_t{1} << 14;  // that an operation leaves
constexpr size_t kMostMeshes = 256;
constexpr uint64_t kMostComparisons = uint64_t{1} << 26;

}  // namespace

void LearnedMeshes::node(const GraphNode& node) {
    const bool allocates = node.kind == GraphNodeKind::kBufferAllocate;
    if (!allocates && node.kind != GraphNodeKind::kBufferDeallocate) return;
    const std::optional<ReportBuffer> buffer = report_buffer_of(node);
    if (!buffer) return;
    const Place place = {buffer->pool, buffer->address};
    if (!allocates) {
        if (const auto left = left_.find(place); left != left_.end() && left->second.erase(buffer->device_id) > 0) {
            if (left->second.empty()) left_.erase(left);
        }
        return;
    }
    if (meshes_.size() < kMostMeshes) meshes_.insert(buffer->device_id);
    if (left_.size() < kMostLeftPlaces) left_[place][buffer->device_id] = buffer->bytes_per_bank;
}

// A chip that the table tells of only now had nothing of what was left before.
void LearnedMeshes::meet(uint32_t id) {
    if (ids_.size() >= kMostMeshes || !ids_.insert(id).second) return;
    for (const uint32_t mesh : have_left_) evidence_[{mesh, id}].contradicted = true;
}

void LearnedMeshes::compare(const ReportBuffer& left, const Rows& rows) {
    for (const uint32_t id : ids_) {
        if (++steps_ > kMostComparisons) return;
        const auto key = std::tuple(left.pool, left.address, id);
        const auto row = rows.find(key);
        Evidence& evidence = evidence_[{left.device_id, id}];
        if (row == rows.end() || !may_agree(row->second, left.bytes_per_bank)) {
            evidence.contradicted = true;
        } else if (!before_.contains(key)) {
            ++evidence.agreeing;
        }
    }
}

void LearnedMeshes::end_operation(const std::vector<ReportBuffer>& buffers) {
    ++operations_;
    Rows rows;
    for (const ReportBuffer& buffer : buffers) {
        rows[buffer.key()] = buffer.bytes_per_bank;
        meet(buffer.device_id);
    }
    for (const auto& [key, bytes] : rows) {
        const auto& [pool, address, id] = key;
        if (!ids_.contains(id)) continue;
        for (const uint64_t part : {operations_, static_cast<uint64_t>(pool), address, bytes.value_or(0)})
            told_of_[id] = (told_of_[id] ^ part) * 0x9e3779b97f4a7c15u + (told_of_[id] >> 29);
    }
    for (const auto& [place, meshes] : left_) {
        for (const auto& [mesh, bytes] : meshes) {
            have_left_.insert(mesh);
            // What two meshes have at one address tells them not apart.
            if (meshes.size() == 1) compare({place.first, place.second, mesh, bytes, std::nullopt}, rows);
        }
    }
    left_.clear();
    before_ = std::move(rows);
}

LearnedMeshes::Evidence LearnedMeshes::evidence_of(uint32_t mesh, uint32_t id) const {
    const auto found = evidence_.find({mesh, id});
    return found == evidence_.end() ? Evidence{} : found->second;
}

// The mesh that alone has most new rows of the table on its side.
std::optional<uint32_t> LearnedMeshes::likely_mesh_of(uint32_t id) const {
    std::optional<uint32_t> best;
    uint64_t most = 0;
    for (const uint32_t mesh : meshes_) {
        const Evidence evidence = evidence_of(mesh, id);
        if (evidence.contradicted || evidence.agreeing == 0 || evidence.agreeing < most) continue;
        best = evidence.agreeing == most ? std::nullopt : std::optional(mesh);
        most = evidence.agreeing;
    }
    return best;
}

std::map<uint32_t, std::set<uint32_t>> LearnedMeshes::chips() const {
    std::map<uint32_t, std::set<uint32_t>> chips;
    std::set<uint32_t> left_meshes, left_ids;
    std::ranges::set_difference(meshes_, ids_, std::inserter(left_meshes, left_meshes.end()));
    for (const uint32_t id : ids_) {
        if (meshes_.contains(id)) continue;  // the table tells of this mesh itself
        if (const std::optional<uint32_t> mesh = likely_mesh_of(id)) {
            chips[*mesh].insert(id);
            left_meshes.erase(*mesh);
        } else {
            left_ids.insert(id);
        }
    }
    const bool table_has_chips = std::ranges::none_of(ids_, [&](uint32_t id) { return meshes_.contains(id); });
    if (!table_has_chips || left_ids.empty()) return chips;
    // The only mesh: of the graphs, or of those that no chip has been found for.
    if (meshes_.size() == 1) left_meshes = meshes_;
    const auto alike = [&](uint32_t id) { return told_of_.at(id) == told_of_.at(*left_ids.begin()); };
    if (left_meshes.size() != 1 || !std::ranges::all_of(left_ids, alike)) return chips;  // a mesh's chips are alike
    const uint32_t mesh = *left_meshes.begin();
    for (const uint32_t id : left_ids) {
        if (!evidence_of(mesh, id).contradicted) chips[mesh].insert(id);
    }
    return chips;
}

}  // namespace ttmem
