// The simulated runtime reports through the adapters alone: what ttmem then says equals the simulator's truth.
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/tt_metal/buffer_observer.h"
#include "adapters/tt_metal/graph_processor.h"
#include "adapters/tt_metal/tracked_program.h"
#include "sim/machine.h"
#include "sim/mesh_test.h"
#include "sim/metal_context.h"
#include "sim/points.h"
#include "tests/programs/scene.h"

using namespace ttmem;
using namespace ttmem::programs_testing;
namespace adapter = ttmem::tt_metal;
namespace metal = ::tt::tt_metal;

namespace {

// Each hook as docs/tt-metal.md places it.
class AdapterTracker final : public sim::GraphTracker {
public:
    void track_chip(const sim::ChipSpec& chip, const sim::DeviceParams& params) override {
        ttmem_chip_info info{};
        info.chip_id = chip.unique_id;
        info.logical_id = chip.logical_id;
        info.arch = chip.arch.c_str();
        for (const sim::BufferType type : sim::kChipBufferTypes) {
            const sim::PoolShape shape = sim::pool_shape(chip, params, type);
            info.pools[static_cast<size_t>(type)] = {shape.banks, 0, shape.bytes_per_bank};
        }
        info.grid_x = chip.grid_x;
        info.grid_y = chip.grid_y;
        info.l1_bytes_per_core = chip.l1_bytes_per_core;
        info.l1_base = chip.l1_base;
        CHECK(adapter::Places::instance().chip_opened(info) != 0);
        numbers_[chip.unique_id] = chip.logical_id;
        allocator_ = std::make_unique<metal::Allocator>(chip.dram_banks, chip.cores());
        called();
    }

    ttmem_place track_place(sim::PlaceName name, const std::vector<uint64_t>& ids, ttmem_place) override {
        std::vector<uint32_t> chips;
        for (const uint64_t id : ids) chips.push_back(numbers_.at(id));
        const adapter::DeviceNumber number{name.kind != sim::PlaceName::Kind::kChip, name.number};
        if (number.is_mesh) CHECK(adapter::Places::instance().mesh_opened(name.number, chips) != 0);
        const ttmem_place place = adapter::Places::instance().place_of(number);
        places_[place] = number;
        if (number.is_mesh) {
            devices_[place] = std::make_unique<metal::distributed::MeshDevice>(static_cast<int>(name.number));
        } else {
            devices_[place] = std::make_unique<metal::Device>(static_cast<int>(name.number));
        }
        called();
        return place;
    }

    void track_close(ttmem_place place, const Effect& effect) override {
        adapter::Places::instance().closed(adapter::number_of(*devices_.at(place)));
        called(effect);
    }

    ttmem_handle track_allocate(ttmem_place place, ttmem_handle, const sim::LiveAllocation& allocation) override {
        auto buffer = std::make_unique<metal::Buffer>();
        buffer->device_ = devices_.at(place).get();
        buffer->allocator_ = allocator_.get();
        buffer->type_ = static_cast<metal::BufferType>(allocation.pool);
        buffer->size_ = allocation.requested_bytes;
        buffer->page_size_ = allocation.page_bytes;
        buffer->address_ = static_cast<uint32_t>(allocation.address);
        buffer->unique_id_ = allocation.unique_id;
        observer_.track_allocate(buffer.get());
        buffers_[allocation.unique_id] = std::move(buffer);
        called();
        return allocation.unique_id;
    }

    void track_deallocate(ttmem_handle, uint64_t unique_id, const Effect& effect) override {
        observer_.track_deallocate(buffers_.at(unique_id).get());
        buffers_.erase(unique_id);
        called(effect);
    }

    ttmem_handle track_program_created(const std::string& name, uint64_t unique_id) override {
        programs_.emplace(unique_id, adapter::TrackedProgram(unique_id, name.c_str()));
        called();
        return unique_id;
    }

    void track_program_planned(ttmem_handle program, ttmem_place place, uint32_t,
                               const std::vector<sim::CircularBuffer>& buffers, const Effect& effect) override {
        adapter::TrackedProgram& tracked = programs_.at(program);
        for (const sim::CircularBuffer& buffer : buffers) {
            std::vector<ttmem_core_range> cores;
            for (const sim::CoreRange& range : buffer.config.cores)
                cores.push_back({range.x0, range.y0, range.x1, range.y1});
            tracked.add(buffer.config.index, buffer.address, buffer.config.bytes, buffer.config.globally_allocated,
                        std::move(cores));
        }
        tracked.planned(places_.at(place));
        called(effect);
    }

    void track_program_dispatched(ttmem_handle program, ttmem_place place, const Effect& effect) override {
        programs_.at(program).dispatched(places_.at(place));
        called(effect);
    }

    // The destructor does both.
    void track_cbs_freed(ttmem_handle, const Effect& effect) override { called(effect); }
    void track_program_destroyed(ttmem_handle program, const Effect& effect) override {
        programs_.erase(program);
        called(effect);
    }

    void track_cache_cleared(ttmem_place place) override {
        adapter::program_cache_cleared(places_.at(place));
        called();
    }

    void track_function_start(const std::string& op) override {
        processor_.track_function_start(op, {});
        called();
    }
    void track_function_end() override {
        processor_.track_function_end();
        called();
    }

private:
    std::map<uint64_t, uint32_t> numbers_;  // of chips by id
    std::unique_ptr<metal::Allocator> allocator_;
    std::map<ttmem_place, adapter::DeviceNumber> places_;
    std::map<ttmem_place, std::unique_ptr<metal::IDevice>> devices_;
    std::map<uint64_t, std::unique_ptr<metal::Buffer>> buffers_;
    std::map<uint64_t, adapter::TrackedProgram> programs_;
    adapter::BufferObserver observer_;
    adapter::GraphProcessor processor_;
};

// What ttmem says of every chip, against the newest point of the truth.
void compare(const sim::Truth& truth, const std::string& point) {
    const nlohmann::ordered_json document = truth.document();
    const auto& expected = document.at("points").back();
    CHECK(expected.at("name") == point);
    const Snapshot now = snapshot();
    CHECK(now.coverage.complete);
    CHECK_EQ(now.chips.size(), expected.at("chips").size());
    size_t compared = 0;
    for (const ChipUse& use : now.chips) {
        for (const auto& chip : expected.at("chips")) {
            if (chip.at("logical_id") != *use.chip.logical_id) continue;
            ++compared;
            for (const Pool pool : kChipPools) {
                const auto& figures = chip.at("pools").at(std::string(pool_name(pool)));
                CHECK_EQ(*use.pool(pool).requested_bytes, figures.at("requested_bytes").get<uint64_t>());
                CHECK_EQ(*use.pool(pool).reserved_bytes, figures.at("reserved_bytes").get<uint64_t>());
                CHECK_EQ(*use.pool(pool).allocations, figures.at("allocations").get<uint64_t>());
            }
            CHECK_EQ(*use.cb.reserved_bytes, chip.at("cb").at("reserved_bytes").get<uint64_t>());
            CHECK_EQ(*use.cb.resident_bytes, chip.at("cb").at("resident_bytes").get<uint64_t>());
        }
    }
    CHECK_EQ(compared, now.chips.size());
}

void run_on(const char* machine) {
    sim::Truth truth;
    AdapterTracker tracker;
    sim::Points points(truth, {});
    size_t reached = 0;
    points.set_after_reach([&](const std::string& point) {
        compare(truth, point);
        ++reached;
    });
    sim::MetalContext context(sim::find_machine(machine), truth, tracker);
    sim::run_mesh_test(context, points, 3, {});
    CHECK_EQ(reached, sim::mesh_test_points().size());
}

}  // namespace

CLIENT_TEST(SimulatedRuntime, ReportsTheMeshTestOnEightChipsThroughTheAdapters, {{"TTMEM_LEVEL", "events"}}) {
    run_on("T3000");
}

CLIENT_TEST(SimulatedRuntime, ReportsTheMeshTestOn32ChipsThroughTheAdapters, {}) { run_on("Galaxy-6U"); }

CLIENT_TEST(SimulatedRuntime, ReportsTheMeshTestOnABlackholeChipThroughTheAdapters, {}) { run_on("P150"); }
