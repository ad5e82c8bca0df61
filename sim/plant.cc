#include "sim/plant.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/error.h"
#include "sim/mesh_buffer.h"
#include "sim/metal_context.h"
#include "sim/program_impl.h"
#include "sim/scope.h"
#include "sim/trace.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kPlantPage = 2048;

std::shared_ptr<MeshBuffer> make_tensor(MeshDevice& mesh, uint64_t pages, BufferType type = BufferType::kDram) {
    return MeshBuffer::create(mesh, {.size = pages * kPlantPage, .page_size = kPlantPage, .type = type});
}

void note(MeshDevice& mesh, PlantKind kind, const char* op_class, const Json& more = Json::object()) {
    Json what = {{"plant", plant_names()[static_cast<size_t>(kind)]},
                 {"op", current_op()},
                 {"class", op_class},
                 {"place", place_text(mesh.place_name())}};
    what.update(more);
    mesh.context().truth().planted(std::move(what));
}

// Owned by nobody who would ever free it.
std::vector<std::shared_ptr<MeshBuffer>>& forgotten() {
    static auto* buffers = new std::vector<std::shared_ptr<MeshBuffer>>();
    return *buffers;
}

void plant_leak(MeshDevice& mesh) {
    OpScope op(mesh.context(), "ttnn.concat");
    TagScope tag(mesh.context(), "planted");
    const std::shared_ptr<MeshBuffer> tensor = make_tensor(mesh, 16);
    forgotten().push_back(tensor);
    note(mesh, PlantKind::kLeak, "tensor",
         {{"pool", "dram"}, {"address", tensor->address()}, {"requested_bytes", 16 * kPlantPage}});
}

void plant_missing_cb_free(MeshDevice& mesh) {
    OpScope op(mesh.context(), "ttnn.layer_norm");
    Program program(mesh.context(), "layer_norm_forgotten");
    program.impl().set_circular_buffers({{0, 2048, {whole_grid(mesh.chip_spec())}}});
    program.dispatch(mesh);
    program.impl().forget_circular_buffers();
    note(mesh, PlantKind::kMissingCbFree, "cb_plan", {{"program", program.impl().name()}});
}

void plant_double_free(MeshDevice& mesh) {
    OpScope op(mesh.context(), "ttnn.deallocate");
    const std::shared_ptr<MeshBuffer> tensor = make_tensor(mesh, 4);
    tensor->deallocate();
    mesh.context().tracker().track_deallocate(tensor->tracked(), 0, {});
    note(mesh, PlantKind::kDoubleFree, "tensor");
}

// Three quarters of a core's L1 as a tensor, half of it as circular buffers. L1 may be in use already: then the tensor
// is what is free in one piece.
void plant_clash(MeshDevice& mesh) {
    const ChipSpec& chip = mesh.chip_spec();
    const BankManager& l1 = mesh.allocator().manager(BufferType::kL1);
    const uint64_t wanted =
        std::min(l1.bytes_per_bank() / 4 * 3, l1.statistics().largest_free) / kPlantPage * kPlantPage;
    OpScope op(mesh.context(), "ttnn.conv2d");
    const auto tensor =
        MeshBuffer::create(mesh, {.size = wanted * l1.banks(), .page_size = kPlantPage, .type = BufferType::kL1});
    Program program(mesh.context(), "conv2d_too_large");
    program.impl().set_circular_buffers({{0, chip.l1_bytes_per_core / 2, {whole_grid(chip)}}});
    try {
        program.dispatch(mesh);
    } catch (const CbFailure& failure) {
        note(mesh, PlantKind::kClash, "cb_plan",
             {{"program", program.impl().name()}, {"cb_region_end", failure.end}, {"l1_buffer", failure.limit}});
    }
    tensor->deallocate();
}

// Fills what is free of a pool in blocks, frees every other one, and asks for two of them in one.
void plant_fragmentation(MeshDevice& mesh) {
    OpScope op(mesh.context(), "ttnn.concat");
    const BankManager& l1 = mesh.allocator().manager(BufferType::kL1);
    constexpr uint64_t kPagesPerBank = 8;
    std::vector<std::shared_ptr<MeshBuffer>> blocks;
    while (l1.statistics().largest_free >= kPagesPerBank * kPlantPage)
        blocks.push_back(make_tensor(mesh, kPagesPerBank * l1.banks(), BufferType::kL1));
    for (size_t i = 0; i < blocks.size(); i += 2) blocks[i]->deallocate();
    const uint64_t wanted = 2 * kPagesPerBank * l1.banks();
    try {
        make_tensor(mesh, wanted, BufferType::kL1)->deallocate();
    } catch (const OutOfMemory& failure) {
        note(mesh, PlantKind::kFragmentation, "tensor",
             {{"requested_bytes", failure.requested},
              {"free_per_bank", failure.statistics.free},
              {"largest_free_per_bank", failure.statistics.largest_free}});
    }
    for (const auto& block : blocks) block->deallocate();
}

// On a mesh of its own with the same chip, so that the workload goes on undisturbed.
void plant_reopen(MeshDevice& mesh) {
    MetalContext& context = mesh.context();
    OpScope op(context, "ttnn.to_memory_config");
    auto first = mesh.create_submesh({0});
    const auto tensor = make_tensor(*first, 4);
    first->close();
    const auto second = mesh.create_submesh({0});
    const auto other = make_tensor(*second, 4);
    context.tracker().track_deallocate(tensor->tracked(), 0, {});
    note(*second, PlantKind::kReopen, "tensor", {{"address", other->address()}});
    other->deallocate();
}

// An activation of the capture is freed in it, and what comes next gets its addresses; what comes after that does not.
void plant_under_trace(MeshDevice& mesh) {
    MetalContext& context = mesh.context();
    if (mesh.allocator().manager(BufferType::kTrace).bytes_per_bank() == 0) return;
    OpScope op(context, "ttnn.concat");
    Program program(context, "captured_under_trace");
    program.impl().set_circular_buffers({{0, 2048, {whole_grid(mesh.chip_spec())}}});
    program.dispatch(mesh);
    TraceCapture capture(mesh);
    const auto activation = make_tensor(mesh, 16);
    program.dispatch(mesh);
    activation->deallocate();
    Trace trace(capture, "planted", 4096);
    TagScope tag(context, "planted");
    const auto victim = make_tensor(mesh, 16), safe = make_tensor(mesh, 16);
    trace.replay();
    note(mesh, PlantKind::kUnderTrace, "tensor",
         {{"address", victim->address()}, {"safe_address", safe->address()}, {"written", activation->address()}});
    victim->deallocate();
    safe->deallocate();
}

void plant_one(MeshDevice& mesh, PlantKind kind) {
    switch (kind) {
        case PlantKind::kLeak:
            return plant_leak(mesh);
        case PlantKind::kMissingCbFree:
            return plant_missing_cb_free(mesh);
        case PlantKind::kDoubleFree:
            return plant_double_free(mesh);
        case PlantKind::kClash:
            return plant_clash(mesh);
        case PlantKind::kFragmentation:
            return plant_fragmentation(mesh);
        case PlantKind::kReopen:
            return plant_reopen(mesh);
        case PlantKind::kUnderTrace:
            return plant_under_trace(mesh);
    }
}

}  // namespace

const std::vector<std::string>& plant_names() {
    static const std::vector<std::string> names = {"leak",          "missing-cb-free", "double-free", "clash",
                                                   "fragmentation", "reopen",          "under-trace"};
    return names;
}

PlantKind plant_from_name(const std::string& name) {
    const auto found = std::ranges::find(plant_names(), name);
    if (found == plant_names().end()) throw UsageError("there is no plant \"" + name + "\"");
    return static_cast<PlantKind>(found - plant_names().begin());
}

void Planter::plant(MeshDevice& mesh) {
    if (std::exchange(planted_, true)) return;
    for (const PlantKind kind : kinds_) {
        Iteration iteration(mesh.context(), "planted");
        plant_one(mesh, kind);
    }
}

}  // namespace ttmem::sim
