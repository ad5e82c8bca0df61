// Learns which chips a mesh has where a report does not say it: the captured graphs tell of meshes, and the table of
// buffers, at the end of each operation, of chips.
//
// A chip is of a mesh if the table has of it all that the graphs of the mesh left allocated, and a new row did so at
// least once. Where one mesh is left without chips, and the table tells of none, the chips that are left are its if
// they are told alike and nothing contradicts it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "src/importers/ttnn_report/report_buffer.h"

namespace ttmem {

class LearnedMeshes : public GraphSink {
public:
    // What a graph of the current operation tells.
    void node(const GraphNode& node) override;
    // The operation's end, with all rows that the table then has.
    void end_operation(const std::vector<ReportBuffer>& rows);

    // The chips of each mesh that has some.
    std::map<uint32_t, std::set<uint32_t>> chips() const;

private:
    using Place = std::pair<Pool, uint64_t>;
    using Rows = std::map<std::tuple<Pool, uint64_t, uint32_t>, std::optional<uint64_t>>;  // bytes per bank
    struct Evidence {
        uint64_t agreeing = 0;
        bool contradicted = false;
    };

    void compare(const ReportBuffer& left, const Rows& rows);
    void meet(uint32_t id);
    Evidence evidence_of(uint32_t mesh, uint32_t id) const;
    std::optional<uint32_t> likely_mesh_of(uint32_t id) const;

    std::map<Place, std::map<uint32_t, std::optional<uint64_t>>> left_;  // by graphs of this operation: by mesh
    Rows before_;                                                        // when the operation before ended
    std::set<uint32_t> meshes_, ids_;                                    // of the graphs, and of the table
    std::set<uint32_t> have_left_;                                       // meshes that left something before
    std::map<std::pair<uint32_t, uint32_t>, Evidence> evidence_;         // by mesh and id
    std::map<uint32_t, uint64_t> told_of_;                               // by id: a hash of all its rows
    uint64_t operations_ = 0, steps_ = 0;
};

}  // namespace ttmem
