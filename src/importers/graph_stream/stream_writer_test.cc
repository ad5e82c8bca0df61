#include "src/importers/graph_stream/stream_writer.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "src/base/fd.h"

namespace ttmem {
namespace {

constexpr std::string_view kGraph = R"([
 {"connections": [1], "counter": 0, "node_type": "capture_start", "params": null},
 {"connections": [], "counter": 1, "node_type": "buffer", "params": {"size": 77, "type": "DRAM"}},
 {"connections": [], "counter": 2, "node_type": "function_start", "params": {"name": "ttnn.add"}},
 {"connections": [], "counter": 3, "node_type": "function_start", "params": {"name": "tt::tt_metal::create_device_tensor"}},
 {"connections": [], "counter": 4, "node_type": "buffer", "params": {"size": 4096, "type": "L1"}},
 {"connections": [4], "counter": 5, "node_type": "buffer_allocate",
  "params": {"size": 4096, "address": 0, "type": "L1", "buffer_type": 3, "layout": "HEIGHT_SHARDED", "num_cores": 8}},
 {"connections": [], "counter": 6, "node_type": "function_end", "params": {"name": "tt::tt_metal::create_device_tensor"}},
 {"connections": [1], "counter": 7, "node_type": "buffer_deallocate", "params": {"size": 0, "type": "DRAM"}},
 {"connections": [4], "counter": 8, "node_type": "buffer_deallocate", "params": {"size": 0, "type": "L1"}},
 {"connections": [], "counter": 9, "node_type": "function_end", "params": {"name": "ttnn.add"}}
])";

TEST(StreamWriter, WritesOneObjectPerLineInTheOrderOfTheGraph) {
    std::ostringstream out;
    const Result<StreamSummary> summary = write_captured_graph_as_stream(read_from_text(kGraph), "test.json", out);
    ASSERT_TRUE(summary) << summary.error().why;
    EXPECT_EQ(summary->events, 3u);
    EXPECT_EQ(summary->left_out, 0u);
    EXPECT_EQ(
        out.str(),
        R"({"seq":0,"prog":0,"ev":"alloc","id":"%1","bytes":4096,"mem":"l1_small","layout":"height_sharded","grid":[8,1],"op":"ttnn.add","loc":"node 5"})"
        "\n"
        R"({"seq":1,"prog":0,"ev":"free","id":"%arg1","bytes":77,"mem":"dram","preexisting":true,"op":"ttnn.add"})"
        "\n"
        R"({"seq":2,"prog":0,"ev":"free","id":"%1","bytes":4096,"mem":"l1_small","op":"ttnn.add"})"
        "\n");
}

TEST(StreamWriter, LeavesOutWhatHasNoBytesOrMemory) {
    std::ostringstream out;
    const Result<StreamSummary> summary = write_captured_graph_as_stream(
        read_from_text(R"([{"counter":0,"node_type":"buffer_allocate","params":{"type":"L1"}},
                           {"counter":1,"node_type":"buffer_allocate","params":{"size":5}}])"),
        "test.json", out);
    ASSERT_TRUE(summary);
    EXPECT_EQ(out.str(), "");
    EXPECT_EQ(summary->left_out, 2u);
}

TEST(StreamWriter, EveryEventHasAnOperationAndAllocationsAPlace) {
    std::ostringstream out;
    const std::string graph = R"([{"node_type":"buffer_allocate","params":{"size":5,"type":"L1"}}])";
    ASSERT_TRUE(write_captured_graph_as_stream(read_from_text(graph), "test.json", out));
    const auto event = nlohmann::json::parse(out.str());
    EXPECT_EQ(event["op"], "(no operation)");
    EXPECT_EQ(event["loc"], "allocation 1");
}

// Every free of a written stream must mean a live allocation of it, or be marked preexisting.
TEST(StreamWriter, StreamsOfRealGraphsAreConsistent) {
    const std::string folder = std::string(TTMEM_DATA_DIR) + "/graphs";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "there is no " << folder;
    const std::map<std::string, size_t> events = {{"matmul_normal_mode.json", 3},
                                                  {"conv2d.json", 26},
                                                  {"sharded_add.json", 2},
                                                  {"concat_2024_schema.json", 11},
                                                  {"ttnn_add_oldest_schema.json", 4}};
    for (const auto& [name, expected] : events) {
        const ScopedFd fd(::open((folder + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(fd) << name;
        std::stringstream out;
        const Result<StreamSummary> summary = write_captured_graph_as_stream(read_from_fd(fd.get()), name, out);
        ASSERT_TRUE(summary) << name;
        EXPECT_EQ(summary->events, expected) << name;
        std::map<std::string, uint64_t> live;
        for (std::string line; std::getline(out, line);) {
            const auto event = nlohmann::json::parse(line);
            if (event["ev"] == "alloc") {
                EXPECT_TRUE(live.emplace(event["id"], event["bytes"]).second) << name;
            } else if (!event.contains("preexisting")) {
                ASSERT_TRUE(live.contains(event["id"])) << name;
                EXPECT_EQ(live[event["id"]], event["bytes"]) << name;
                live.erase(event["id"]);
            }
        }
    }
}

}  // namespace
}  // namespace ttmem
