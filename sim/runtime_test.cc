// Buffers, meshes, programs and their sessions together.
#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/mesh_buffer.h"
#include "sim/mesh_device.h"
#include "sim/program_impl.h"
#include "sim/scope.h"
#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

uint64_t live_bytes(Simulation& simulation, size_t chip, const char* pool = "dram") {
    return figure(simulation.truth, chip, pool, "requested_bytes");
}

TEST(MeshDevice, AnAllocationIsOneOnAllOfItsChips) {
    Simulation simulation("N300");
    const auto mesh = MeshDevice::create(simulation.context);
    const uint64_t calls = simulation.tracker.calls();
    const auto buffer = MeshBuffer::create(*mesh, {.size = 4096, .page_size = 2048});
    EXPECT_EQ(simulation.tracker.calls(), calls + 1) << "the views on the chips are nobody's allocation";
    EXPECT_EQ(buffer->device_buffers().size(), 2u);
    EXPECT_EQ(buffer->device_buffers()[1]->address(), buffer->address());
    EXPECT_FALSE(buffer->device_buffers()[1]->owns_data());
    EXPECT_EQ(live_bytes(simulation, 0), 4096u);
    EXPECT_EQ(live_bytes(simulation, 1), 4096u);
    EXPECT_EQ(figure(simulation.truth, 1, "dram", "allocations"), 1u);
}

TEST(MeshDevice, AViewOfMemoryIsNeverReported) {
    Simulation simulation("N300");
    const auto mesh = MeshDevice::create(simulation.context);
    const auto owner = MeshBuffer::create(*mesh, {.size = 4096, .page_size = 2048});
    const uint64_t calls = simulation.tracker.calls();
    { const auto view = MeshBuffer::create(*mesh, owner->address(), {.size = 4096, .page_size = 2048}); }
    EXPECT_EQ(simulation.tracker.calls(), calls);
    EXPECT_EQ(live_bytes(simulation, 0), 4096u);
}

TEST(MeshDevice, CloseReleasesWhatIsLiveAndLaterFreesSayNothing) {
    Simulation simulation("N150");
    auto mesh = MeshDevice::create(simulation.context);
    const auto buffer = MeshBuffer::create(*mesh, {.size = 4096, .page_size = 2048});
    mesh->close();
    EXPECT_EQ(live_bytes(simulation, 0), 0u);
    const uint64_t calls = simulation.tracker.calls();
    buffer->deallocate();
    mesh->close();
    EXPECT_EQ(simulation.tracker.calls(), calls);

    // A new session of the same chips does not take the old buffer for its own.
    mesh = MeshDevice::create(simulation.context);
    const auto other = MeshBuffer::create(*mesh, {.size = 8192, .page_size = 2048});
    EXPECT_EQ(live_bytes(simulation, 0), 8192u);
}

TEST(MeshDevice, ParentAndSubMeshCloseInAnyOrderAndReleaseTheirOwn) {
    for (const bool parent_first : {true, false}) {
        Simulation simulation("T3000");
        const auto parent = MeshDevice::create(simulation.context);
        const auto child = parent->create_submesh({2, 3});
        const auto a = MeshBuffer::create(*parent, {.size = 4096, .page_size = 2048});
        const auto b = MeshBuffer::create(*child, {.size = 2048, .page_size = 2048});
        EXPECT_EQ(a->address(), b->address()) << "each has an allocator of its own";
        EXPECT_EQ(live_bytes(simulation, 2), 6144u);
        EXPECT_EQ(live_bytes(simulation, 4), 4096u);
        (parent_first ? parent : child)->close();
        EXPECT_EQ(live_bytes(simulation, 2), parent_first ? 2048u : 4096u);
        EXPECT_EQ(simulation.context.chips()[2]->is_open(), true);
        EXPECT_EQ(simulation.context.chips()[4]->is_open(), !parent_first);
        (parent_first ? child : parent)->close();
        EXPECT_EQ(live_bytes(simulation, 2), 0u);
        EXPECT_FALSE(simulation.context.chips()[2]->is_open());
    }
}

TEST(MeshDevice, PeaksAddUpOverPlacesThatAreLiveTogether) {
    Simulation simulation("N300");
    const auto parent = MeshDevice::create(simulation.context);
    const auto child = parent->create_submesh({1});
    auto a = MeshBuffer::create(*parent, {.size = 4096, .page_size = 2048});
    auto b = MeshBuffer::create(*child, {.size = 8192, .page_size = 2048});
    a.reset();
    b.reset();
    EXPECT_EQ(figure(simulation.truth, 0, "dram", "peak_requested_bytes"), 4096u);
    EXPECT_EQ(figure(simulation.truth, 1, "dram", "peak_requested_bytes"), 12'288u);
    EXPECT_EQ(live_bytes(simulation, 1), 0u);
}

TEST(MeshDevice, ChipsThatDifferFormNoMesh) {
    Machine machine = find_machine("N300");
    machine.chips[1].dram_banks = 8;
    Simulation simulation(machine);
    EXPECT_THROW(MeshDevice::create(simulation.context), Refused);
    EXPECT_NO_THROW(MeshDevice::create(simulation.context, std::vector<size_t>{1}));
}

TEST(Buffer, ShardsReserveTheirBytesInEveryBank) {
    Simulation simulation("N150");
    const auto mesh = MeshDevice::create(simulation.context);
    const auto buffer =
        MeshBuffer::create(*mesh, {.size = 49 * 32'768, .page_size = 2048, .type = BufferType::kL1, .shard_cores = 49});
    EXPECT_EQ(live_bytes(simulation, 0, "l1"), 49u * 32'768);
    EXPECT_EQ(figure(simulation.truth, 0, "l1", "reserved_bytes"), 64u * 32'768);
    EXPECT_EQ(buffer->address(), 1'499'136u - 32'768) << "L1 grows down";
    simulation.truth.add_point("now");
    EXPECT_EQ(point(simulation.truth.document(), "now").at("live")[0].at("data_banks"), 49u);
}

TEST(Buffer, PagesGoRoundTheBanks) {
    Simulation simulation("N150");
    const auto mesh = MeshDevice::create(simulation.context);
    const auto small = MeshBuffer::create(*mesh, {.size = 128, .page_size = 128});
    EXPECT_EQ(figure(simulation.truth, 0, "dram", "reserved_bytes"), 12u * 128);
    const auto uneven = MeshBuffer::create(*mesh, {.size = 100'001, .page_size = 2048});  // 49 pages
    EXPECT_EQ(figure(simulation.truth, 0, "dram", "reserved_bytes"), 12u * (128 + 5 * 2048));
}

TEST(Buffer, AFailureChangesNothing) {
    Simulation simulation("N150");
    const auto mesh = MeshDevice::create(simulation.context);
    EXPECT_THROW(MeshBuffer::create(*mesh, {.size = uint64_t{13} << 30, .page_size = 2048}), OutOfMemory);
    EXPECT_THROW(MeshBuffer::create(*mesh, {.size = 64, .page_size = 64, .type = BufferType::kL1Small}), OutOfMemory);
    EXPECT_EQ(live_bytes(simulation, 0), 0u);
    EXPECT_EQ(figure(simulation.truth, 0, "dram", "peak_requested_bytes"), 0u);
}

TEST(ProgramCache, KeepsAProgramUntilItIsCleared) {
    Simulation simulation("N150");
    const auto mesh = MeshDevice::create(simulation.context);
    Program& first = mesh->program_cache().get_or_compile(*mesh, "softmax", 5000);
    Program& second = mesh->program_cache().get_or_compile(*mesh, "softmax", 5000);
    EXPECT_EQ(&first, &second);
    EXPECT_EQ(live_bytes(simulation, 0), 5000u);
    EXPECT_TRUE(first.impl().kernels_buffer()->is_allocated());
    mesh->disable_and_clear_program_cache();
    EXPECT_EQ(live_bytes(simulation, 0), 0u);
}

TEST(ProgramCache, OutlivesTheCloseOfItsMesh) {
    Simulation simulation("N150");
    auto mesh = MeshDevice::create(simulation.context);
    mesh->program_cache().get_or_compile(*mesh, "softmax", 5000);
    mesh->close();
    EXPECT_EQ(live_bytes(simulation, 0), 0u);
    EXPECT_EQ(mesh->program_cache().size(), 1u);
    mesh.reset();  // the program is destroyed here, its memory is gone already
    EXPECT_EQ(live_bytes(simulation, 0), 0u);
}

TEST(Scope, TheTruthKnowsWhoAllocated) {
    Simulation simulation("N150");
    const auto mesh = MeshDevice::create(simulation.context);
    std::shared_ptr<MeshBuffer> buffer;
    {
        OpScope outer(simulation.context, "ttnn.linear");
        TagScope tag(simulation.context, "weights");
        { OpScope inner(simulation.context, "ttnn.matmul"); }
        buffer = MeshBuffer::create(*mesh, {.size = 64, .page_size = 64});
    }
    buffer->mark_persistent();
    EXPECT_EQ(current_op(), "");
    simulation.truth.add_point("now");
    const auto live = point(simulation.truth.document(), "now").at("live")[0];
    EXPECT_EQ(live.at("op"), "ttnn.linear");
    EXPECT_EQ(live.at("tag"), "weights");
    EXPECT_EQ(live.at("persistent"), true);
}

}  // namespace
}  // namespace ttmem::sim
