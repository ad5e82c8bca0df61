// The workload `decode`: a language model on a mesh of all chips makes a token per step. Weights and a key-value cache
// stay; activations lie in L1 and go within their step; programs stay in the cache. The second step is captured as a
// trace, and all further ones replay it: they allocate their input and nothing else.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <random>

#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/scope.h"
#include "sim/shuffle.h"
#include "sim/trace.h"
#include "sim/workload.h"

namespace ttmem::sim {
namespace {

constexpr int kLayers = 4;
constexpr uint64_t kWeightBytes = 4 << 20, kCacheBytes = 8 << 20, kHiddenBytes = 64 * kTileBytes;
constexpr uint64_t kTraceBytes = 96 << 10, kTraceRegion = 12 << 20;

struct Kernel {
    const char* op;
    const char* program;
    uint64_t binary_bytes;
    std::vector<uint64_t> cb_bytes;
};

// As a decoder layer has them, in order.
const Kernel kLayerKernels[] = {{"ttnn.rms_norm", "rms_norm", 14'336, {4096, 4096, 2048, 2048}},
                                {"ttnn.linear", "matmul_qkv", 24'576, {16'384, 32'768, 8192}},
                                {"ttnn.experimental.nlp_create_qkv_heads_decode", "create_heads", 8192, {4096}},
                                {"ttnn.transformer.scaled_dot_product_attention_decode",
                                 "sdpa_decode",
                                 40'960,
                                 {32'768, 32'768, 16'384, 4096, 4096}},
                                {"ttnn.linear", "matmul_out", 24'576, {16'384, 16'384, 8192}},
                                {"ttnn.add", "add", 12'288, {4096, 4096, 4096}},
                                {"ttnn.linear", "matmul_mlp", 26'624, {32'768, 65'536, 16'384}}};

class Decode {
public:
    Decode(MetalContext& context, Points& points, const WorkloadOptions& options)
        : context_(context), points_(points), options_(options), random_(options.seed), planter_(options.plants) {}

    void run() {
        mesh_ = MeshDevice::create(context_, DeviceParams{.trace_region_size = kTraceRegion});
        load();
        points_.reach("loaded");
        for (uint64_t step = 1; step <= options_.steps; step++) {
            {
                Iteration iteration(context_, fmt::format("token {}", step));
                decode(step);
                if (step == (options_.steps + 1) / 2) planter_.plant(*mesh_);
                points_.reach(fmt::format("step{}", step));
            }
        }
        trace_.reset();
        points_.reach("trace_released");
        mesh_->disable_and_clear_program_cache();
        points_.reach("cache_cleared");
        mesh_->close();
        points_.reach("closed");
    }

private:
    std::shared_ptr<MeshBuffer> make(uint64_t bytes, BufferType type = BufferType::kDram) {
        return MeshBuffer::create(*mesh_, {.size = bytes, .page_size = kTileBytes, .type = type});
    }

    void load() {
        std::vector<std::pair<std::string, uint64_t>> tensors = {{"embedding", 4 * kWeightBytes}};
        for (int layer = 0; layer < kLayers; layer++) {
            for (const char* name : {"wqkv", "wo", "w1", "w2"})
                tensors.emplace_back(fmt::format("layers.{}.{}", layer, name), kWeightBytes);
            for (const char* name : {"k_cache", "v_cache"})
                tensors.emplace_back(fmt::format("layers.{}.{}", layer, name), kCacheBytes);
        }
        if (options_.seed != 0) shuffle(tensors, random_);
        OpScope op(context_, "ttnn.as_tensor");
        for (const auto& [name, bytes] : tensors) {
            TagScope tag(context_, name);
            kept_.push_back(make(bytes));
            kept_.back()->mark_persistent();
        }
    }

    void decode(uint64_t step) {
        OpScope outer(context_, "ttnn.from_torch");
        const auto token = make(32 * 4);
        if (step > 2) return trace_->replay();
        std::optional<TraceCapture> capture;
        if (step == 2) capture.emplace(*mesh_);
        for (int layer = 0; layer < kLayers; layer++) run_layer();
        if (capture) trace_ = std::make_unique<Trace>(*capture, "decode", kTraceBytes);
    }

    // Each kernel's output is the next one's input; the input goes when the output is there.
    void run_layer() {
        std::shared_ptr<MeshBuffer> hidden;
        for (const Kernel& kernel : kLayerKernels) {
            OpScope op(context_, kernel.op);
            std::shared_ptr<MeshBuffer> output = make(kHiddenBytes, BufferType::kL1);
            std::vector<CircularBufferConfig> cbs;
            for (const uint64_t bytes : kernel.cb_bytes)
                cbs.push_back({static_cast<uint8_t>(cbs.size()), bytes, {whole_grid(mesh_->chip_spec())}});
            mesh_->program_cache().get_or_compile(*mesh_, kernel.program, kernel.binary_bytes, cbs).dispatch(*mesh_);
            hidden = std::move(output);
        }
    }

    MetalContext& context_;
    Points& points_;
    WorkloadOptions options_;
    std::mt19937_64 random_;
    Planter planter_;
    std::shared_ptr<MeshDevice> mesh_;
    std::vector<std::shared_ptr<MeshBuffer>> kept_;
    std::unique_ptr<Trace> trace_;
};

}  // namespace

const Workload kDecode = {
    .name = "decode",
    .title = "Generate tokens with a language model, the third and later ones by replaying a trace",
    .machine = "T3000",
    .steps = 8,
    .points = "loaded, step<k>, trace_released, cache_cleared, closed",
    .has_point =
        [](const std::string& point, uint64_t steps) {
            return point == "loaded" || point == "trace_released" || point == "cache_cleared" || point == "closed" ||
                   is_numbered(point, "step", steps);
        },
    .run = [](MetalContext& context, Points& points,
              const WorkloadOptions& options) { Decode(context, points, options).run(); }};

}  // namespace ttmem::sim
