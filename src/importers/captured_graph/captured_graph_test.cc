// Captured graphs: each rule on a small graph made here.
#include "src/importers/captured_graph/captured_graph.h"

#include <gtest/gtest.h>

#include <vector>

#include "src/importers/captured_graph/cores.h"
#include "tests/support/graph_text.h"
#include "tests/support/notes.h"

namespace ttmem {
namespace {

TEST(CapturedGraph, CountsAndPeaksOfAllocationsAndFrees) {
    GraphText graph;
    graph.node("capture_start").start("ttnn.add");
    const uint64_t first = graph.allocate(l1(4096, 1500000, 0));
    graph.deallocate(first, l1(4096, 1500000, 0));
    const uint64_t second = graph.start("AddDeviceOperation").allocate(l1(6144, 1400000, 0));
    graph.end("AddDeviceOperation").end("ttnn.add").deallocate(second, l1(6144, 1400000, 0)).node("capture_end");
    const Result<ImportedUse> use = graph.import();
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->format, "ttnn-captured-graph");
    EXPECT_EQ(use->version, "integers");
    EXPECT_EQ(use->operations, 2u);
    EXPECT_EQ(use->top_level_operations, 1u);
    EXPECT_EQ(use->allocations, 2u);
    EXPECT_EQ(use->frees, 2u);
    EXPECT_EQ(use->cb_plans, 0u);
    ASSERT_EQ(use->chips.size(), 1u);
    const ImportedPeak& peak = use->chips[0].peak(Pool::kL1);
    EXPECT_EQ(peak.requested_bytes, 6144u);
    EXPECT_EQ(peak.operation, "ttnn.add > AddDeviceOperation");
    EXPECT_EQ(use->chips[0].use.pool(Pool::kL1).requested_bytes, 0u);
    EXPECT_FALSE(use->chips[0].peak(Pool::kDram).requested_bytes) << "a pool that the graph never names is unknown";
    EXPECT_TRUE(use->coverage.complete);
}

TEST(CapturedGraph, ReadsTheGenerationWhereEveryValueIsText) {
    GraphText graph;
    graph.node("capture_start");
    const uint64_t buffer =
        graph.allocate({{"address", "1048576"}, {"layout", "INTERLEAVED"}, {"size", "8192"}, {"type", "L1"}});
    // Frees of that time have no address, and a size of 0.
    graph.deallocate(buffer, {{"layout", "INTERLEAVED"}, {"size", "0"}, {"type", "L1"}}).node("capture_end");
    const Result<ImportedUse> use = graph.import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->version, "text");
    ASSERT_EQ(use->chips.size(), 1u);
    EXPECT_EQ(use->chips[0].name, "");
    EXPECT_FALSE(use->chips[0].use.chip.logical_id) << "there are no device ids";
    EXPECT_EQ(use->chips[0].peak(Pool::kL1).requested_bytes, 8192u);
    EXPECT_EQ(use->chips[0].use.pool(Pool::kL1).requested_bytes, 0u);
}

TEST(CapturedGraph, ReadsTheOldestGenerationWithNameForNodeType) {
    std::string text = GraphText()
                           .node("capture_start")
                           .node("tensor[1]", {{"shape", "ttnn.Shape([1])"}})
                           .node("buffer_allocate", {{"size", "64"}, {"type", "DRAM"}, {"address", "32"}}, {9})
                           .node("capture_end")
                           .nodes()
                           .dump();
    for (size_t at; (at = text.find("node_type")) != std::string::npos;) text.replace(at, 9, "name");
    const Result<ImportedUse> use = GraphText().import(text);
    ASSERT_TRUE(use);
    EXPECT_EQ(use->version, "name");
    EXPECT_EQ(use->tensors, 1u);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kDram).requested_bytes, 64u);
}

TEST(CapturedGraph, AddressZeroWithoutDispatchIsNoAddress) {
    GraphText graph;
    graph.node("capture_start");
    const uint64_t first = graph.allocate(l1(1000, 0, 1));
    const uint64_t second = graph.allocate(l1(3000, 0, 1));
    graph.deallocate(first, l1(1000, 0, 1)).node("capture_end");
    (void)second;
    const Result<ImportedUse> use = graph.import();
    ASSERT_TRUE(use);
    // As an address, 0 would make the second allocation replace the first.
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).requested_bytes, 4000u);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 3000u);
    EXPECT_TRUE(has_note(use->coverage, "2 of 2 allocations say address 0"));
}

TEST(CapturedGraph, AGarbageAddressIsFlagged) {
    GraphText graph;
    graph.node("capture_start").allocate(l1(1000, 1953396066, 1));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_TRUE(has_note(use->coverage, "1953396066"));
}

TEST(CapturedGraph, BufferTypeTellsWhatTypeCallsL1) {
    GraphText graph;
    Json small = l1(512, 1400000, 0);
    small["buffer_type"] = 3;
    Json trace = l1(2048, 4096, 0);
    trace["buffer_type"] = 4;
    trace["type"] = "DRAM";
    graph.node("capture_start").allocate(small);
    graph.allocate(trace);
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1Small).requested_bytes, 512u);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kTrace).requested_bytes, 2048u);
    EXPECT_FALSE(use->chips.at(0).peak(Pool::kL1).requested_bytes);
    EXPECT_FALSE(use->chips.at(0).peak(Pool::kDram).requested_bytes);
}

TEST(CapturedGraph, CircularBufferSizesArePerCore) {
    GraphText graph;
    graph.node("capture_start").start("op").node("circular_buffer_deallocate_all", {{"device_id", 0}});
    graph.node("circular_buffer_allocate", circular_buffer(4096, "{[(x=0,y=0) - (x=7,y=7)]}", 0));
    graph.node("circular_buffer_allocate", circular_buffer(100, "{[0-0 - 10-8], [0-9 - 3-9]}", 0));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 4096u * 64 + 100u * 103);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).requested_bytes, 0u);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_operation, "op");
    EXPECT_EQ(use->cb_plans, 1u);
    EXPECT_EQ(use->circular_buffers, 2u);
}

TEST(CapturedGraph, AliasesAddNothing) {
    GraphText graph;
    graph.node("capture_start").start("op");
    graph.allocate(l1(2048, 1400000, 0));
    graph.node("circular_buffer_allocate", circular_buffer(2048, "{[0-0 - 0-0]}", 0, "1"));
    graph.node("circular_buffer_allocate", circular_buffer(2048, "{[0-0 - 0-0]}", 0, "true"));
    graph.node("dataflow_buffer_allocate", {{"address", 101152},
                                            {"borrows_memory", "1"},
                                            {"core_range_set", "{[0-0 - 3-3]}"},
                                            {"device_id", 0},
                                            {"size", 512}});
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 2048u);
    EXPECT_EQ(use->circular_buffers, 3u);
}

TEST(CapturedGraph, DataflowBuffersAndScratchpadsOfTheirOwnCount) {
    GraphText graph;
    graph.node("capture_start").start("op").node("circular_buffer_deallocate_all", {{"device_id", 0}});
    graph.node("dataflow_buffer_allocate", {{"address", 101152},
                                            {"borrows_memory", "0"},
                                            {"core_range_set", "{[0-0 - 1-1]}"},
                                            {"device_id", 0},
                                            {"size", 384}});
    graph.node("scratchpad_allocate",
               {{"address", 101536}, {"core_range_set", "{[0-0 - 1-1]}"}, {"device_id", 0}, {"size", 16}});
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 1600u);
}

TEST(CapturedGraph, ACircularBufferOnNoCoreIsUnattributed) {
    GraphText graph;
    graph.node("capture_start").start("op");
    graph.node("circular_buffer_allocate", circular_buffer(4096, "{}", 0));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 0u);
    EXPECT_TRUE(has_note(use->coverage, "4,096 bytes per core stand on no core"));
    EXPECT_FALSE(use->coverage.complete);
}

TEST(CapturedGraph, DeallocateAllEndsOnlyThatDevicesCurrentProgram) {
    GraphText graph;
    graph.node("capture_start").start("op");
    graph.node("tensor", tensor_on(5, {0})).node("tensor", tensor_on(6, {1}));
    graph.node("circular_buffer_deallocate_all", {{"device_id", 5}});
    graph.node("circular_buffer_allocate", circular_buffer(1000, "{[0-0 - 0-0]}", 0));
    graph.node("circular_buffer_deallocate_all", {{"device_id", 6}});
    graph.node("circular_buffer_allocate", circular_buffer(70, "{[0-0 - 0-0]}", 1));
    graph.node("circular_buffer_deallocate_all", {{"device_id", 6}});  // the next program of chip 1 alone
    graph.node("circular_buffer_allocate", circular_buffer(30, "{[0-0 - 0-0]}", 1));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    ASSERT_EQ(use->chips.size(), 2u);
    EXPECT_EQ(use->chips[0].use.cb.resident_bytes, 1000u) << "chip 0's program goes on";
    EXPECT_EQ(use->chips[1].use.cb.resident_bytes, 30u);
    EXPECT_EQ(use->chips[1].peak(Pool::kL1).with_cb_bytes, 70u) << "never the sum over programs";
    EXPECT_EQ(use->cb_plans, 3u);
}

TEST(CapturedGraph, WithoutDeallocateAllANewOperationsBuffersReplaceTheOld) {
    GraphText graph;
    graph.node("capture_start");
    for (const uint64_t size : {1000, 400}) {
        graph.start("Device Operation").node("circular_buffer_allocate", circular_buffer(size, "{[0-0 - 1-0]}", 0));
        graph.end("Device Operation");
    }
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 2000u);
    EXPECT_EQ(use->chips.at(0).use.cb.resident_bytes, 800u);
    EXPECT_EQ(use->cb_plans, 2u);
}

TEST(CapturedGraph, MeshIdsAndChipIdsAreTwoSpaces) {
    GraphText graph;
    graph.node("capture_start").node("tensor", tensor_on(0, {4, 5}));
    graph.start("op").allocate(l1(1000, 1400000, 0));  // mesh 0: chips 4 and 5
    graph.node("circular_buffer_deallocate_all", {{"device_id", 0}});
    graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", 4));
    graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", 5));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    ASSERT_EQ(use->chips.size(), 2u);
    for (const ImportedChip& chip : use->chips) {
        EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 1000u) << chip.name;
        EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 1010u) << chip.name;
    }
    EXPECT_EQ(use->chips[0].use.chip.logical_id, 4u);
    EXPECT_EQ(use->cb_plans, 1u) << "one program, on two chips";
}

TEST(CapturedGraph, WithoutDispatchACircularBufferCarriesTheMeshsId) {
    GraphText graph;
    graph.node("capture_start").node("tensor", tensor_on(3, {0}));
    graph.start("op").allocate(l1(1000, 0, 3));
    graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", 3, "0", 0));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    ASSERT_EQ(use->chips.size(), 1u);
    EXPECT_EQ(use->chips[0].name, "chip 0");
    EXPECT_EQ(use->chips[0].peak(Pool::kL1).with_cb_bytes, 1010u);
}

TEST(CapturedGraph, WithoutAMappingTheOnlyMeshHasTheChipsAndSaysSo) {
    GraphText graph;
    graph.node("capture_start").start("op").allocate(l1(1000, 1400000, 1));
    graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", 0));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    ASSERT_EQ(use->chips.size(), 1u);
    EXPECT_EQ(use->chips[0].peak(Pool::kL1).with_cb_bytes, 1010u);
    EXPECT_TRUE(has_note(use->coverage, "taken to belong to the only mesh"));
}

// As ttnn 0.66 captures on one chip: each node has the number of the mesh.
TEST(CapturedGraph, AMeshOfWhichNoChipIsToldIsNoChip) {
    for (const bool buffer_first : {true, false}) {
        GraphText graph;
        graph.node("capture_start").start("op");
        if (buffer_first) graph.allocate(l1(1000, 1400000, 1));
        graph.node("circular_buffer_deallocate_all", {{"device_id", 1}});
        graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", 1));
        if (!buffer_first) graph.allocate(l1(1000, 1400000, 1));
        const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
        ASSERT_TRUE(use);
        ASSERT_EQ(use->chips.size(), 1u);
        EXPECT_EQ(use->chips[0].name, "mesh 1");
        EXPECT_FALSE(use->chips[0].use.chip.logical_id);
        EXPECT_EQ(use->chips[0].peak(Pool::kL1).with_cb_bytes, 1010u);
        EXPECT_FALSE(has_note(use->coverage, "taken to belong"));
    }
    GraphText graph;  // of several chips, one has the mesh's number
    graph.node("capture_start").start("op").allocate(l1(1000, 1400000, 1));
    for (const int chip : {0, 1, 2}) graph.node("circular_buffer_allocate", circular_buffer(10, "{[0-0 - 0-0]}", chip));
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    ASSERT_EQ(use->chips.size(), 3u);
    for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(use->chips[i].name, "chip " + std::to_string(i));
}

TEST(CapturedGraph, AFreeIsMatchedByItsBufferNodeNotByItsAddress) {
    GraphText graph;
    graph.node("capture_start");
    const uint64_t first = graph.allocate(l1(1000, 1400000, 0));
    graph.allocate(l1(3000, 1400000, 0));  // a view's address, or another sub-device's
    graph.deallocate(first, l1(1000, 1400000, 0));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 3000u);
}

TEST(CapturedGraph, AReusedBufferNodeIsTheNewestAllocation) {
    GraphText graph;
    graph.node("capture_start");
    const uint64_t buffer = graph.allocate(l1(1000, 1400000, 0));
    graph.deallocate(buffer, l1(0, 0, 0));
    graph.node("buffer_allocate", l1(500, 1300000, 0), {buffer});
    graph.deallocate(buffer, l1(0, 0, 0));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 0u);
    EXPECT_TRUE(use->coverage.complete);
}

TEST(CapturedGraph, AFreeWithoutConnectionsIsAGuessAndCounted) {
    GraphText graph;
    graph.node("capture_start").allocate(l1(1000, 1400000, 0));
    graph.allocate(l1(3000, 1300000, 0));
    graph.node("buffer_deallocate", l1(1000, 1400000, 0));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 3000u);
    EXPECT_TRUE(has_note(use->coverage, "1 free matched by address or size"));
    EXPECT_FALSE(use->coverage.complete);
}

TEST(CapturedGraph, BuffersFromBeforeTheCaptureAreShownApart) {
    GraphText graph;
    graph.node("capture_start").node("buffer", {{"size", 4096}, {"type", "DRAM"}});
    graph.deallocate(1, {{"size", 4096}, {"type", "DRAM"}});
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->earlier[static_cast<size_t>(Pool::kDram)].buffers, 1u);
    EXPECT_EQ(use->earlier[static_cast<size_t>(Pool::kDram)].bytes, 4096u);
    EXPECT_TRUE(use->chips.empty());
    EXPECT_FALSE(use->coverage.complete);
}

TEST(CapturedGraph, ACacheHitWithoutCircularBuffersMakesTheFigureALowerBound) {
    GraphText graph;
    graph.node("capture_start").start("op", {{"program_cache_hit", true}}).end("op");
    graph.allocate(l1(1000, 1400000, 1));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_TRUE(has_note(use->coverage, "1 operation ran a cached program"));
    const ImportedPeak& peak = use->chips.at(0).peak(Pool::kL1);
    EXPECT_FALSE(peak.with_cb_bytes);
    EXPECT_FALSE(peak.core->bytes);
    EXPECT_FALSE(peak.core->cb_bytes) << "never 0 of what is not told";
    EXPECT_EQ(peak.core->least(), 2048u);
    EXPECT_FALSE(use->coverage.complete);
}

TEST(CapturedGraph, AReportsDevicesGiveReservedBytesAndCapacity) {
    GraphText graph;
    graph.node("capture_start").node("tensor", tensor_on(1, {0})).allocate(l1(5000, 1400000, 1));
    graph.node("capture_end");
    const Json report = {{"capture_timestamp_ns", 1},
                         {"devices",
                          {{{"device_id", 0},
                            {"arch", "WORMHOLE_B0"},
                            {"l1_num_banks", 64},
                            {"l1_bank_size", 1395424},
                            {"worker_l1_size", 1499136},
                            {"num_dram_channels", 12}}}},
                         {"graph", graph.nodes()},
                         {"metadata", Json::object()},
                         {"version", 1}};
    const Result<ImportedUse> use = graph.import(report.dump());
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->version, "report 1, integers");
    const ImportedChip& chip = use->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 5000u);
    EXPECT_EQ(chip.peak(Pool::kL1).reserved_bytes, 2048u * 64);
    EXPECT_EQ(chip.use.pool(Pool::kL1).capacity_bytes, 64u * 1395424);
    EXPECT_EQ(chip.use.chip.arch, "WORMHOLE_B0");
    EXPECT_FALSE(graph.import()->chips.at(0).peak(Pool::kL1).reserved_bytes) << "unknown without the devices";
}

TEST(CapturedGraph, ACutCaptureSaysSo) {
    const Result<ImportedUse> use = GraphText().node("capture_start").start("op").import();
    ASSERT_TRUE(use);
    EXPECT_TRUE(has_note(use->coverage, "no capture_end"));
    EXPECT_FALSE(use->coverage.complete);
}

TEST(CoreRanges, BothSyntaxesAreCounted) {
    EXPECT_EQ(count_cores("{[(x=0,y=0) - (x=0,y=7)], [(x=1,y=0) - (x=1,y=3)]}"), 12u);
    EXPECT_EQ(count_cores("{[0-0 - 7-7]}"), 64u);
    EXPECT_EQ(count_cores("{[0-0 - 10-8], [0-9 - 3-9]}"), 103u);
    EXPECT_EQ(count_cores("{}"), 0u);
    for (const char* wrong :
         {"", "{", "[0-0 - 1-1]", "{[0-0 - 1-1]", "{[1-1 - 0-0]}", "{[0-0 - 99999999-1]}", "{[0-0 - 1-1]} x", "{,}"}) {
        EXPECT_FALSE(count_cores(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace ttmem
