// Captured graphs: each rule on a small graph made here, then the real ones.
#include "src/importers/captured_graph/captured_graph.h"
#include "src/importers/input/json_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/importers/captured_graph/cores.h"
#include "src/importers/captured_graph/places.h"

namespace ttmem {
namespace {

using Json = nlohmann::ordered_json;

// Builds graphs node by node, in the newest schema unless `text` is set.
class GraphText {
public:
    GraphText& start(const std::string& name, Json more = Json::object()) {
        more["name"] = name;
        return node("function_start", more);
    }
    GraphText& end(const std::string& name) { return node("function_end", {{"name", name}}); }

    // The buffer and its allocation; returns the buffer node's number.
    uint64_t allocate(Json params) {
        const uint64_t buffer = nodes_.size();
        node("buffer", {{"size", params["size"]}, {"type", params["type"]}});
        node("buffer_allocate", params, {buffer});
        return buffer;
    }
    GraphText& deallocate(uint64_t buffer, Json params) { return node("buffer_deallocate", params, {buffer}); }

    GraphText& node(const std::string& type, Json params = Json::object(), std::vector<uint64_t> connections = {}) {
        nodes_.push_back(
            {{"connections", connections}, {"counter", nodes_.size()}, {"node_type", type}, {"params", params}});
        return *this;
    }

    const Json& nodes() const { return nodes_; }

    Result<ImportedUse> import(std::string text = "") const {
        if (text.empty()) text = nodes_.dump(2);
        return import_captured_graph(read_from_text(text), "test.json");
    }

private:
    Json nodes_ = Json::array();
};

Json l1(uint64_t size, uint64_t address, uint32_t device) {
    return {{"address", address},        {"buffer_type", 1}, {"device_id", device}, {"layout", "INTERLEAVED"},
            {"max_size_per_bank", 2048}, {"num_cores", 0},   {"size", size},        {"type", "L1"}};
}

Json circular_buffer(uint64_t size, const std::string& cores, uint32_t device, const std::string& global = "0",
                     uint64_t address = 101152) {
    return {{"address", address},
            {"core_range_set", cores},
            {"device_id", device},
            {"globally_allocated", global},
            {"size", size}};
}

Json tensor_on(uint32_t mesh, std::vector<uint32_t> chips) {
    Json entries = Json::array();
    for (const uint32_t chip : chips)
        entries.push_back({{"address", 64}, {"device_id", chip}, {"mesh_device_id", mesh}});
    return {{"tensor_id", 1}, {"device_id", mesh}, {"device_tensors", entries.dump()}};
}

bool says(const ImportedUse& use, const std::string& part) {
    for (const std::string& note : use.coverage.notes) {
        if (note.find(part) != std::string::npos) return true;
    }
    return false;
}

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
    EXPECT_TRUE(says(*use, "2 of 2 allocations say address 0"));
}

TEST(CapturedGraph, AGarbageAddressIsFlagged) {
    GraphText graph;
    graph.node("capture_start").allocate(l1(1000, 1953396066, 1));
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_TRUE(says(*use, "1953396066"));
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
    EXPECT_TRUE(says(*use, "4,096 bytes per core stand on no core"));
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
    EXPECT_TRUE(says(*use, "taken to belong to the only mesh"));
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
    EXPECT_TRUE(says(*use, "1 free matched by address or size"));
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
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_TRUE(says(*use, "1 operation ran a cached program"));
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
    EXPECT_TRUE(says(*use, "no capture_end"));
    EXPECT_FALSE(use->coverage.complete);
}

struct Refusal {
    std::string text;
    uint64_t byte;
    std::string reason;
};

TEST(CapturedGraph, RefusesMalformedTextWithFileByteAndReason) {
    const std::vector<Refusal> refusals = {
        {"", 0, "nothing in it"},
        {"  hello", 2, "must begin here"},
        {R"([{"node_type":"buffer"},"license":{}])", 24, "a node (an object) must begin here"},
        {R"([{"node_type":"buffer"} {"node_type":"buffer"}])", 24, "a comma"},
        {R"([{"node_type":"buffer"},])", 24, "a node (an object) must begin here"},
        {R"([{"node_type":"buffer","params":{"size":12x}}])", 42, "invalid JSON"},
        {R"([{"node_type":"buffer"},{"node_type":"buf)", 24, "ends within a value"},
        {R"([{"node_type":"buffer"})", 23, "ends within the array"},
        {R"([{"node_type":"buffer"}]x)", 24, "more text"},
        {R"([{"params":{}}])", 1, "neither \"node_type\" nor \"name\""},
        {R"({"":)", 4, "a value is missing"},
        {R"({"version":1})", 13, "has no \"graph\""},
        {R"({"graph":{}})", 9, "must be an array"},
        {"[{\"node_type\":\"\xff\"}]", 15, "invalid JSON"},
    };
    for (const Refusal& refusal : refusals) {
        const Result<ImportedUse> use = import_captured_graph(read_from_text(refusal.text), "bad.json");
        ASSERT_FALSE(use) << refusal.text;
        EXPECT_NE(use.error().what.find("bad.json"), std::string::npos);
        EXPECT_NE(use.error().why.find("at byte " + std::to_string(refusal.byte)), std::string::npos)
            << refusal.text << ": " << use.error().why;
        EXPECT_NE(use.error().why.find(refusal.reason), std::string::npos) << refusal.text << ": " << use.error().why;
    }
}

// What an earlier read left in the window must not be taken for the value that is missing.
TEST(CapturedGraph, ACutTextIsRefusedForTheSameReasonWhateverTheSizeOfTheReads) {
    const std::string text = R"({"gg?{?p":[[{"a":"]["}],"b"],"version":{"x":[1]},"graph":[{"node_type":"buffer"}]})";
    for (size_t cut = 1; cut < text.size(); ++cut) {
        const std::string_view part = std::string_view(text).substr(0, cut);
        const Result<ImportedUse> whole = import_captured_graph(read_from_text(part), "cut.json");
        ASSERT_FALSE(whole) << part;
        for (const size_t most : {size_t{1}, size_t{2}, size_t{3}, size_t{7}}) {
            const ByteReader reader = read_from_text(part);
            const Result<ImportedUse> pieces = import_captured_graph(
                [&](char* to, size_t size) { return reader(to, std::min(size, most)); }, "cut.json");
            ASSERT_FALSE(pieces) << part;
            EXPECT_EQ(pieces.error().why, whole.error().why) << part;
        }
    }
}

TEST(CapturedGraph, AnyWindowGivesTheSameNodes) {
    GraphText graph;
    graph.node("capture_start").start("quote \" backslash \\ brackets ]}[{");
    const uint64_t buffer = graph.allocate(l1(4096, 1400000, 0));
    graph.deallocate(buffer, l1(4096, 1400000, 0)).end("x").node("capture_end");
    const std::string text = graph.nodes().dump(1);
    class Kinds : public GraphSink {
    public:
        void node(const GraphNode& node) override { kinds.push_back(node.kind); }
        std::vector<GraphNodeKind> kinds;
    };
    // A reader that gives few bytes at a time makes every place the end of the window once.
    for (size_t step = 1; step < 40; ++step) {
        const ByteReader whole = read_from_text(text);
        Kinds kinds;
        const Result<GraphFile> file = read_captured_graph(
            [&](char* to, size_t size) { return whole(to, std::min(size, step)); }, "test.json", kinds);
        ASSERT_TRUE(file) << step << file.error().why;
        EXPECT_EQ(kinds.kinds.size(), 7u);
        EXPECT_EQ(file->bytes, text.size());
    }
}

TEST(CapturedGraph, AVeryLongNodeIsRefusedNotKept) {
    const std::string text =
        R"([{"node_type":"buffer","arguments":[")" + std::string(JsonWindow::kMostValueBytes + 10, 'a') + "\"]}]";
    const Result<ImportedUse> use = import_captured_graph(read_from_text(text), "long.json");
    ASSERT_FALSE(use);
    EXPECT_NE(use.error().why.find("larger than 16 MiB"), std::string::npos);
}

TEST(CapturedGraph, IsRecognisedByContent) {
    EXPECT_TRUE(
        looks_like_captured_graph("[\n  {\n \"connections\": [1], \"counter\": 0, \"node_type\": \"capture_start\""));
    EXPECT_TRUE(looks_like_captured_graph("[{\"connections\": [1], \"counter\": 0, \"name\": \"capture_start\"}]"));
    EXPECT_TRUE(looks_like_captured_graph("{\"capture_timestamp_ns\": 12"));
    EXPECT_TRUE(looks_like_captured_graph("{\"version\":1,\"metadata\":{},\"graph\":["));
    EXPECT_FALSE(looks_like_captured_graph("{\"version\": 1, \"name\": \"package\"}"));
    EXPECT_FALSE(looks_like_captured_graph("[1, 2]"));
    EXPECT_FALSE(looks_like_captured_graph("{\"seq\": 0, \"ev\": \"alloc\"}"));
    EXPECT_FALSE(looks_like_captured_graph(""));
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

// The real captures.

std::string real(const std::string& name) { return std::string(TTMEM_DATA_DIR) + "/graphs/" + name; }

#define REQUIRE_REAL(name) \
    if (!std::filesystem::exists(real(name))) GTEST_SKIP() << "there is no " << real(name)

TEST(RealCapturedGraph, TheMatmulsCircularBuffersLieOnTheChipOfItsMesh) {
    REQUIRE_REAL("matmul_normal_mode.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("matmul_normal_mode.json"));
    ASSERT_TRUE(use) << use.error().why;
    ASSERT_EQ(use->chips.size(), 1u) << "buffers say device 1 (a mesh), circular buffers device 0 (its chip)";
    const ImportedChip& chip = use->chips[0];
    EXPECT_EQ(chip.use.chip.logical_id, 0u);
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 2097152u);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 2097152u + (131072u + 131072 + 524288) * 4);
    EXPECT_EQ(chip.peak(Pool::kDram).requested_bytes, 22528u) << "the program's binary";
    EXPECT_FALSE(chip.peak(Pool::kL1).reserved_bytes);
    EXPECT_EQ(use->operations, 4u);
    EXPECT_EQ(use->allocations, 2u);
    EXPECT_EQ(use->frees, 1u);
    EXPECT_EQ(use->cb_plans, 1u);
    EXPECT_EQ(use->earlier[static_cast<size_t>(Pool::kDram)].bytes, 2097152u);
}

TEST(RealCapturedGraph, TheConvolutionWasCapturedWithoutDispatch) {
    REQUIRE_REAL("conv2d.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("conv2d.json"));
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_TRUE(says(*use, "13 of 13 allocations say address 0"));
    ASSERT_EQ(use->chips.size(), 1u);
    const ImportedChip& chip = use->chips[0];
    EXPECT_EQ(chip.peak(Pool::kL1Small).requested_bytes, 2u * 1236 + 2 * 4120) << "its type says L1";
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 2795008u + 2097152);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes,
              2795008u + 2097152 + (12288u + 18432 + 12288 + 30720 + 4096 + 64) * 110);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_operation, "ttnn.conv2d > Conv2dDeviceOperation");
    EXPECT_EQ(chip.use.pool(Pool::kL1).requested_bytes, 0u) << "all is freed at the end";
    EXPECT_EQ(use->circular_buffers, 21u);
}

TEST(RealCapturedGraph, TheShardedAddsCircularBuffersAliasItsTensors) {
    REQUIRE_REAL("sharded_add.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("sharded_add.json"));
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 2097152u);
    EXPECT_EQ(use->circular_buffers, 3u);
}

TEST(RealCapturedGraph, TheConcatsFreesHaveNeitherSizeNorAddress) {
    REQUIRE_REAL("concat_2024_schema.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("concat_2024_schema.json"));
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->version, "text");
    EXPECT_EQ(use->allocations, 6u);
    EXPECT_EQ(use->frees, 5u);
    const ImportedChip& chip = use->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 33554432u);
    EXPECT_EQ(chip.use.pool(Pool::kL1).requested_bytes, 16777216u) << "the result stays";
    EXPECT_EQ(chip.use.pool(Pool::kDram).requested_bytes, 0u);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 33554432u + 4096 * 64);
    EXPECT_EQ(use->cb_plans, 3u);
}

TEST(RealCapturedGraph, TheOldestSchemasGarbageAddressIsFlagged) {
    REQUIRE_REAL("ttnn_add_oldest_schema.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("ttnn_add_oldest_schema.json"));
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->version, "name");
    EXPECT_TRUE(says(*use, "1953396066"));
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).requested_bytes, 2u * 24576);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 0u);
    EXPECT_EQ(use->cb_plans, 2u);
}

TEST(RealCapturedGraph, TheInvalidOneIsRefusedAtItsLicenceLine) {
    REQUIRE_REAL("invalid_as_committed.json");
    const Result<ImportedUse> use = import_captured_graph_file(real("invalid_as_committed.json"));
    ASSERT_FALSE(use);
    EXPECT_NE(use.error().what.find("invalid_as_committed.json"), std::string::npos);
    EXPECT_NE(use.error().why.find("at byte 14076"), std::string::npos) << use.error().why;
    EXPECT_NE(use.error().why.find("a node (an object) must begin here"), std::string::npos);
}

}  // namespace
}  // namespace ttmem
