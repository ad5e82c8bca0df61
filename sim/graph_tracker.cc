#include "sim/graph_tracker.h"

namespace ttmem::sim {
namespace {

uint8_t class_of(const std::string& kind) {
    if (kind == "tensor") return TTMEM_CLASS_TENSOR;
    if (kind == "program") return TTMEM_CLASS_PROGRAM;
    if (kind == "trace") return TTMEM_CLASS_TRACE;
    if (kind == "runtime") return TTMEM_CLASS_RUNTIME;
    return TTMEM_CLASS_UNKNOWN;
}

ttmem_allocation describe(ttmem_place place, ttmem_handle holder, const LiveAllocation& allocation) {
    ttmem_allocation result{};
    result.place = place;
    result.pool = static_cast<uint8_t>(allocation.pool);
    result.kind = class_of(allocation.kind);
    result.flags = allocation.persistent ? TTMEM_PERSISTENT : 0;
    result.address = allocation.address;
    result.requested_bytes = allocation.requested_bytes;
    result.bytes_per_bank = allocation.bytes_per_bank;
    result.banks = static_cast<uint16_t>(allocation.banks);
    result.data_banks = static_cast<uint16_t>(allocation.data_banks);
    result.page_bytes = static_cast<uint32_t>(allocation.page_bytes);
    result.unique_id = allocation.unique_id;
    result.holder = holder;
    return result;
}

}  // namespace

void GraphTracker::called(const Effect& effect) {
    const uint64_t number = ++calls_;
    if (effect) effect();
    if (after_call_) after_call_(number);
}

// A text's number; asked for once, so that no hook on a hot path interns.
ttmem_text GraphTracker::text(const std::string& text) {
    if (text.empty()) return 0;
    std::lock_guard lock(texts_mutex_);
    const auto [entry, is_new] = texts_.try_emplace(text);
    if (is_new) {
        entry->second = ttmem_intern(text.c_str());
        called();
    }
    return entry->second;
}

void GraphTracker::track_chip(const ChipSpec& chip, const DeviceParams& params) {
    ttmem_chip_info info{};
    info.chip_id = chip.unique_id;
    info.logical_id = chip.logical_id;
    info.dram_base = static_cast<uint32_t>(chip.dram_base);
    info.arch = chip.arch.c_str();
    for (const BufferType type : kChipBufferTypes) {
        const PoolShape shape = pool_shape(chip, params, type);
        info.pools[static_cast<size_t>(type)] = {shape.banks, 0, shape.bytes_per_bank};
    }
    info.grid_x = chip.grid_x;
    info.grid_y = chip.grid_y;
    info.l1_bytes_per_core = chip.l1_bytes_per_core;
    info.l1_base = chip.l1_base;
    ttmem_register_chip(&info);
    called();
}

ttmem_place GraphTracker::track_place(PlaceName name, const std::vector<uint64_t>& chip_ids, ttmem_place parent) {
    ttmem_place_info info{};
    info.kind = name.kind == PlaceName::Kind::kChip   ? TTMEM_PLACE_CHIP
                : name.kind == PlaceName::Kind::kMesh ? TTMEM_PLACE_MESH
                                                      : TTMEM_PLACE_MESH_PART;
    info.number = name.number;
    info.parent = parent;
    info.chip_count = static_cast<uint32_t>(chip_ids.size());
    info.chip_ids = chip_ids.data();
    const ttmem_place place = ttmem_register_place(&info);
    called();
    return place;
}

void GraphTracker::track_open(ttmem_place place) {
    ttmem_open(place);
    called();
}

void GraphTracker::track_close(ttmem_place place, const Effect& effect) {
    ttmem_close(place);
    called(effect);
}

ttmem_handle GraphTracker::track_allocate(ttmem_place place, ttmem_handle holder, const LiveAllocation& allocation) {
    const ttmem_allocation info = describe(place, holder, allocation);
    const ttmem_handle handle = ttmem_record_alloc(&info);
    if (allocation_client_ != nullptr) allocation_client_->allocated(allocation);
    called();
    return handle;
}

void GraphTracker::track_deallocate(ttmem_handle allocation, uint64_t unique_id, const Effect& effect) {
    ttmem_record_free(allocation);
    if (allocation_client_ != nullptr) allocation_client_->freed(unique_id);
    called(effect);
}

void GraphTracker::track_persistent(ttmem_handle allocation) {
    ttmem_mark_persistent(allocation);
    called();
}

void GraphTracker::track_view(ttmem_place place, const LiveAllocation& view) {
    const ttmem_allocation info = describe(place, 0, view);
    ttmem_record_view(&info);
    called();
}

void GraphTracker::track_failure(ttmem_place place, const OutOfMemory& failure) {
    ttmem_failure info{};
    info.place = place;
    info.kind = TTMEM_FAILURE_OUT_OF_MEMORY;
    info.pool = static_cast<uint8_t>(failure.type);
    info.banks = static_cast<uint16_t>(failure.banks);
    info.requested_bytes = failure.requested;
    info.bytes_per_bank = failure.bytes_per_bank;
    info.bank_bytes = failure.statistics.total;
    info.allocated_per_bank = failure.statistics.allocated;
    info.free_per_bank = failure.statistics.free;
    info.largest_free_per_bank = failure.statistics.largest_free;
    ttmem_record_failure(&info);
    called();
}

ttmem_handle GraphTracker::track_program_created(const std::string& name, uint64_t unique_id) {
    const ttmem_text number = text(name);
    const ttmem_handle handle = ttmem_program_created(number, unique_id);
    called();
    return handle;
}

void GraphTracker::track_program_planned(ttmem_handle program, ttmem_place place, uint32_t place_number,
                                         const std::vector<CircularBuffer>& buffers, const Effect& effect) {
    std::vector<std::vector<ttmem_core_range>> ranges;
    std::vector<ttmem_circular_buffer> infos;
    for (const CircularBuffer& buffer : buffers) {
        std::vector<ttmem_core_range>& cores = ranges.emplace_back();
        for (const CoreRange& range : buffer.config.cores) cores.push_back({range.x0, range.y0, range.x1, range.y1});
        infos.push_back({buffer.config.index,
                         static_cast<uint8_t>(buffer.config.globally_allocated ? TTMEM_CB_ALIASED : 0),
                         static_cast<uint16_t>(cores.size()), 0, buffer.address, buffer.config.bytes, cores.data()});
    }
    ttmem_program_planned(program, place, infos.data(), static_cast<uint32_t>(infos.size()));
    if (allocation_client_ != nullptr) allocation_client_->planned(place_number, buffers);
    called(effect);
}

void GraphTracker::track_program_dispatched(ttmem_handle program, ttmem_place place, const Effect& effect) {
    ttmem_program_dispatched(program, place);
    called(effect);
}

void GraphTracker::track_cbs_freed(ttmem_handle program, const Effect& effect) {
    ttmem_program_cbs_freed(program);
    called(effect);
}

void GraphTracker::track_program_destroyed(ttmem_handle program, const Effect& effect) {
    ttmem_program_destroyed(program);
    called(effect);
}

void GraphTracker::track_cache_cleared(ttmem_place place) {
    ttmem_program_cache_cleared(place);
    called();
}

void GraphTracker::track_cb_failure(ttmem_place place, const CbFailure& failure) {
    ttmem_failure info{};
    info.place = place;
    info.kind = failure.clash ? TTMEM_FAILURE_CB_CLASH : TTMEM_FAILURE_CB_TOO_LARGE;
    info.pool = TTMEM_POOL_L1;
    info.requested_bytes = UINT64_MAX;
    info.bytes_per_bank = failure.end;
    info.bank_bytes = failure.limit;
    info.allocated_per_bank = info.free_per_bank = info.largest_free_per_bank = UINT64_MAX;
    ttmem_record_failure(&info);
    called();
}

void GraphTracker::track_trace_begin(ttmem_place place) {
    ttmem_trace_begin(place);
    called();
}

ttmem_handle GraphTracker::track_trace_end(const std::string& name, uint64_t number) {
    const ttmem_text text_number = text(name);
    const ttmem_handle handle = ttmem_trace_end(text_number, number);
    called();
    return handle;
}

void GraphTracker::track_trace_replayed(ttmem_handle trace, const Effect& effect) {
    ttmem_trace_replayed(trace);
    called(effect);
}

void GraphTracker::track_trace_released(ttmem_handle trace, const Effect& effect) {
    ttmem_trace_released(trace);
    called(effect);
}

void GraphTracker::track_function_start(const std::string& op) {
    const ttmem_text number = text(op);
    ttmem_op_begin(number);
    called();
}

void GraphTracker::track_function_end() {
    ttmem_op_end();
    called();
}

void GraphTracker::track_tag(const std::string& tag) {
    const ttmem_text number = text(tag);
    ttmem_set_tag(number);
    called();
}

void GraphTracker::track_iteration_start(const std::string& name) {
    const ttmem_text number = text(name);
    ttmem_iteration_begin(number);
    called();
}

void GraphTracker::track_iteration_end(const Effect& effect) {
    ttmem_iteration_end();
    called(effect);
}

}  // namespace ttmem::sim
