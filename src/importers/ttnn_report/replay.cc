#include "src/importers/ttnn_report/replay.h"

#include <algorithm>
#include <set>

#include "src/base/text.h"

namespace ttmem {
namespace {

// Hostile reports have more live buffers at a time.
constexpr size_t kMostBuffers = GraphBuffers::kMostBuffers;

// Where graphs allocate.
class Allocations : public GraphSink {
public:
    void node(const GraphNode& node) override {
        if (node.kind != GraphNodeKind::kBufferAllocate || places_.size() >= kMostBuffers) return;
        if (const auto buffer = report_buffer_of(node))
            places_[{buffer->pool, buffer->address}].insert(buffer->device_id);
    }
    const std::set<uint32_t>& devices_at(const ReportBuffer& buffer) const {
        static const std::set<uint32_t> kNone;
        const auto found = places_.find({buffer.pool, buffer.address});
        return found == places_.end() ? kNone : found->second;
    }

private:
    std::map<std::pair<Pool, uint64_t>, std::set<uint32_t>> places_;
};

}  // namespace

void ReportReplay::tell(const GraphNode& node) {
    use_.node(node);
    if (also_ != nullptr) also_->node(node);
}

void ReportReplay::mesh(uint32_t mesh, const std::vector<uint32_t>& chips) {
    chips_of_mesh_[mesh].insert(chips.begin(), chips.end());
    std::string text;
    for (const uint32_t chip : chips) {
        text += (text.empty() ? "" : ",") + ("{\"device_id\":" + std::to_string(chip)) +
                ",\"mesh_device_id\":" + std::to_string(mesh) + "}";
    }
    text = "[" + text + "]";
    GraphNode tensor;
    tensor.kind = GraphNodeKind::kTensor;
    tensor.device_id = mesh;
    tensor.device_tensors = text;
    tell(tensor);
}

void ReportReplay::learn(const std::vector<OpenGraph>& graphs, const std::vector<ReportBuffer>& at_end) {
    for (const OpenGraph& open : graphs) {
        Result<ByteReader> text = open();
        if (!text) continue;  // said when it is replayed
        static_cast<void>(read_captured_graph(std::move(text).value(), "", learned_).has_value());
    }
    learned_.end_operation(at_end);
}

void ReportReplay::take_learned() {
    for (const auto& [mesh, chips] : learned_.chips()) {
        if (!chips_of_mesh_.contains(mesh)) this->mesh(mesh, std::vector<uint32_t>(chips.begin(), chips.end()));
    }
    learned_ = {};
}

void ReportReplay::note_error(const Error& error) {
    if (bad_graphs_++ == 0) first_bad_ = error.what + ", " + error.why;
}

void ReportReplay::operation(const std::string& name, const std::vector<OpenGraph>& graphs,
                             const std::vector<ReportBuffer>* at_end) {
    if (at_end != nullptr) add_from_before(graphs, *at_end);
    for (const OpenGraph& open : graphs) {
        of_node_.clear();
        nameless_.clear();
        ++graphs_;
        Result<ByteReader> text = open();
        if (!text) {
            note_error(text.error());
            continue;
        }
        const Result<GraphFile> file =
            read_captured_graph(std::move(text).value(), "the graph of " + printable(name), *this);
        end_open_functions();
        if (file) {
            newest_ = *file;
        } else {
            note_error(file.error());
        }
    }
    if (at_end == nullptr) return;
    GraphNode function;
    function.kind = GraphNodeKind::kFunctionStart;
    function.name = name;
    tell(function);
    reconcile(*at_end);
    function.kind = GraphNodeKind::kFunctionEnd;
    tell(function);
}

// What is live at the end and was neither live before nor is allocated by the operation was allocated between the two:
// it is live during the operation.
void ReportReplay::add_from_before(const std::vector<OpenGraph>& graphs, const std::vector<ReportBuffer>& at_end) {
    std::vector<const ReportBuffer*> unknown;
    for (const ReportBuffer& buffer : at_end) {
        if (find(buffer, false).empty()) unknown.push_back(&buffer);
    }
    if (unknown.empty() || graphs.empty()) return;
    Allocations allocations;
    for (const OpenGraph& open : graphs) {
        Result<ByteReader> text = open();
        if (!text) continue;  // said when it is replayed
        static_cast<void>(read_captured_graph(std::move(text).value(), "", allocations).has_value());
    }
    for (const ReportBuffer* buffer : unknown) {
        const bool allocated = std::ranges::any_of(allocations.devices_at(*buffer), [&](uint32_t device) {
            return device == buffer->device_id || may_be_of(device, buffer->device_id);
        });
        if (!allocated && find(*buffer, false).empty()) add(*buffer);
    }
}

// Whether a device of a graph may be the mesh of a device of the table.
bool ReportReplay::may_be_of(uint32_t mesh, uint32_t chip) const {
    const auto stated = chips_of_mesh_.find(mesh);
    if (stated != chips_of_mesh_.end()) return stated->second.contains(chip);
    return !graph_devices_.contains(chip);  // else the table has ids of meshes, too
}

// Whether an id of the table is known to be a chip's.
bool ReportReplay::is_of_chip(uint32_t id) const {
    if (chips_of_mesh_.contains(id) || graph_devices_.contains(id)) return false;
    return std::ranges::any_of(chips_of_mesh_, [&](const auto& mesh) { return mesh.second.contains(id); });
}

// What is live and the same buffer: the one of its own device, or else those that the other of graphs and table tells
// at its place: the mesh's for a chip, and the chips' for a mesh.
std::vector<ReportReplay::LiveMap::iterator> ReportReplay::find(const ReportBuffer& buffer, bool of_graph) {
    std::vector<LiveMap::iterator> found;
    if (const auto exact = live_.find(buffer.key()); exact != live_.end()) {
        if (may_agree(exact->second.bytes_per_bank, buffer.bytes_per_bank)) found.push_back(exact);
        return found;
    }
    for (auto live = live_.lower_bound({buffer.pool, buffer.address, 0}); live != live_.end(); ++live) {
        const auto& [pool, address, device] = live->first;
        if (pool != buffer.pool || address != buffer.address) break;
        if (live->second.of_graph == of_graph || !may_agree(live->second.bytes_per_bank, buffer.bytes_per_bank))
            continue;
        if (of_graph ? may_be_of(buffer.device_id, device) : may_be_of(device, buffer.device_id)) found.push_back(live);
    }
    return found;
}

void ReportReplay::add(const ReportBuffer& buffer) {
    ++appeared_;
    GraphNode node;
    node.kind = GraphNodeKind::kBufferAllocate;
    node.connection = ++ids_;
    node.size = buffer.bytes;
    node.bytes_per_bank = buffer.bytes_per_bank;
    node.address = buffer.address;
    node.device_id = buffer.device_id;
    node.pool = buffer.pool;
    node.of_chip = is_of_chip(buffer.device_id);
    if (live_.size() >= kMostBuffers) return;
    live_[buffer.key()] = {ids_, buffer.bytes_per_bank, buffer.bytes, false};
    tell(node);
}

void ReportReplay::remove(LiveMap::iterator buffer) {
    GraphNode node;
    node.kind = GraphNodeKind::kBufferDeallocate;
    node.connection = buffer->second.id;
    node.pool = std::get<0>(buffer->first);
    tell(node);
    live_.erase(buffer);
}

void ReportReplay::reconcile(const std::vector<ReportBuffer>& at_end) {
    std::set<Key> stays;
    std::vector<const ReportBuffer*> missing;
    for (const ReportBuffer& buffer : at_end) {
        const std::vector<LiveMap::iterator> found = find(buffer, false);
        for (const LiveMap::iterator& same : found) stays.insert(same->first);
        if (found.empty()) missing.push_back(&buffer);
    }
    for (auto live = live_.begin(); live != live_.end();) {
        const auto next = std::next(live);
        if (!stays.contains(live->first)) {
            ++vanished_;
            remove(live);
        }
        live = next;
    }
    for (const ReportBuffer* buffer : missing) {
        if (find(*buffer, false).empty()) add(*buffer);
    }
}

void ReportReplay::node(const GraphNode& node) {
    switch (node.kind) {
        case GraphNodeKind::kBufferAllocate:
            allocate(node);
            break;
        case GraphNodeKind::kBufferDeallocate:
            free(node);
            break;
        case GraphNodeKind::kBuffer:  // `buffers` knows better what lived before
        case GraphNodeKind::kCaptureStart:
        case GraphNodeKind::kCaptureEnd:
            break;
        case GraphNodeKind::kFunctionStart:
            ++depth_;
            tell(node);
            break;
        case GraphNodeKind::kFunctionEnd:
            if (depth_ == 0) break;  // the graph begins within a function
            --depth_;
            tell(node);
            break;
        default:
            tell(node);
            break;
    }
}

void ReportReplay::allocate(GraphNode node) {
    const std::optional<ReportBuffer> buffer = report_buffer_of(node);
    if (buffer) {
        if (graph_devices_.size() < GraphPlaces::kMostDomains) graph_devices_.insert(buffer->device_id);
        if (const auto live = live_.find(buffer->key()); live != live_.end()) {
            // Graphs of nested operations tell the same allocation again.
            if (may_agree(live->second.bytes_per_bank, node.bytes_per_bank) &&
                may_agree(live->second.bytes, node.size)) {
                if (node.connection && of_node_.size() < kMostBuffers) of_node_[*node.connection] = buffer->key();
                return;
            }
            ++vanished_;
            remove(live);
        }
    }
    if (live_.size() + nameless_.size() >= kMostBuffers) return;
    ++allocations_;
    const std::optional<uint64_t> buffer_node = node.connection;
    node.connection = ++ids_;
    if (buffer) {
        live_[buffer->key()] = {ids_, node.bytes_per_bank, node.size, true};
        if (buffer_node) of_node_[*buffer_node] = buffer->key();
    } else if (buffer_node) {
        nameless_[*buffer_node] = ids_;
    }
    tell(node);
}

void ReportReplay::free(GraphNode node) {
    std::vector<LiveMap::iterator> found;
    if (node.connection) {
        if (const auto nameless = nameless_.find(*node.connection); nameless != nameless_.end()) {
            ++frees_;
            node.connection = nameless->second;
            nameless_.erase(nameless);
            return tell(node);
        }
        if (const auto known = of_node_.find(*node.connection); known != of_node_.end()) {
            if (const auto live = live_.find(known->second); live != live_.end()) found.push_back(live);
        }
    }
    if (found.empty()) {
        if (const std::optional<ReportBuffer> buffer = report_buffer_of(node)) found = find(*buffer, true);
    }
    if (found.empty()) return;  // told before, or `buffers` will show that it is gone
    ++frees_;
    for (const LiveMap::iterator& buffer : found) remove(buffer);
}

void ReportReplay::end_open_functions() {
    GraphNode end;
    end.kind = GraphNodeKind::kFunctionEnd;
    for (; depth_ > 0; --depth_) tell(end);
}

ImportedUse ReportReplay::finish() {
    GraphNode end;
    end.kind = GraphNodeKind::kCaptureEnd;
    tell(end);
    ImportedUse use = use_.finish(newest_);
    use.allocations = allocations_;
    use.frees = frees_;
    Coverage& coverage = use.coverage;
    if (graphs_ == 0 || bad_graphs_ > 0) {
        for (ImportedChip& chip : use.chips) chip.miss_circular_buffers();
    }
    if (graphs_ == 0) {
        use.allocations = use.frees = use.cb_plans = use.circular_buffers = std::nullopt;
        coverage.note(
            "no captured graphs: peaks are of the ends of operations, without circular buffers and what lives within "
            "one");
    }
    if (appeared_ > 0 && graphs_ > 0) {
        coverage.note(counted(appeared_, "buffer appears", "buffers appear") +
                      " in the table without an allocation in the captured graphs (made outside of operations)");
    }
    if (vanished_ > 0 && graphs_ > 0)
        coverage.note(counted(vanished_, "buffer goes", "buffers go") +
                      " from the table without a free in the captured graphs");
    if (bad_graphs_ > 0) {
        coverage.note(counted(bad_graphs_, "captured graph") + " cannot be read, the first: " + first_bad_);
    }
    return use;
}

}  // namespace ttmem
