#include "sim/mesh_test.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <random>
#include <utility>

#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/scope.h"
#include "sim/shuffle.h"

namespace ttmem::sim {
namespace {

constexpr int kRuns = 3;
constexpr const char* kSteps[] = {"tensors", "add", "matmul", "tensors_freed", "cache_cleared", "closed"};

constexpr uint64_t kAddBytes = 4 << 20;  // each of the addition's three tensors
constexpr uint64_t kMatmulInputBytes = 512 << 10;
constexpr uint64_t kMatmulOutputBytes = 1 << 20;
constexpr uint64_t kAddKernelBytes = 6 * 2048;
constexpr uint64_t kMatmulKernelBytes = 12 * 2048;

// 22,528 B of circular buffers: three of the addition, from the L1 base in steps of 4,096 B, and three of the
// multiplication at the same base (field notes on the origin's log: 6 buffers, addresses 101152, 105248, 109344).
constexpr uint64_t kAddCbs[] = {4096, 4096, 4096};
constexpr uint64_t kMatmulCbs[] = {4096, 4096, 2048};

using Tensors = std::map<std::string, std::shared_ptr<MeshBuffer>>;

class Run {
public:
    Run(MetalContext& context, Points& points, uint64_t seed, int number, Planter planter)
        : context_(context),
          points_(points),
          shuffled_(seed != 0),
          random_(seed + number),
          number_(number),
          planter_(std::move(planter)) {}

    void run() {
        const std::shared_ptr<MeshDevice> mesh = MeshDevice::create(context_);
        {
            Iteration iteration(context_, fmt::format("run{}", number_));
            upload(*mesh);
            reach("tensors");
            compute(*mesh, "ttnn.add", "add", "sum", kAddBytes, kAddKernelBytes, kAddCbs);
            reach("add");
            compute(*mesh, "ttnn.matmul", "matmul", "product", kMatmulOutputBytes, kMatmulKernelBytes, kMatmulCbs);
            reach("matmul");
            planter_.plant(*mesh);
            free_tensors();
            reach("tensors_freed");
            mesh->disable_and_clear_program_cache();
            reach("cache_cleared");
        }
        mesh->close();
        reach("closed");
    }

private:
    void reach(const char* step) { points_.reach(fmt::format("run{}.{}", number_, step)); }

    void make_tensor(MeshDevice& mesh, const std::string& name, uint64_t bytes) {
        TagScope tag(context_, name);
        tensors_[name] = MeshBuffer::create(mesh, {.size = bytes, .page_size = kTileBytes});
    }

    void upload(MeshDevice& mesh) {
        std::vector<std::pair<std::string, uint64_t>> inputs = {
            {"input_a", kAddBytes}, {"input_b", kAddBytes}, {"left", kMatmulInputBytes}, {"right", kMatmulInputBytes}};
        if (shuffled_) shuffle(inputs, random_);
        for (const auto& [name, bytes] : inputs) {
            OpScope op(context_, "ttnn.from_torch");
            make_tensor(mesh, name, bytes);
        }
    }

    // As ttnn does it: the output is allocated, then the program is looked up or compiled, then it runs.
    void compute(MeshDevice& mesh, const char* op_name, const char* program, const char* output, uint64_t output_bytes,
                 uint64_t kernel_bytes, const uint64_t (&cb_bytes)[3]) {
        OpScope op(context_, op_name);
        make_tensor(mesh, output, output_bytes);
        std::vector<CircularBufferConfig> cbs;
        for (const uint64_t bytes : cb_bytes)
            cbs.push_back({static_cast<uint8_t>(cbs.size()), bytes, {whole_grid(mesh.chip_spec())}});
        mesh.program_cache().get_or_compile(mesh, program, kernel_bytes, cbs).dispatch(mesh);
    }

    void free_tensors() {
        std::vector<std::string> names = {"input_a", "input_b", "sum", "left", "right", "product"};
        if (shuffled_) shuffle(names, random_);
        for (const std::string& name : names) {
            OpScope op(context_, "ttnn.deallocate");
            tensors_.at(name)->deallocate();
        }
        tensors_.clear();
    }

    MetalContext& context_;
    Points& points_;
    bool shuffled_;
    std::mt19937_64 random_;
    int number_;
    Planter planter_;
    Tensors tensors_;
};

}  // namespace

std::vector<std::string> mesh_test_points() {
    std::vector<std::string> points;
    for (int run = 1; run <= kRuns; run++)
        for (const char* step : kSteps) points.push_back(fmt::format("run{}.{}", run, step));
    return points;
}

void run_mesh_test(MetalContext& context, Points& points, uint64_t seed, const std::vector<PlantKind>& plants) {
    for (int run = 1; run <= kRuns; run++) {
        const Planter planter(run == 2 ? plants : std::vector<PlantKind>());
        Run(context, points, seed, run, planter).run();
    }
}

}  // namespace ttmem::sim
