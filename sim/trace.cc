#include "sim/trace.h"

#include <utility>

#include "sim/mesh_device.h"
#include "sim/metal_context.h"

namespace ttmem::sim {
namespace {

thread_local TraceCapture* thread_capture = nullptr;
constexpr uint64_t kTracePage = 2048;

}  // namespace

TraceCapture::TraceCapture(MeshDevice& mesh) : mesh_(mesh) {
    thread_capture = this;
    mesh.context().tracker().track_trace_begin(mesh.place());
}

TraceCapture::~TraceCapture() {
    if (thread_capture == this) thread_capture = nullptr;
}

bool TraceCapture::takes(const IDevice& device, const CbTruth::Launch& launch) {
    if (thread_capture == nullptr) return false;
    const PlaceName mesh = thread_capture->mesh_.place_name(), name = device.place_name();
    const bool is_part = name.kind == PlaceName::Kind::kPart && name.mesh == mesh.number;
    if (name != mesh && !is_part) return false;
    thread_capture->launches_.push_back(launch);
    return true;
}

Trace::Trace(TraceCapture& capture, std::string name, uint64_t command_bytes)
    : mesh_(capture.mesh_),
      id_(mesh_.context().next_program_id()),
      launches_(std::move(capture.launches_)),
      tracked_(mesh_.context().tracker().track_trace_end(name, id_)) {
    thread_capture = nullptr;
    commands_ = MeshBuffer::create(mesh_, {.size = command_bytes,
                                           .page_size = kTracePage,
                                           .type = BufferType::kTrace,
                                           .kind = "trace",
                                           .holder = tracked_,
                                           .holder_id = id_});
}

Trace::~Trace() {
    if (commands_) commands_->deallocate();
    MetalContext& context = mesh_.context();
    context.tracker().track_trace_released(tracked_, [&] { context.truth().holder_destroyed(id_); });
}

void Trace::replay() {
    MetalContext& context = mesh_.context();
    context.tracker().track_trace_replayed(tracked_, [&] {
        context.truth().circular_buffers([&](CbTruth& truth) {
            for (const CbTruth::Launch& launch : launches_) truth.launched(launch);
        });
    });
}

}  // namespace ttmem::sim
