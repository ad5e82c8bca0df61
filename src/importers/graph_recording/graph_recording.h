// A captured graph as a recording: what was allocated and freed, in which operations, in order.
//
// A source of ttnn has no times and no processes, so the recording has none: one entry stands for the source, and order
// is all that tells when. It has no circular buffers of programs either (`ttmem show` counts those). Reserved bytes are
// known where it describes its devices; else each buffer counts as in the fewest banks that hold it, or as what was
// requested, and the coverage says so, as it says of whatever cannot be told. An address that is not told is 0, and the
// banks of its pool are then not described: nothing is to be drawn of them. With allocations that had to be left out
// its peaks are bounds.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/importers/captured_graph/buffers.h"
#include "src/importers/captured_graph/operations.h"
#include "src/importers/captured_graph/places.h"
#include "src/importers/captured_graph/reader.h"
#include "src/model/event.h"

namespace ttmem {

class GraphRecording : public GraphSink {
public:
    // `name` stands for the process, as in "graph.json".
    explicit GraphRecording(std::string name);

    void node(const GraphNode& node) override;
    void device(const GraphDevice& device) override { devices_.push_back(device); }

    // Once, after the last node; with what the source itself lacks.
    Recording finish(const Coverage& coverage);

private:
    uint32_t text(std::string_view words);
    uint32_t place(std::optional<uint32_t> device);
    std::optional<ChipDescription::PoolBanks> banks_of(Pool pool) const;
    void allocate(const GraphNode& node);
    void free(const GraphNode& node);
    void take(const GraphBuffer& buffer);
    Event& add(EventKind kind);
    void place_chips();
    void describe_chips();
    void add_live();
    void bound_figures();
    void note_losses();

    Recording recording_;
    std::vector<Event> events_;
    std::vector<GraphDevice> devices_;
    std::vector<uint32_t> open_;  // names of operations, into texts
    std::unordered_map<std::string, uint32_t> texts_;
    std::map<std::optional<uint32_t>, uint32_t> places_;
    std::map<uint64_t, Event> live_;  // by the serial of the buffer
    GraphBuffers buffers_;
    GraphOperations operations_;
    GraphPlaces graph_places_{[](GraphPlaces::Index, GraphPlaces::Index) {}};
    uint64_t unknown_chips_ = 0, unknown_ = 0, earlier_ = 0, too_many_ = 0, only_requested_ = 0;
    uint64_t fewest_banks_ = 0;  // buffers that count as in so many
    std::array<uint64_t, kPoolCount> without_address_{};
    uint64_t not_recorded_ = 0;  // allocations that are in no figure
};

// Of a whole graph, with what `ttmem show` says it lacks. `source` names the text in errors; `name`: as above.
Result<Recording> recording_of_graph(ByteReader reader, const std::string& source, const std::string& name);

}  // namespace ttmem
