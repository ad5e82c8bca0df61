#include "sim/replay.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <sstream>

#include "sim/error.h"
#include "sim/stream_maker.h"
#include "tests/support/simulation.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

Stream read(const std::string& text) {
    std::istringstream input(text);
    return read_stream(input, "s.jsonl");
}

std::string alloc(int seq, const char* id, uint64_t bytes, const char* rest) {
    return "{\"seq\": " + std::to_string(seq) + ", \"prog\": 0, \"ev\": \"alloc\", \"id\": \"" + id +
           "\", \"bytes\": " + std::to_string(bytes) + ", \"op\": \"ttnn.conv2d\", " + rest + "}\n";
}

std::string free(int seq, const char* id, uint64_t bytes, const char* rest) {
    return "{\"seq\": " + std::to_string(seq) + ", \"prog\": 0, \"ev\": \"free\", \"id\": \"" + id +
           "\", \"bytes\": " + std::to_string(bytes) + ", \"op\": \"ttnn.deallocate\", " + rest + "}\n";
}

constexpr const char* kDram = R"("mem": "dram", "layout": "interleaved", "grid": [1, 1])";

const Stream kSmall = read(alloc(0, "%0", 24'576, kDram) +
                           alloc(1, "%1", 49 * 32'768, R"("mem": "l1", "layout": "height_sharded", "grid": [49, 1])") +
                           free(2, "%arg0", 4096, R"("mem": "dram", "preexisting": true)") +
                           free(3, "%arg1", 512, R"("mem": "system_memory", "preexisting": true)") +
                           free(4, "%0", 24'576, R"("mem": "dram")"));

TEST(Replay, DoesWhatTheStreamSays) {
    Simulation simulation("N150");
    const ReplaySummary summary = run_replay(simulation.context, simulation.points, kSmall, 0);
    EXPECT_EQ(summary.allocations, 2u);
    EXPECT_EQ(summary.inputs, 1u);
    EXPECT_EQ(summary.frees, 2u);
    EXPECT_EQ(summary.host_tensors, 1u);
    EXPECT_EQ(summary.live_at_end, 1u);

    const Json document = simulation.truth.document();
    const auto pool = [&](const char* moment, const char* name, const char* what) {
        return point(document, moment).at("chips")[0].at("pools").at(name).at(what).get<uint64_t>();
    };
    EXPECT_EQ(pool("start", "dram", "requested_bytes"), 4096u) << "its input was there before, and none of the host's";
    EXPECT_EQ(point(document, "start").at("live")[0].at("tag"), "preexisting");
    EXPECT_EQ(pool("end", "dram", "requested_bytes"), 0u);
    EXPECT_EQ(pool("end", "dram", "peak_requested_bytes"), 28'672u);
    EXPECT_EQ(pool("end", "l1", "requested_bytes"), 49u * 32'768);
    EXPECT_EQ(pool("end", "l1", "reserved_bytes"), 64u * 32'768);
    EXPECT_EQ(point(document, "end").at("live")[0].at("op"), "ttnn.conv2d");
    EXPECT_EQ(pool("closed", "l1", "requested_bytes"), 0u) << "the close releases what the stream left";
}

TEST(Replay, HasAPointForEachProgramAndAfterEveryEvent) {
    EXPECT_EQ(replay_points(kSmall), (std::vector<std::string>{"start", "prog0", "end", "closed"}));
    for (const char* name : {"start", "prog0", "end", "closed", "failed", "seq0", "seq4"})
        EXPECT_TRUE(is_replay_point(kSmall, name)) << name;
    for (const char* name : {"", "prog1", "seq5", "seq", "seq1x", "run1.add"})
        EXPECT_FALSE(is_replay_point(kSmall, name)) << name;
}

TEST(Replay, ChoosesTheSmallestMachineThatHasTheCoresAndBanks) {
    EXPECT_EQ(machine_for(kSmall).name, "N150");
    const Stream wide = read(alloc(7, "%1", 4096, R"("mem": "l1", "layout": "interleaved", "grid": [10, 11])"));
    EXPECT_EQ(machine_for(wide).name, "P100");
    EXPECT_NO_THROW(check_fits(wide, find_machine("P150")));
    try {
        check_fits(wide, find_machine("N150"));
        FAIL() << "110 cores fit into 64";
    } catch (const Refused& refused) {
        EXPECT_STREQ(refused.what(),
                     "s.jsonl:1: a grid of 110 cores does not fit a chip of N150, which has 64 compute cores");
    }
}

TEST(Replay, OpensRegionsForSmallL1AndTraces) {
    const Stream stream =
        read(alloc(0, "%0", 64 * 96, R"("mem": "l1_small", "layout": "height_sharded", "grid": [8, 8])") +
             alloc(1, "%1", 12 * 4096, R"("mem": "trace", "layout": "interleaved", "grid": [1, 1])") +
             free(2, "%0", 64 * 96, R"("mem": "l1_small")"));
    EXPECT_EQ(stream.grid_cores, 64u);
    const ChipSpec& chip = find_machine("N150").chips[0];
    EXPECT_EQ(device_params(stream, chip).l1_small_size, 2u * 96);
    EXPECT_EQ(device_params(stream, chip).trace_region_size, 2u * 12 * 4096);
    EXPECT_EQ(device_params(kSmall, chip).l1_small_size, 0u);
    EXPECT_NO_THROW(check_fits(stream, find_machine("N150")));

    Simulation simulation("N150");
    EXPECT_EQ(run_replay(simulation.context, simulation.points, stream, 0).live_at_end, 1u);
    EXPECT_EQ(figure(simulation.truth, 0, "l1_small", "peak_requested_bytes"), 64u * 96);
    EXPECT_EQ(figure(simulation.truth, 0, "trace", "peak_requested_bytes"), 12u * 4096);
    EXPECT_EQ(figure(simulation.truth, 0, "l1", "peak_requested_bytes"), 0u);
}

TEST(Replay, RefusesRegionsThatAChipHasNoRoomFor) {
    const Stream stream =
        read(alloc(0, "%0", 64 * 800'000, R"("mem": "l1_small", "layout": "height_sharded", "grid": [8, 8])"));
    try {
        check_fits(stream, find_machine("N150"));
        FAIL() << "1.6 MB fit into the L1 of a core";
    } catch (const Refused& refused) {
        EXPECT_STREQ(refused.what(),
                     "s.jsonl: a chip of N150 has no room for its l1_small and trace tensors: an L1_SMALL region of "
                     "1600000 B does not fit into L1");
    }
}

TEST(Replay, FailsAsTtMetalDoesWhenMemoryRunsOut) {
    const Stream large = read(alloc(0, "%0", uint64_t{12} << 30, kDram) + alloc(1, "%1", uint64_t{8} << 20, kDram));
    Simulation simulation("N150");
    try {
        run_replay(simulation.context, simulation.points, large, 0);
        FAIL() << "more than the chip has";
    } catch (const OutOfMemory& failure) {
        EXPECT_EQ(failure.type, BufferType::kDram);
    }
    EXPECT_EQ(point(simulation.truth.document(), "failed").at("live").size(), 0u) << "12 GiB are 32 B a bank too many";
    EXPECT_FALSE(simulation.context.chips()[0]->is_open());
}

TEST(Replay, MadeStreamsFitEveryMachineAndEndClean) {
    for (uint64_t seed = 0; seed < 10; seed++) {
        std::ostringstream text;
        make_stream(text, seed, 3000);
        const Stream stream = read(text.str());
        for (const char* machine : {"N150", "P150"}) {
            Simulation simulation(machine);
            const ReplaySummary summary = run_replay(simulation.context, simulation.points, stream, seed);
            EXPECT_EQ(summary.live_at_end, 0u) << machine << ", seed " << seed;
            EXPECT_GT(figure(simulation.truth, 0, "l1", "peak_requested_bytes"), 0u);
        }
    }
}

// Real streams beside the checkout: their peaks, added up here without any allocator.
TEST(Replay, RealStreamsHaveThePeaksOfTheirOwnArithmetic) {
    const auto folder = std::filesystem::path(TTMEM_DATA_DIR) / "streams";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no streams at " << folder;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const Stream stream = read_stream(file.path().string());
        uint64_t live[kBufferTypes] = {}, peak[kBufferTypes] = {};
        std::set<uint32_t> begun;
        const auto take = [&](const StreamTensor& tensor) {
            const auto pool = static_cast<size_t>(tensor.mem);
            live[pool] += tensor.bytes;
            peak[pool] = std::max(peak[pool], live[pool]);
        };
        for (const StreamEvent& event : stream.events) {
            if (begun.insert(event.program).second)
                for (const StreamTensor& tensor : stream.tensors)
                    if (tensor.preexisting && tensor.program == event.program) take(tensor);
            if (event.kind == StreamEvent::Kind::kAlloc) take(stream.tensors[event.tensor]);
            if (event.kind == StreamEvent::Kind::kFree)
                live[static_cast<size_t>(stream.tensors[event.tensor].mem)] -= stream.tensors[event.tensor].bytes;
        }
        Simulation simulation(machine_for(stream));
        const ReplaySummary summary = run_replay(simulation.context, simulation.points, stream, 0);
        EXPECT_EQ(figure(simulation.truth, 0, "dram", "peak_requested_bytes"), peak[0]) << file.path();
        EXPECT_EQ(figure(simulation.truth, 0, "l1", "peak_requested_bytes"), peak[1]) << file.path();
        // A device holds what its tensors take (reported in whole MiB), and its programs and kept inputs on top.
        if (summary.dram_views != 0) {
            EXPECT_GE(*summary.reported_minus_simulated_min, -(1 << 20)) << file.path();
        }
    }
}

}  // namespace
}  // namespace ttmem::sim
