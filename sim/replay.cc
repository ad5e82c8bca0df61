#include "sim/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "sim/error.h"
#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/scope.h"
#include "sim/shuffle.h"

namespace ttmem::sim {
namespace {

// What a tensor takes of each of `banks` banks.
uint64_t bank_share(const StreamTensor& tensor, uint64_t banks, uint64_t alignment) {
    const auto align = [&](uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; };
    if (tensor.shard_cores != 0) return align((tensor.bytes + tensor.shard_cores - 1) / tensor.shard_cores);
    const uint64_t page = std::min(tensor.bytes, kTileBytes);
    const uint64_t pages = (tensor.bytes + page - 1) / page;
    return (pages + banks - 1) / banks * align(page);
}

// The most of each bank that the stream's tensors of one type take at once. Inputs are there before their program.
uint64_t largest_share(const Stream& stream, BufferType type, uint64_t banks, uint64_t alignment) {
    uint64_t live = 0, largest = 0;
    const auto take = [&](const StreamTensor& tensor) {
        if (tensor.mem == type) live += bank_share(tensor, banks, alignment);
        largest = std::max(largest, live);
    };
    for (const StreamTensor& tensor : stream.tensors)
        if (tensor.preexisting) take(tensor);
    for (const StreamEvent& event : stream.events) {
        if (event.kind == StreamEvent::Kind::kDramView) continue;
        const StreamTensor& tensor = stream.tensors[event.tensor];
        if (event.kind == StreamEvent::Kind::kAlloc) take(tensor);
        if (event.kind == StreamEvent::Kind::kFree && tensor.mem == type) live -= bank_share(tensor, banks, alignment);
    }
    return largest;
}

class Replay {
public:
    Replay(MetalContext& context, Points& points, const Stream& stream, uint64_t seed)
        : context_(context), points_(points), stream_(stream), seed_(seed), tensors_(stream.tensors.size()) {
        for (uint32_t i = 0; i < stream.tensors.size(); i++)
            if (stream.tensors[i].preexisting) inputs_[stream.tensors[i].program].push_back(i);
    }

    ReplaySummary run() {
        mesh_ = MeshDevice::create(context_, device_params(stream_, context_.chips()[0]->spec()));
        try {
            run_programs();
        } catch (const OutOfMemory&) {
            points_.reach("failed");
            throw;
        }
        for (const BufferType type : kChipBufferTypes)
            summary_.live_at_end += mesh_->allocator().manager(type).allocations();
        points_.reach("end");
        mesh_->close();
        points_.reach("closed");
        return summary_;
    }

private:
    void run_programs() {
        const auto& events = stream_.events;
        if (events.empty()) points_.reach("start");
        for (size_t begin = 0; begin < events.size();) {
            size_t end = begin;
            while (end < events.size() && events[end].program == events[begin].program) end++;
            upload_inputs(events[begin].program);
            if (begin == 0) points_.reach("start");
            run_program(begin, end);
            begin = end;
        }
    }

    void upload_inputs(uint32_t program) {
        std::vector<uint32_t> inputs = std::exchange(inputs_[program], {});
        std::mt19937_64 random(seed_ + program);
        if (seed_ != 0) shuffle(inputs, random);
        TagScope tag(context_, "preexisting");
        for (const uint32_t input : inputs) {
            if (allocate(input)) summary_.inputs++;
        }
        allocated_before_op_ = mesh_->allocator().manager(BufferType::kDram).statistics().allocated;
    }

    void run_program(size_t begin, size_t end) {
        for (size_t i = begin; i < end; i++) {
            const StreamEvent& event = stream_.events[i];
            if (event.kind == StreamEvent::Kind::kDramView) {
                compare(event);
            } else {
                OpScope op(context_, stream_.ops[event.op]);
                perform(event);
            }
            const std::string point = fmt::format("seq{}", event.seq);
            if (points_.pauses_at(point)) points_.reach(point);
        }
        if (last_part_of_program(end)) points_.reach(fmt::format("prog{}", stream_.events[begin].program));
    }

    bool last_part_of_program(size_t end) const {
        const uint32_t program = stream_.events[end - 1].program;
        return std::none_of(stream_.events.begin() + static_cast<ptrdiff_t>(end), stream_.events.end(),
                            [&](const StreamEvent& event) { return event.program == program; });
    }

    void perform(const StreamEvent& event) {
        if (event.kind == StreamEvent::Kind::kAlloc) {
            if (allocate(event.tensor)) summary_.allocations++;
        } else if (tensors_[event.tensor]) {
            tensors_[event.tensor]->deallocate();
            tensors_[event.tensor].reset();
            summary_.frees++;
        }
    }

    // False for memory of the host.
    bool allocate(uint32_t number) {
        const StreamTensor& tensor = stream_.tensors[number];
        if (tensor.mem == BufferType::kSystemMemory) {
            summary_.host_tensors++;
            return false;
        }
        tensors_[number] = MeshBuffer::create(*mesh_, {.size = tensor.bytes,
                                                       .page_size = std::min(tensor.bytes, kTileBytes),
                                                       .type = tensor.mem,
                                                       .shard_cores = tensor.shard_cores});
        return true;
    }

    // The device had more in use than the stream's tensors (programs, inputs that their owner kept), never less. A
    // report was made before its op ran: what is compared is the state at the report before.
    void compare(const StreamEvent& view) {
        const BankManager& dram = mesh_->allocator().manager(BufferType::kDram);
        if (view.view_banks != dram.banks()) return;
        const uint64_t simulated = std::exchange(allocated_before_op_, dram.statistics().allocated);
        const int64_t difference = static_cast<int64_t>(view.view_allocated_mb << 20) - static_cast<int64_t>(simulated);
        summary_.dram_views++;
        auto& min = summary_.reported_minus_simulated_min;
        auto& max = summary_.reported_minus_simulated_max;
        min = std::min(min.value_or(difference), difference);
        max = std::max(max.value_or(difference), difference);
    }

    MetalContext& context_;
    Points& points_;
    const Stream& stream_;
    uint64_t seed_;
    std::shared_ptr<MeshDevice> mesh_;
    std::vector<std::shared_ptr<MeshBuffer>> tensors_;  // by number, while they live
    std::map<uint32_t, std::vector<uint32_t>> inputs_;  // of programs that have not begun
    uint64_t allocated_before_op_ = 0;                  // DRAM of a bank
    ReplaySummary summary_;
};

}  // namespace

std::vector<std::string> replay_points(const Stream& stream) {
    std::vector<std::string> points = {"start"};
    std::set<uint32_t> programs;
    for (const StreamEvent& event : stream.events)
        if (programs.insert(event.program).second) points.push_back(fmt::format("prog{}", event.program));
    points.insert(points.end(), {"end", "closed"});
    return points;
}

bool is_replay_point(const Stream& stream, const std::string& name) {
    const std::vector<std::string> points = replay_points(stream);
    if (name == "failed" || std::ranges::find(points, name) != points.end()) return true;
    uint64_t seq = 0;
    if (!name.starts_with("seq")) return false;
    const auto [stop, code] = std::from_chars(name.data() + 3, name.data() + name.size(), seq);
    if (code != std::errc() || stop != name.data() + name.size()) return false;
    return std::ranges::binary_search(stream.events, seq, {}, &StreamEvent::seq);
}

Machine machine_for(const Stream& stream) {
    const Machine* fallback = nullptr;
    for (const Machine& machine : built_in_machines()) {
        const ChipSpec& chip = machine.chips[0];
        if (stream.dram_banks && *stream.dram_banks != chip.dram_banks) continue;
        if (chip.cores() >= stream.grid_cores) return machine;
        fallback = &machine;
    }
    return fallback ? *fallback : built_in_machines().front();
}

DeviceParams device_params(const Stream& stream, const ChipSpec& chip) {
    constexpr uint64_t kRoom = 2;  // for gaps
    return {.l1_small_size = kRoom * largest_share(stream, BufferType::kL1Small, chip.cores(), chip.l1_alignment),
            .trace_region_size = kRoom * chip.dram_banks *
                                 largest_share(stream, BufferType::kTrace, chip.dram_banks, chip.dram_alignment)};
}

void check_fits(const Stream& stream, const Machine& machine) {
    const uint32_t cores = machine.chips[0].cores();
    if (stream.grid_cores > cores)
        throw Refused(fmt::format("{}:{}: a grid of {} cores does not fit a chip of {}, which has {} compute cores",
                                  stream.file, stream.grid_cores_line, stream.grid_cores, machine.name, cores));
    try {
        const DeviceParams params = device_params(stream, machine.chips[0]);
        for (const BufferType type : kChipBufferTypes) pool_shape(machine.chips[0], params, type);
    } catch (const Refused& refused) {
        throw Refused(fmt::format("{}: a chip of {} has no room for its l1_small and trace tensors: {}", stream.file,
                                  machine.name, refused.what()));
    }
}

ReplaySummary run_replay(MetalContext& context, Points& points, const Stream& stream, uint64_t seed) {
    return Replay(context, points, stream, seed).run();
}

}  // namespace ttmem::sim
