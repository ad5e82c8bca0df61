#include "src/importers/graph_recording/graph_recording.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "src/base/text.h"
#include "src/importers/captured_graph/use.h"
#include "src/model/events_in_memory.h"

namespace ttmem {
namespace {

// A hostile graph has more; what goes beyond is counted, not kept.
constexpr size_t kMostEvents = size_t{1} << 20;
constexpr size_t kMostPlaces = 256;

// A chip id of 0 is none.
ChipId chip_of(uint32_t number) { return ChipId{uint64_t{number} + 1}; }

// That hold its bytes; 0 where the source does not tell what it takes of a bank.
uint16_t fewest_banks(const GraphBuffer& buffer) {
    const uint64_t bytes = *buffer.bytes, per_bank = buffer.bytes_per_bank.value_or(0);
    if (per_bank == 0) return 0;
    const uint64_t banks = bytes / per_bank + (bytes % per_bank != 0);
    return banks <= UINT16_MAX ? static_cast<uint16_t>(banks) : 0;
}

// A graph is read once: for what was allocated when, and for what `ttmem show` says it lacks.
class BothSinks final : public GraphSink {
public:
    BothSinks(GraphSink& first, GraphSink& second) : first_(first), second_(second) {}
    void node(const GraphNode& node) override { first_.node(node), second_.node(node); }
    void device(const GraphDevice& device) override { first_.device(device), second_.device(device); }

private:
    GraphSink &first_, &second_;
};

}  // namespace

GraphRecording::GraphRecording(std::string name) {
    Process& process = recording_.end.processes.emplace_back();
    process.comm = std::move(name);
    process.ledger.value = 1;
    process.level = "events";
}

uint32_t GraphRecording::text(std::string_view words) {
    std::vector<std::string>& texts = recording_.end.texts;
    if (words.empty() || texts.size() > GraphOperations::kMostNames) return 0;
    const auto [at, fresh] = texts_.try_emplace(std::string(words.substr(0, GraphOperations::kMostNameBytes)),
                                                static_cast<uint32_t>(texts.size()));
    if (fresh) texts.push_back(at->first);
    return at->second;
}

// Buffers say the number of a mesh, old graphs that of a chip, and both count from 0. Which chips a mesh has is told
// later, or never: then it counts as one.
uint32_t GraphRecording::place(std::optional<uint32_t> device) {
    std::vector<Place>& places = recording_.end.places;
    const auto known = places_.find(device);
    if (known != places_.end()) return known->second;
    if (places.size() == kMostPlaces) return 0;
    Place& made = places.emplace_back();
    made.number = device.value_or(0);
    graph_places_.of_buffer(device);
    made.registration = made.opening = places.size();
    return places_[device] = static_cast<uint32_t>(places.size() - 1);
}

// Where all devices of the source are alike.
std::optional<ChipDescription::PoolBanks> GraphRecording::banks_of(Pool pool) const {
    const auto own_banks = [pool](const GraphDevice& device) -> std::optional<ChipDescription::PoolBanks> {
        const bool is_l1 = pool == Pool::kL1;
        const auto& banks = is_l1 ? device.l1_banks : device.dram_banks;
        const auto& bytes = is_l1 ? device.l1_bytes_per_bank : device.dram_bytes_per_bank;
        if ((!is_l1 && pool != Pool::kDram) || !banks || !bytes || *banks == 0 || *banks > UINT16_MAX)
            return std::nullopt;
        return ChipDescription::PoolBanks{*banks, *bytes};
    };
    if (devices_.empty()) return std::nullopt;
    const auto first = own_banks(devices_.front());
    const bool alike =
        std::all_of(devices_.begin(), devices_.end(), [&](const auto& device) { return own_banks(device) == first; });
    return alike ? first : std::nullopt;
}

Event& GraphRecording::add(EventKind kind) {
    Event& event = events_.emplace_back();
    event.kind = kind;
    event.order = events_.size();
    event.op = text(operations_.operation());
    return event;
}

void GraphRecording::node(const GraphNode& node) {
    if (events_.size() >= kMostEvents) {
        ++too_many_;
        not_recorded_ += node.kind == GraphNodeKind::kBufferAllocate;
        return;
    }
    switch (node.kind) {
        case GraphNodeKind::kFunctionStart:
            operations_.start(node.name, false);
            open_.push_back(text(node.name));
            add(EventKind::kOperationBegun).name = open_.back();
            break;
        case GraphNodeKind::kFunctionEnd:
            if (!operations_.end() || open_.empty()) break;
            add(EventKind::kOperationEnded).name = open_.back();
            open_.pop_back();
            break;
        case GraphNodeKind::kBuffer:
            buffers_.mention(node);
            break;
        case GraphNodeKind::kTensor:
            graph_places_.learn(node.device_id, node.device_tensors);
            break;
        case GraphNodeKind::kBufferAllocate:
            allocate(node);
            break;
        case GraphNodeKind::kBufferDeallocate:
            free(node);
            break;
        default:
            break;
    }
}

void GraphRecording::allocate(const GraphNode& node) {
    const GraphBuffers::Allocated allocated = buffers_.allocate(node);
    if (allocated.replaced) take(*allocated.replaced);
    if (allocated.buffer == nullptr || !allocated.buffer->bytes || !allocated.buffer->pool) {
        ++unknown_;
        ++not_recorded_;
        return;
    }
    const GraphBuffer& buffer = *allocated.buffer;
    const auto banks = banks_of(*buffer.pool);
    const uint16_t in_banks =
        banks && buffer.bytes_per_bank ? static_cast<uint16_t>(banks->banks) : fewest_banks(buffer);
    only_requested_ += in_banks == 0;
    fewest_banks_ += in_banks != 0 && !banks;
    if (!buffer.address) ++without_address_[static_cast<size_t>(*buffer.pool)];
    const uint32_t where = place(buffer.device_id);
    Event& event = add(EventKind::kAllocated);
    event.subject = buffer.serial;
    event.address = buffer.address.value_or(0);
    event.requested_bytes = *buffer.bytes;
    event.bytes_per_bank = in_banks != 0 ? *buffer.bytes_per_bank : *buffer.bytes;
    event.banks = event.data_banks = in_banks != 0 ? in_banks : uint16_t{1};
    event.pool = *buffer.pool;
    event.place = where;
    event.allocation_class = AllocationClass::kTensor;
    live_[buffer.serial] = event;
}

void GraphRecording::free(const GraphNode& node) {
    if (const auto freed = buffers_.free(node)) {
        take(freed->buffer);
    } else {
        ++earlier_;
    }
}

void GraphRecording::take(const GraphBuffer& buffer) {
    const auto allocated = live_.find(buffer.serial);
    if (allocated == live_.end()) return;
    Event& event = add(EventKind::kFreed);
    const auto [order, op] = std::pair(event.order, event.op);
    event = allocated->second;
    event.kind = EventKind::kFreed, event.order = order, event.op = op;
    live_.erase(allocated);
}

void GraphRecording::place_chips() {
    for (const auto& [device, index] : places_) {
        Place& place = recording_.end.places[index];
        for (const GraphPlaces::Index domain : graph_places_.of_buffer(device)) {
            const GraphPlaces::Domain& own = graph_places_.domains()[domain];
            if (own.is_chip && own.number) place.chips.push_back(chip_of(*own.number));
        }
        place.kind = place.chips.size() > 1 ? PlaceKind::kMesh : PlaceKind::kChip;
        if (!place.chips.empty()) continue;
        ++unknown_chips_;
        place.chips = {chip_of(place.number)};
    }
}

void GraphRecording::describe_chips() {
    place_chips();
    Process& process = recording_.end.processes.front();
    std::set<ChipId> chips;
    for (const Place& place : recording_.end.places) chips.insert(place.chips.begin(), place.chips.end());
    for (const ChipId id : chips) {
        ChipUse& use = process.chips.emplace_back();
        use.chip.id = id;
        use.chip.logical_id = static_cast<uint32_t>(id.value - 1);
        if (!devices_.empty()) use.chip.arch = devices_.front().arch;
        for (const Pool pool : {Pool::kDram, Pool::kL1}) {
            const auto banks = banks_of(pool);
            // A pool whose banks are described is drawn as a map, and needs every address.
            if (without_address_[static_cast<size_t>(pool)] == 0) use.chip.pools[static_cast<size_t>(pool)] = banks;
            if (banks) use.pool(pool).capacity_bytes = saturating_multiply(banks->banks, banks->bytes_per_bank);
        }
    }
}

void GraphRecording::add_live() {
    for (const auto& [serial, event] : live_) {
        Allocation& a = recording_.end.allocations.emplace_back();
        a.handle = serial;
        a.address = DeviceAddress{event.address};
        a.requested_bytes = event.requested_bytes, a.bytes_per_bank = event.bytes_per_bank;
        a.place = PlaceIndex{event.place};
        a.op = event.op;
        a.banks = event.banks, a.data_banks = event.data_banks;
        a.pool = event.pool;
        a.allocation_class = event.allocation_class;
    }
}

// What is not in it may have been live at any peak, and may be live at the end.
void GraphRecording::bound_figures() {
    for (Coverage* coverage : {&recording_.end.coverage, &recording_.end.processes.front().coverage}) {
        coverage->untracked_allocations = std::max(coverage->untracked_allocations, not_recorded_);
        coverage->untracked_now_allocations = coverage->untracked_allocations;
        if (coverage->untracked_allocations != 0) coverage->complete = false;
    }
}

void GraphRecording::note_losses() {
    Coverage& coverage = recording_.end.coverage;
    coverage.note("This was imported: it has no times and no circular buffers, and what lived before it is not in it.");
    if (unknown_chips_ != 0)
        coverage.note("Which chips " + counted(unknown_chips_, "mesh", "meshes") +
                      (unknown_chips_ == 1 ? " has" : " have") +
                      " is not told: one chip with its number stands for it.");
    if (only_requested_ != 0)
        coverage.note("Of " + counted(only_requested_, "buffer") +
                      " it is not told what was reserved in banks: they count as what was requested.");
    if (fewest_banks_ != 0)
        coverage.note("In how many banks " + counted(fewest_banks_, "buffer") +
                      (fewest_banks_ == 1 ? " lies" : " lie") +
                      " is not told: they count as in the fewest that hold them, so they take at least that much.");
    const uint64_t nowhere = std::accumulate(without_address_.begin(), without_address_.end(), uint64_t{0});
    if (nowhere != 0)
        coverage.note("Where " + counted(nowhere, "buffer") + " lay is not told: a map of addresses leaves " +
                      (nowhere == 1 ? "it" : "them") + " out.");
    if (earlier_ != 0) coverage.note(counted(earlier_, "buffer") + " of before it: freed in it, and in no figure.");
    if (unknown_ != 0)
        coverage.note(counted(unknown_, "allocation") + " left out: the source does not tell their bytes or memory.");
    if (too_many_ != 0) coverage.note(counted(too_many_, "node") + " left out: more than ttmem can hold.");
}

Recording GraphRecording::finish(const Coverage& coverage) {
    describe_chips();
    add_live();
    recording_.end.chips = recording_.end.processes.front().chips;
    recording_.end.coverage.merge(coverage);
    recording_.end.processes.front().coverage.untracked_allocations = coverage.untracked_allocations;
    bound_figures();
    note_losses();
    recording_.events = events_.size();
    recording_.source = std::make_shared<EventsInMemory>(std::move(events_));
    return std::move(recording_);
}

Result<Recording> recording_of_graph(ByteReader reader, const std::string& source, const std::string& name) {
    GraphRecording graph(name);
    GraphUse use;
    BothSinks both(graph, use);
    const Result<GraphFile> file = read_captured_graph(std::move(reader), source, both);
    if (!file) return file.error();
    return graph.finish(use.finish(*file).coverage);
}

}  // namespace ttmem
