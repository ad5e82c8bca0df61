#include "sim/program_impl.h"

#include <utility>

#include "sim/mesh_device.h"
#include "sim/metal_context.h"
#include "sim/trace.h"

namespace ttmem::sim {
namespace {

constexpr uint64_t kProgramPageSize = 2048;  // tt-metal's HostMemDeviceCommand::PROGRAM_PAGE_SIZE

}  // namespace

ProgramImpl::ProgramImpl(MetalContext& context, std::string name)
    : context_(context),
      name_(std::move(name)),
      id_(context.next_program_id()),
      tracked_(context.tracker().track_program_created(name_, id_)) {
    context_.truth().circular_buffers([&](CbTruth& truth) { truth.created(id_, name_); });
}

ProgramImpl::~ProgramImpl() {
    if (kernels_buffer_) kernels_buffer_->deallocate();
    if (!forgets_circular_buffers_) deallocate_circular_buffers();
    context_.tracker().track_program_destroyed(tracked_, [this] {
        context_.truth().circular_buffers([&](CbTruth& truth) { truth.destroyed(id_); });
        context_.truth().holder_destroyed(id_);
    });
}

void ProgramImpl::load_binaries(MeshDevice& mesh, uint64_t kernel_bytes) {
    if (kernels_buffer_) return;
    kernels_buffer_ = MeshBuffer::create(mesh, {.size = kernel_bytes,
                                                .page_size = kProgramPageSize,
                                                .bottom_up = false,
                                                .kind = "program",
                                                .holder = tracked_,
                                                .holder_id = id_,
                                                .program = name_});
}

void ProgramImpl::set_circular_buffers(std::vector<CircularBufferConfig> configs) { configs_ = std::move(configs); }

void ProgramImpl::allocate_circular_buffers(IDevice& device) {
    const ChipSpec& chip = device.chip_spec();
    std::vector<CircularBuffer> buffers = place_circular_buffers(chip, configs_);
    const uint64_t end = highest_end(buffers);
    const std::optional<uint64_t> lowest = device.allocator().manager(BufferType::kL1).lowest_address();
    if (end > chip.l1_bytes_per_core || (lowest && end > *lowest)) {
        const bool clash = end <= chip.l1_bytes_per_core;
        const CbFailure failure(clash, end, clash ? *lowest : chip.l1_bytes_per_core);
        context_.tracker().track_cb_failure(device.place(), failure);
        throw failure;
    }
    reserved_ = true;
    context_.tracker().track_program_planned(tracked_, device.place(), device.place_name().number, buffers, [&] {
        context_.truth().circular_buffers(
            [&](CbTruth& truth) { truth.planned(id_, device.place_name(), device.chip_ids(), std::move(buffers)); });
    });
}

void ProgramImpl::deallocate_circular_buffers() {
    if (!std::exchange(reserved_, false)) return;
    context_.tracker().track_cbs_freed(
        tracked_, [this] { context_.truth().circular_buffers([&](CbTruth& truth) { truth.freed(id_); }); });
}

void ProgramImpl::dispatch(IDevice& device) {
    if (has_circular_buffers()) allocate_circular_buffers(device);
    context_.tracker().track_program_dispatched(tracked_, device.place(), [&] {
        context_.truth().circular_buffers([&](CbTruth& truth) {
            const CbTruth::Launch launch = truth.prepare(id_, device.place_name());
            if (!TraceCapture::takes(device, launch)) truth.launched(launch);
        });
    });
}

}  // namespace ttmem::sim
