// The workload `conv`: a convolutional network on one chip of the machine, image after image. Activations are sharded
// over L1, each layer's halo lies beside them for a moment, circular buffers change with the batch, and pooling runs
// beside the next convolution on a sub-device of its own.
#include <fmt/format.h>

#include <memory>
#include <random>

#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/program_impl.h"
#include "sim/scope.h"
#include "sim/sub_device.h"
#include "sim/workload.h"

namespace ttmem::sim {
namespace {

constexpr uint64_t kPage = 2048, kConvWeightBytes = 1 << 20, kL1Small = 32 << 10;

struct Layer {
    const char* name;
    uint64_t shard_bytes;  // of its output, per core
    uint64_t cb_bytes;     // of the activation block, per core and image of a batch
};

const Layer kConvLayers[] = {{"conv1", 65'536, 8192}, {"conv2", 49'152, 12'288}, {"conv3", 32'768, 12'288}};

class Conv {
public:
    Conv(MetalContext& context, Points& points, const WorkloadOptions& options)
        : context_(context), points_(points), options_(options), random_(options.seed), planter_(options.plants) {}

    void run() {
        mesh_ = MeshDevice::create(context_, {0}, DeviceParams{.l1_small_size = kL1Small});
        sub_devices_ = split_into_sub_devices(mesh_->chip_spec(), 2);
        load();
        points_.reach("loaded");
        for (uint64_t step = 1; step <= options_.steps; step++) {
            {
                Iteration iteration(context_, fmt::format("batch {}", step));
                infer(batch_of(step));
                if (step == (options_.steps + 1) / 2) planter_.plant(*mesh_);
                points_.reach(fmt::format("step{}", step));
            }
        }
        programs_.clear();
        points_.reach("programs_destroyed");
        mesh_->close();
        points_.reach("closed");
    }

private:
    // 1 to 3 images, as they come.
    uint64_t batch_of(uint64_t step) { return options_.seed == 0 ? 1 + (step - 1) % 3 : 1 + random_() % 3; }

    void load() {
        for (const Layer& layer : kConvLayers) {
            OpScope op(context_, "ttnn.prepare_conv_weights");
            TagScope tag(context_, layer.name);
            weights_.push_back(
                MeshBuffer::create(*mesh_, {.size = kConvWeightBytes, .page_size = kPage, .persistent = true}));
            programs_.emplace_back(context_, fmt::format("conv2d_{}", layer.name)).compile(*mesh_, 30'720);
        }
        programs_.emplace_back(context_, "max_pool2d").compile(*mesh_, 10'240);
        pool().set_circular_buffers({{0, 4096, {sub_devices_[1]}}, {1, 4096, {sub_devices_[1]}}});
    }

    ProgramImpl& pool() { return programs_.back().impl(); }

    std::shared_ptr<MeshBuffer> make_shards(uint64_t bytes_per_core) {
        const uint32_t cores = mesh_->chip_spec().cores();
        return MeshBuffer::create(
            *mesh_,
            {.size = bytes_per_core * cores, .page_size = kPage, .type = BufferType::kL1, .shard_cores = cores});
    }

    void infer(uint64_t batch) {
        std::shared_ptr<MeshBuffer> activation = upload(batch);
        for (size_t i = 0; i < std::size(kConvLayers); i++) activation = convolve(i, batch, activation);
        OpScope op(context_, "ttnn.max_pool2d");
        programs_.back().dispatch(*mesh_);
    }

    std::shared_ptr<MeshBuffer> upload(uint64_t batch) {
        OpScope op(context_, "ttnn.from_torch");
        return make_shards(batch * 16'384);
    }

    std::shared_ptr<MeshBuffer> convolve(size_t layer, uint64_t batch, const std::shared_ptr<MeshBuffer>& input) {
        const Layer& shape = kConvLayers[layer];
        OpScope op(context_, "ttnn.conv2d");
        const auto halo_table = MeshBuffer::create(
            *mesh_, {.size = 64 * mesh_->chip_spec().cores(), .page_size = 64, .type = BufferType::kL1Small});
        std::shared_ptr<MeshBuffer> halo = make_shards(batch * shape.shard_bytes / 2);
        input->deallocate();
        std::shared_ptr<MeshBuffer> output = make_shards(batch * shape.shard_bytes);
        programs_[layer].impl().set_circular_buffers({{0, batch * shape.cb_bytes, {sub_devices_[0]}},
                                                      {1, 4096, {sub_devices_[0]}},
                                                      {24, batch * shape.shard_bytes, {sub_devices_[0]}, true}});
        programs_[layer].dispatch(*mesh_);
        return output;
    }

    MetalContext& context_;
    Points& points_;
    WorkloadOptions options_;
    std::mt19937_64 random_;
    Planter planter_;
    std::shared_ptr<MeshDevice> mesh_;
    std::vector<CoreRange> sub_devices_;
    std::vector<std::shared_ptr<MeshBuffer>> weights_;
    std::vector<Program> programs_;  // of the layers, then of the pooling
};

}  // namespace

const Workload kConv = {.name = "conv",
                        .title = "Classify images with a convolutional network whose activations lie in L1",
                        .machine = "N150",
                        .steps = 6,
                        .points = "loaded, step<k>, programs_destroyed, closed",
                        .has_point =
                            [](const std::string& point, uint64_t steps) {
                                return point == "loaded" || point == "programs_destroyed" || point == "closed" ||
                                       is_numbered(point, "step", steps);
                            },
                        .run = [](MetalContext& context, Points& points,
                                  const WorkloadOptions& options) { Conv(context, points, options).run(); }};

}  // namespace ttmem::sim
