// Replays the operations of one host of a report: captured graphs between the snapshots of `buffers`.
//
// A graph of a report is one operation's, so a free may mean a buffer that another operation allocated; identity here
// is (pool, address, device), which is unique at any moment, and within one graph its buffer node. Graph nodes carry
// mesh ids and the table may carry chip ids: a row of a chip is the buffer that a graph has of the chip's mesh at its
// address, when nothing of its own id is there. Two rows of different ids are two buffers, also at one address: every
// device of a mesh allocates in lockstep, and so do two devices with the same model.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "src/importers/captured_graph/use.h"
#include "src/importers/ttnn_report/learned_meshes.h"
#include "src/importers/ttnn_report/report_buffer.h"

namespace ttmem {

class ReportReplay : private GraphSink {
public:
    // Who is told the same nodes, as one graph of the whole report; it must outlive this.
    void tell_also(GraphSink& also) { also_ = &also; }

    void device(const GraphDevice& device) override {
        use_.device(device);
        if (also_ != nullptr) also_->device(device);
    }
    // Which chips a mesh has.
    void mesh(uint32_t mesh, const std::vector<uint32_t>& chips);

    // Where nothing says it, the same operations tell in a first pass which chips the meshes have.
    using OpenGraph = std::function<Result<ByteReader>()>;
    bool knows_meshes() const { return !chips_of_mesh_.empty(); }
    void learn(const std::vector<OpenGraph>& graphs, const std::vector<ReportBuffer>& at_end);
    void take_learned();

    // One operation: its graphs (each may be read twice), and what `buffers` says is live at its end, null if the
    // report has no such table. Errors of graphs are noted in coverage(), and what was read before them counts.
    void operation(const std::string& name, const std::vector<OpenGraph>& graphs,
                   const std::vector<ReportBuffer>* at_end);

    // Once, at the end.
    ImportedUse finish();

private:
    using Key = std::tuple<Pool, uint64_t, uint32_t>;
    struct Live {
        uint64_t id = 0;
        std::optional<uint64_t> bytes_per_bank;
        std::optional<uint64_t> bytes;
        bool of_graph = false;  // told by a graph, so that its device is a mesh; else by the table
    };
    using LiveMap = std::map<Key, Live>;

    void node(const GraphNode& node) override;
    void tell(const GraphNode& node);
    void allocate(GraphNode node);
    void free(GraphNode node);
    void end_open_functions();

    void add_from_before(const std::vector<OpenGraph>& graphs, const std::vector<ReportBuffer>& at_end);
    void reconcile(const std::vector<ReportBuffer>& at_end);
    std::vector<LiveMap::iterator> find(const ReportBuffer& buffer, bool of_graph);
    bool is_of_chip(uint32_t id) const;
    bool may_be_of(uint32_t mesh, uint32_t chip) const;
    void add(const ReportBuffer& buffer);
    void remove(LiveMap::iterator buffer);
    void note_error(const Error& error);

    GraphUse use_;
    GraphSink* also_ = nullptr;
    LiveMap live_;
    std::map<uint32_t, std::set<uint32_t>> chips_of_mesh_;  // where the report says it, or else learned
    LearnedMeshes learned_;
    std::set<uint32_t> graph_devices_;
    std::unordered_map<uint64_t, Key> of_node_;        // buffer nodes of the current graph
    std::unordered_map<uint64_t, uint64_t> nameless_;  // likewise, of buffers without an address: their ids
    uint64_t ids_ = 0;
    uint64_t depth_ = 0;
    uint64_t allocations_ = 0, frees_ = 0, appeared_ = 0, vanished_ = 0;
    uint64_t bad_graphs_ = 0, graphs_ = 0;
    std::string first_bad_;
    GraphFile newest_;
};

}  // namespace ttmem
