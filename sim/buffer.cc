#include "sim/buffer.h"

#include <algorithm>

#include "sim/metal_context.h"
#include "sim/scope.h"

namespace ttmem::sim {
namespace {

struct BankUse {
    uint64_t bytes_per_bank;
    uint32_t data_banks;
};

// Interleaved: page i lies in bank i mod banks. Sharded: one bank for each shard, the free list serves all of them.
BankUse bank_use(const BufferConfig& config, const BankManager& manager) {
    if (config.shard_cores != 0) {
        const uint64_t shard = (config.size + config.shard_cores - 1) / config.shard_cores;
        return {manager.align(shard), config.shard_cores};
    }
    const uint64_t pages = (config.size + config.page_size - 1) / config.page_size;
    const uint64_t banks = std::max<uint64_t>(manager.banks(), 1);
    return {(pages + banks - 1) / banks * manager.align(config.page_size),
            static_cast<uint32_t>(std::min(pages, banks))};
}

}  // namespace

std::shared_ptr<Buffer> Buffer::create(IDevice& device, const BufferConfig& config) {
    std::shared_ptr<Buffer> buffer(new Buffer(device, config, true));
    buffer->allocate_impl();
    return buffer;
}

std::shared_ptr<Buffer> Buffer::create(IDevice& device, uint64_t address, const BufferConfig& config) {
    std::shared_ptr<Buffer> buffer(new Buffer(device, config, false));
    buffer->address_ = address;
    buffer->allocated_ = true;
    return buffer;
}

Buffer::Buffer(IDevice& device, const BufferConfig& config, bool owns_data)
    : device_(device.weak_from_this()),
      device_session_(device.session()),
      config_(config),
      unique_id_(device.context().next_buffer_id()),
      owns_data_(owns_data) {}

Buffer::~Buffer() { deallocate(); }

void Buffer::allocate_impl() {
    const std::shared_ptr<IDevice> device = device_.lock();
    MetalContext& context = device->context();
    BankManager& manager = device->allocator().manager(config_.type);
    const BankUse use = bank_use(config_, manager);
    try {
        address_ = manager.allocate(config_.size, use.bytes_per_bank,
                                    config_.bottom_up.value_or(config_.type == BufferType::kDram));
    } catch (const OutOfMemory& failure) {
        context.tracker().track_failure(device->place(), failure);
        throw;
    }
    allocated_ = true;
    const LiveAllocation allocation{.unique_id = unique_id_,
                                    .place = device->place_name(),
                                    .chips = device->chip_ids(),
                                    .pool = config_.type,
                                    .address = address_,
                                    .requested_bytes = config_.size,
                                    .bytes_per_bank = use.bytes_per_bank,
                                    .banks = manager.banks(),
                                    .data_banks = use.data_banks,
                                    .page_bytes = config_.page_size,
                                    .kind = config_.kind,
                                    .op = current_op(),
                                    .tag = current_tag(),
                                    .program = config_.program,
                                    .persistent = config_.persistent,
                                    .holder = config_.holder_id,
                                    .iteration = current_iteration()};
    context.truth().allocated(allocation);
    tracked_ = context.tracker().track_allocate(device->place(), config_.holder, allocation);
}

// Or was it closed, and maybe opened again, since?
bool Buffer::device_still_open(const std::shared_ptr<IDevice>& device) const {
    return device && device->is_open() && device->session() == device_session_;
}

void Buffer::deallocate() {
    if (!allocated_) return;
    allocated_ = false;
    if (!owns_data_) return;
    const std::shared_ptr<IDevice> device = device_.lock();
    if (!device_still_open(device)) return;
    device->context().tracker().track_deallocate(tracked_, unique_id_, [&] {
        device->allocator().manager(config_.type).deallocate(address_);
        device->context().truth().freed(unique_id_);
    });
}

void Buffer::mark_persistent() {
    const std::shared_ptr<IDevice> device = device_.lock();
    if (!allocated_ || !owns_data_ || !device_still_open(device)) return;
    device->context().truth().marked_persistent(unique_id_);
    device->context().tracker().track_persistent(tracked_);
}

}  // namespace ttmem::sim
