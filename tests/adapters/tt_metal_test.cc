// A runtime of tt-metal's shape that reports through the adapters: what ttmem then knows of it.
#include <array>
#include <memory>

#include "adapters/tt_metal/allocation_client.h"
#include "adapters/tt_metal/buffer_observer.h"
#include "adapters/tt_metal/graph_processor.h"
#include "adapters/tt_metal/tracked_program.h"
#include "tests/programs/scene.h"

using namespace ttmem;
using namespace ttmem::programs_testing;
namespace adapter = ttmem::tt_metal;
namespace metal = ::tt::tt_metal;

namespace {

constexpr uint64_t kFirstId = 0x77000;
constexpr adapter::DeviceNumber kMesh{true, 0};

ttmem_chip_info chip_info(uint32_t number) {
    ttmem_chip_info info{};
    info.chip_id = kFirstId + number;
    info.logical_id = number;
    info.arch = "wormhole_b0";
    info.pools[TTMEM_POOL_DRAM] = {12, 0, 1ull << 30};
    info.pools[TTMEM_POOL_L1] = {64, 0, 1'397'984};
    info.grid_x = info.grid_y = 8;
    info.l1_bytes_per_core = 1'499'136;
    info.l1_base = kBase;
    return info;
}

// Eight chips and mesh 0 of them, opened; buffers as tt-metal makes them.
class Runtime {
public:
    Runtime() {
        std::vector<uint32_t> numbers;
        for (uint32_t chip = 0; chip < 8; ++chip) {
            CHECK(adapter::Places::instance().chip_opened(chip_info(chip)) != 0);
            numbers.push_back(chip);
        }
        CHECK(adapter::Places::instance().mesh_opened(0, numbers) != 0);
    }

    std::unique_ptr<metal::Buffer> make(metal::IDevice& device, uint64_t size, uint32_t address,
                                        metal::BufferType type = metal::BufferType::DRAM) {
        auto buffer = std::make_unique<metal::Buffer>();
        buffer->device_ = &device;
        buffer->allocator_ = &allocator_;
        buffer->size_ = size;
        buffer->address_ = address;
        buffer->type_ = type;
        buffer->unique_id_ = ++ids_;
        return buffer;
    }
    std::unique_ptr<metal::Buffer> allocate(metal::IDevice& device, uint64_t size, uint32_t address,
                                            metal::BufferType type = metal::BufferType::DRAM) {
        auto buffer = make(device, size, address, type);
        observer.track_allocate(buffer.get());
        return buffer;
    }

    metal::distributed::MeshDevice mesh{0};
    metal::Device chip0{0};
    adapter::BufferObserver observer;

private:
    metal::Allocator allocator_{12, 64};
    size_t ids_ = 0;
};

uint64_t dram_of(const Snapshot& snapshot, uint64_t chip) {
    for (const ChipUse& use : snapshot.chips)
        if (use.chip.id.value == chip) return use.pool(Pool::kDram).requested_bytes.value_or(0);
    return 0;
}

std::vector<ttmem_core_range> grid() { return {kGrid}; }

}  // namespace

CLIENT_TEST(TtMetal, TheMeshTestsBuffersAreOneAllocationEachOnAllChips, {}) {
    Runtime runtime;
    std::vector<std::unique_ptr<metal::Buffer>> buffers;
    uint32_t address = 32;
    for (const uint64_t bytes : {4'194'304, 4'194'304, 4'194'304, 524'288, 524'288, 1'048'576, 12'288, 24'576}) {
        buffers.push_back(runtime.allocate(runtime.mesh, bytes, address));
        address += 350'208;
    }
    Snapshot now = snapshot();
    CHECK_EQ(now.allocations.size(), 8);
    for (uint64_t chip = 0; chip < 8; ++chip) CHECK_EQ(dram_of(now, kFirstId + chip), 14'716'928);
    for (auto& buffer : buffers) runtime.observer.track_deallocate(buffer.get());
    now = snapshot();
    CHECK(now.allocations.empty() && now.coverage.complete);
}

CLIENT_TEST(TtMetal, Mesh0IsNotChip0, {}) {
    Runtime runtime;
    const auto on_mesh = runtime.allocate(runtime.mesh, 4096, 1 << 20),
               on_chip = runtime.allocate(runtime.chip0, 2048, 1 << 20);
    const Snapshot now = snapshot();
    CHECK_EQ(dram_of(now, kFirstId), 4096 + 2048);
    CHECK_EQ(dram_of(now, kFirstId + 1), 4096);
    runtime.observer.track_deallocate(on_mesh.get());
    CHECK_EQ(dram_of(snapshot(), kFirstId), 2048);
}

CLIENT_TEST(TtMetal, WhatHasNoAddressOrAnUnknownDeviceIsLeftOut, {}) {
    Runtime runtime;
    metal::distributed::MeshDevice unknown(7);
    runtime.allocate(runtime.mesh, 4096, 0);
    runtime.allocate(unknown, 4096, 64);
    runtime.allocate(runtime.mesh, 0, 64);
    CHECK(snapshot().allocations.empty());
}

CLIENT_TEST(TtMetal, ShardedAndInterleavedBuffersSayHowManyBanksHoldThem, {}) {
    Runtime runtime;
    const auto few = runtime.allocate(runtime.chip0, 3 * 2048, 1 << 20);
    auto sharded = runtime.make(runtime.chip0, 16 * 2048, 1 << 21, metal::BufferType::L1);
    sharded->cores_ = 4;
    runtime.observer.track_allocate(sharded.get());
    const Snapshot now = snapshot();
    CHECK_EQ(now.allocations.size(), 2);
    for (const Allocation& allocation : now.allocations) {
        CHECK_EQ(allocation.data_banks, allocation.pool == Pool::kL1 ? 4 : 3);
        CHECK_EQ(allocation.banks, allocation.pool == Pool::kL1 ? 64 : 12);
    }
}

CLIENT_TEST(TtMetal, ACloseGivesBackWhatTheRuntimeNeverFrees, {}) {
    Runtime runtime;
    runtime.allocate(runtime.mesh, 4096, 1 << 20);
    adapter::Places::instance().closed(kMesh);
    CHECK_EQ(dram_of(snapshot(), kFirstId), 0);
}

CLIENT_TEST(TtMetal, OperationsAreNamedAndNest, {}) {
    Runtime runtime;
    adapter::GraphProcessor processor;
    CHECK(!processor.is_capture_processor());
    processor.track_function_start("ttnn::matmul", {});
    processor.track_function_start("ttnn::prim::matmul", {});
    processor.track_function_end();
    const auto buffer = runtime.allocate(runtime.mesh, 4096, 64);
    processor.track_function_end(std::any());
    const Snapshot now = snapshot();
    CHECK(now.texts[now.allocations.at(0).op] == "ttnn::matmul");
}

CLIENT_TEST(TtMetal, AProcessorCanReportTheBuffersOfAnOlderRuntime, {}) {
    Runtime runtime;
    adapter::GraphProcessor processor(adapter::GraphProcessor::Buffers::kHere);
    const auto buffer = runtime.make(runtime.mesh, 4096, 64);
    processor.track_allocate(buffer.get());
    CHECK_EQ(snapshot().allocations.size(), 1);
    processor.track_deallocate(buffer.get());
    CHECK(snapshot().allocations.empty());
}

CLIENT_TEST(TtMetal, AProgramsDestructorGivesBackItsCircularBuffersAndNoOthers, {}) {
    Runtime runtime;
    adapter::TrackedProgram add(11, "add");
    auto matmul = std::make_unique<adapter::TrackedProgram>(12, "matmul");
    for (adapter::TrackedProgram* program : {&add, matmul.get()}) {
        const uint64_t bytes = program == &add ? 4096 : 8192;
        program->add(0, kBase, bytes, false, grid());
        program->add(1, 0, 1 << 20, true, grid());  // lies in a tensor
        program->planned(kMesh);
        program->dispatched(kMesh);
    }
    CHECK((bytes_on(kFirstId) == CbBytes{64 * 8192, 64 * 8192}));
    matmul.reset();
    for (uint64_t chip = 0; chip < 8; ++chip) CHECK((bytes_on(kFirstId + chip) == CbBytes{64 * 4096, 0}));
    const Snapshot now = snapshot();
    CHECK_EQ(now.programs.size(), 1);
    CHECK_EQ(now.programs[0].unique_id, 11);
}

CLIENT_TEST(TtMetal, AProgramThatMovesIsTheSameProgram, {}) {
    Runtime runtime;
    std::vector<adapter::TrackedProgram> programs;
    for (uint64_t id = 1; id <= 20; ++id) programs.emplace_back(id);
    CHECK_EQ(snapshot().programs.size(), 20);
    programs.clear();
    CHECK(snapshot().programs.empty());
}

CLIENT_TEST(TtMetal, TheAllocationClientCountsAViewOnceAndFreesWithTheLast, {}) {
    Runtime runtime;
    using Client = adapter::AllocationClient;
    CHECK(Client::is_enabled());
    for (int device = 0; device < 8; ++device) {
        for (int i = 0; i < (device == 0 ? 4 : 2); ++i) Client::report_allocation(device, 24'576, 0, 1'073'737'728);
    }
    Snapshot now = snapshot();
    CHECK_EQ(now.allocations.size(), 8);
    CHECK_EQ(dram_of(now, kFirstId), 24'576);
    Client::report_deallocation(1, 1'073'737'728);
    CHECK_EQ(snapshot().allocations.size(), 8);
    Client::report_deallocation(1, 1'073'737'728);
    CHECK_EQ(dram_of(snapshot(), kFirstId + 1), 0);
    Client::report_deallocation(1, 1'073'737'728);         // once too often
    Client::report_allocation(2, 4096, 0, 1'073'737'728);  // another size: other memory
    now = snapshot();
    CHECK_EQ(dram_of(now, kFirstId + 2), 4096);
    CHECK_EQ(now.allocations.size(), 7);
}

CLIENT_TEST(TtMetal, TheAllocationClientsFreeOfAllCircularBuffersEndsThoseOfTheCurrentProgramOnThatDevice, {}) {
    Runtime runtime;
    using Client = adapter::AllocationClient;
    for (int device = 0; device < 2; ++device) {
        for (uint64_t program = 1; program <= 2; ++program) {
            Client::report_program(device, program);
            Client::report_cb_allocation(device, kBase + 0x10000 * program, 1024 * program, false, grid());
        }
    }
    CHECK_EQ(bytes_on(kFirstId).reserved, 64 * 3 * 1024);
    Client::report_cb_deallocation(0);  // of program 2
    CHECK_EQ(bytes_on(kFirstId).reserved, 64 * 1024);
    CHECK_EQ(bytes_on(kFirstId + 1).reserved, 64 * 3 * 1024);
    Client::report_program_destroyed(1);
    CHECK_EQ(bytes_on(kFirstId).reserved, 0);
    CHECK_EQ(bytes_on(kFirstId + 1).reserved, 64 * 2 * 1024);
}
