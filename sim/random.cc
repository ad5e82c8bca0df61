// The workload `random`: a seeded program that does everything a runtime can do, in any order, on a mesh of all chips,
// on sub-meshes that come and go, on a part of the mesh and on single chips at once. What is made in an iteration and
// not marked persistent is freed before it ends, so that nothing leaks but what is planted.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <random>

#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/program_impl.h"
#include "sim/scope.h"
#include "sim/sub_device.h"
#include "sim/trace.h"
#include "sim/workload.h"

namespace ttmem::sim {
namespace {

constexpr DeviceParams kParams{.l1_small_size = 32 << 10, .trace_region_size = 12 << 20};
constexpr size_t kMostTensors = 120, kMostPrograms = 24, kMostTraces = 4, kMostSubMeshes = 3, kMostIterations = 3;
const char* const kOps[] = {"ttnn.matmul", "ttnn.add", "ttnn.softmax", "ttnn.conv2d", "ttnn.embedding", "ttnn.concat"};
const char* const kTags[] = {"", "", "weights", "kv_cache", "activation"};

class RandomProgram {
public:
    RandomProgram(MetalContext& context, Points& points, const WorkloadOptions& options)
        : context_(context), points_(points), options_(options), random_(options.seed), planter_(options.plants) {}

    void run() {
        open_meshes();
        const uint64_t plant_at = 1 + options_.steps / 4 + below(options_.steps / 2 + 1);
        for (uint64_t step = 1; step <= options_.steps; step++) {
            if (step == plant_at) planter_.plant(*mesh_);
            act();
            const std::string point = fmt::format("step{}", step);
            if (points_.pauses_at(point)) points_.reach(point);
        }
        while (!iterations_.empty()) end_iteration();
        points_.reach("end");
        end();
        points_.reach("closed");
    }

private:
    struct Tensor {
        std::shared_ptr<Buffer> buffer;
        uint64_t iteration;
        bool persistent;
    };
    struct Captured {
        std::shared_ptr<MeshDevice> mesh;  // outlives its traces
        std::unique_ptr<Trace> trace;
    };

    uint64_t below(uint64_t limit) { return random_() % limit; }
    bool chance(uint64_t percent) { return below(100) < percent; }
    template <class T>
    const T& any_of(const std::vector<T>& items) {
        return items[below(items.size())];
    }

    // ---- devices

    void open_meshes() {
        const DeviceParams params{.l1_small_size = options_.l1_small_size.value_or(kParams.l1_small_size),
                                  .trace_region_size = options_.trace_region_size.value_or(kParams.trace_region_size)};
        mesh_ = MeshDevice::create(context_, params);
        std::vector<size_t> some;
        for (size_t i = 0; i < mesh_->devices().size(); i += 2) some.push_back(i);
        part_ = mesh_->create_part(1, some);
    }

    void open_sub_mesh() {
        if (sub_meshes_.size() >= kMostSubMeshes) return close_sub_mesh();
        const size_t chips = mesh_->devices().size(), first = below(chips), count = 1 + below(chips - first);
        std::vector<size_t> positions;
        for (size_t i = 0; i < count; i++) positions.push_back(first + i);
        sub_meshes_.push_back(mesh_->create_submesh(positions));
    }

    // Its traces go first, as tt-metal wants it; whatever else is live on it goes with it.
    void close_sub_mesh() {
        if (sub_meshes_.empty()) return;
        const size_t i = below(sub_meshes_.size());
        const std::shared_ptr<MeshDevice> mesh = sub_meshes_[i];
        std::erase_if(traces_, [&](const Captured& captured) { return captured.mesh == mesh; });
        mesh->close();
        sub_meshes_.erase(sub_meshes_.begin() + static_cast<std::ptrdiff_t>(i));
        closed_.push_back(mesh);
    }

    std::shared_ptr<MeshDevice> any_mesh() { return sub_meshes_.empty() || chance(50) ? mesh_ : any_of(sub_meshes_); }
    std::shared_ptr<IDevice> any_device() {
        if (chance(20)) return part_;
        if (chance(20)) return any_of(mesh_->devices());
        return any_mesh();
    }

    // ---- tensors

    BufferConfig any_config(const IDevice& device) {
        const uint64_t page = any_of(std::vector<uint64_t>{2048, 2048, 1088, 64, 4096});
        BufferConfig config{.size = (1 + below(60)) * page, .page_size = page};
        if (chance(8)) config.size -= below(page);  // a last page that is not full
        if (chance(40)) config.type = BufferType::kL1;
        if (chance(5)) config = {.size = 64 * (1 + below(20)), .page_size = 64, .type = BufferType::kL1Small};
        if (config.type == BufferType::kL1 && chance(40)) {
            config.shard_cores = static_cast<uint32_t>(1 + below(device.chip_spec().cores()));
        }
        if (config.type == BufferType::kDram && chance(20)) config.bottom_up = false;
        if (chance(10)) config.kind = "runtime";
        config.persistent = chance(5);
        return config;
    }

    void allocate() {
        if (tensors_.size() >= kMostTensors) return free_any();
        const std::shared_ptr<IDevice> device = any_device();
        OpScope op(context_, kOps[below(std::size(kOps))]);
        TagScope tag(context_, kTags[below(std::size(kTags))]);
        const BufferConfig config = any_config(*device);
        try {
            tensors_.push_back({Buffer::create(*device, config), current_iteration(), config.persistent});
        } catch (const OutOfMemory&) {
            // What real programs run into, too. It was reported.
        }
    }

    void free_any() {
        if (tensors_.empty()) return;
        const size_t i = below(tensors_.size());
        OpScope op(context_, "ttnn.deallocate");
        tensors_[i].buffer->deallocate();
        tensors_.erase(tensors_.begin() + static_cast<std::ptrdiff_t>(i));
    }

    void mark_persistent() {
        if (tensors_.empty()) return;
        Tensor& tensor = tensors_[below(tensors_.size())];
        tensor.buffer->mark_persistent();
        tensor.persistent = true;
    }

    // ---- programs

    std::vector<CoreRange> any_cores(const ChipSpec& chip) {
        const std::vector<CoreRange> halves = split_into_sub_devices(chip, 2);
        if (chance(40)) return {whole_grid(chip)};
        if (chance(60)) return {any_of(halves)};
        const auto x = static_cast<uint8_t>(below(chip.grid_x)), y = static_cast<uint8_t>(below(chip.grid_y));
        if (chance(50)) return {{0, y, x, y}};
        return {{x, y, x, y},
                {0, static_cast<uint8_t>((y + 1) % chip.grid_y), x, static_cast<uint8_t>((y + 1) % chip.grid_y)}};
    }

    std::vector<CircularBufferConfig> any_circular_buffers() {
        std::vector<CircularBufferConfig> configs;
        const uint64_t count = 1 + below(5);
        for (uint64_t i = 0; i < count; i++) {
            configs.push_back(
                {static_cast<uint8_t>(i), 1024 * (1 + below(16)), any_cores(mesh_->chip_spec()), chance(15)});
        }
        return configs;
    }

    void create_program() {
        if (programs_.size() >= kMostPrograms) return destroy_program();
        OpScope op(context_, kOps[below(std::size(kOps))]);
        Program program(context_, fmt::format("program_{}", below(8)));
        if (chance(90)) program.impl().set_circular_buffers(any_circular_buffers());
        try {
            if (chance(70)) program.compile(*any_mesh(), 2048 * (1 + below(20)));
        } catch (const OutOfMemory&) {
        }
        programs_.push_back(std::move(program));
    }

    void destroy_program() {
        if (programs_.empty()) return;
        programs_.erase(programs_.begin() + static_cast<std::ptrdiff_t>(below(programs_.size())));
    }

    void change_plan() {
        if (programs_.empty()) return;
        ProgramImpl& impl = programs_[below(programs_.size())].impl();
        if (!impl.has_circular_buffers()) return;
        impl.set_circular_buffers(any_circular_buffers());
        try {
            if (chance(50)) impl.allocate_circular_buffers(*any_device());  // waits until the next dispatch
        } catch (const CbFailure&) {
        }
    }

    void give_back() {
        if (!programs_.empty()) programs_[below(programs_.size())].impl().deallocate_circular_buffers();
    }

    void dispatch(Program& program, IDevice& device) {
        try {
            program.dispatch(device);
        } catch (const CbFailure&) {
            // As OutOfMemory above.
        }
    }

    void dispatch_any() {
        if (programs_.empty()) return;
        OpScope op(context_, kOps[below(std::size(kOps))]);
        const std::shared_ptr<IDevice> device = any_device();
        dispatch(programs_[below(programs_.size())], *device);
    }

    void use_cache() {
        const std::shared_ptr<MeshDevice> mesh = any_mesh();
        OpScope op(context_, kOps[below(std::size(kOps))]);
        const uint64_t size = 1 + below(4);
        const std::vector<CircularBufferConfig> cbs = {{0, 2048 * size, {whole_grid(mesh->chip_spec())}}};
        try {
            dispatch(mesh->program_cache().get_or_compile(*mesh, "cached", 4096 * size, cbs), *mesh);
        } catch (const OutOfMemory&) {
        }
    }

    // ---- traces

    void capture() {
        if (programs_.empty()) return;
        if (traces_.size() >= kMostTraces) return release_trace();
        const std::shared_ptr<MeshDevice> mesh = any_mesh();
        TraceCapture capture(*mesh);
        for (uint64_t i = 1 + below(5); i != 0; i--) {
            const std::shared_ptr<IDevice> device = chance(20) ? any_device() : mesh;
            dispatch(programs_[below(programs_.size())], *device);
        }
        traces_.push_back({mesh, std::make_unique<Trace>(capture, "captured", 4096)});
    }

    void release_trace() {
        if (!traces_.empty()) traces_.erase(traces_.begin() + static_cast<std::ptrdiff_t>(below(traces_.size())));
    }

    void replay() {
        if (!traces_.empty()) traces_[below(traces_.size())].trace->replay();
    }

    // ---- iterations

    void begin_iteration() {
        if (iterations_.size() >= kMostIterations) return end_iteration();
        iterations_.push_back(std::make_unique<Iteration>(context_, fmt::format("step {}", below(1000))));
    }

    void end_iteration() {
        if (iterations_.empty()) return;
        const uint64_t ending = current_iteration();
        std::erase_if(tensors_, [&](const Tensor& tensor) {
            const bool goes = tensor.iteration == ending && !tensor.persistent;
            if (goes) tensor.buffer->deallocate();
            return goes;
        });
        iterations_.pop_back();
    }

    // ---- all of it

    struct Action {
        uint64_t weight;
        void (RandomProgram::*act)();
    };
    static constexpr Action kActions[] = {{26, &RandomProgram::allocate},       {14, &RandomProgram::free_any},
                                          {2, &RandomProgram::mark_persistent}, {6, &RandomProgram::create_program},
                                          {4, &RandomProgram::destroy_program}, {24, &RandomProgram::dispatch_any},
                                          {5, &RandomProgram::use_cache},       {4, &RandomProgram::change_plan},
                                          {2, &RandomProgram::give_back},       {3, &RandomProgram::capture},
                                          {5, &RandomProgram::replay},          {2, &RandomProgram::release_trace},
                                          {4, &RandomProgram::begin_iteration}, {3, &RandomProgram::end_iteration},
                                          {2, &RandomProgram::open_sub_mesh},   {1, &RandomProgram::close_sub_mesh}};

    void act() {
        uint64_t all = 0;
        for (const Action& action : kActions) all += action.weight;
        uint64_t drawn = below(all);
        for (const Action& action : kActions) {
            if (drawn < action.weight) return (this->*action.act)();
            drawn -= action.weight;
        }
    }

    // In one of the orders that programs have: everything is freed, or the close releases it.
    void end() {
        traces_.clear();
        if (chance(50)) mesh_->disable_and_clear_program_cache();
        if (chance(50)) {
            programs_.clear();
            for (const Tensor& tensor : tensors_) tensor.buffer->deallocate();
        }
        if (chance(50)) mesh_->close();
        while (!sub_meshes_.empty()) close_sub_mesh();
        mesh_->close();
        programs_.clear();
        for (const auto& mesh : closed_) mesh->program_cache().clear();
        mesh_->program_cache().clear();
    }

    MetalContext& context_;
    Points& points_;
    WorkloadOptions options_;
    std::mt19937_64 random_;
    Planter planter_;
    std::vector<std::shared_ptr<MeshDevice>> closed_;  // programs still know them
    std::shared_ptr<MeshDevice> mesh_;
    std::shared_ptr<MeshPart> part_;
    std::vector<std::shared_ptr<MeshDevice>> sub_meshes_;
    std::vector<Tensor> tensors_;
    std::vector<Program> programs_;
    std::vector<Captured> traces_;
    std::vector<std::unique_ptr<Iteration>> iterations_;
};

}  // namespace

const Workload kRandom = {
    .name = "random",
    .title = "Do everything that a runtime can do, in a random order, on meshes, sub-meshes and chips at once",
    .machine = "T3000",
    .steps = 400,
    .points = "step<n>, end, closed",
    .has_point =
        [](const std::string& point, uint64_t steps) {
            return point == "end" || point == "closed" || is_numbered(point, "step", steps);
        },
    .run = [](MetalContext& context, Points& points,
              const WorkloadOptions& options) { RandomProgram(context, points, options).run(); }};

}  // namespace ttmem::sim
