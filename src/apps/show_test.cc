// `ttmem show` and `ttmem explain FILE` on small sources of each kind, written here.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/shell_command.h"
#include "tests/support/shm_region_writer.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGraph = R"([
  {"counter": 0, "node_type": "capture_start", "params": {}, "connections": [1]},
  {"counter": 1, "node_type": "function_start", "params": {"name": "ttnn::add", "inputs": "0"}, "connections": [2]},
  {"counter": 2, "node_type": "buffer", "params": {"size": "4096", "type": "DRAM"}, "connections": [3]},
  {"counter": 3, "node_type": "buffer_allocate", "connections": [2], "params": {"address": "1024", "buffer_type": "0",
   "device_id": "0", "layout": "INTERLEAVED", "size": "4096", "type": "DRAM"}},
  {"counter": 4, "node_type": "buffer_deallocate", "connections": [2], "params": {"address": "1024",
   "buffer_type": "0", "device_id": "0", "layout": "INTERLEAVED", "size": "4096", "type": "DRAM"}},
  {"counter": 5, "node_type": "function_end", "params": {"name": "ttnn::add"}, "connections": [6]},
  {"counter": 6, "node_type": "capture_end", "params": {}, "connections": []}
])";

constexpr const char* kOutOfMemory =
    "RuntimeError: Out of Memory: Not enough space to allocate 12000 B DRAM buffer across 12 banks, where each bank "
    "needs to store 1000 B, but bank size is only 600 B\n";

constexpr const char* kLogLine =
    "RuntimeTTNN | DEBUG | KCM DRAM View - Banks: 12 Size: 1023 MB TotalBytesAllocatedPerBank: 61 MB FreePerBank: 962 "
    "MB ContiguousFreePerBank: 900 MB\n"
    "RuntimeTTNN | DEBUG | Executing operation: %1 = \"ttnn.typecast\"(%arg1)\n";

constexpr const char* kMemoryReport = R"json([{"debug_str": "%0 = \"ttnn.tan\"(%arg0)", "loc": "x", "dram": {
  "num_banks": 2, "total_bytes_per_bank": 1000, "total_bytes_allocated_per_bank": 400,
  "total_bytes_free_per_bank": 600, "largest_contiguous_bytes_free_per_bank": 600, "block_table": [
  {"address": "0", "size": "400", "allocated": "yes"}, {"address": "400", "size": "600", "allocated": "no"}]}}])json";

class ShowCommand : public ShellCommand {
protected:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
    }
};

TEST_F(ShowCommand, RecognisesACapturedGraphByItsContent) {
    write("x.log", kGraph);
    const Json json = ttmem("show x.log --json").json();
    EXPECT_EQ(json["schema"], "ttmem.show/1");
    EXPECT_EQ(json["format"], "ttnn-captured-graph");
    EXPECT_EQ(json["version"], "text");
    EXPECT_EQ(json["operations"], 1);
    EXPECT_EQ(json["allocations"], 1);
    EXPECT_EQ(json["frees"], 1);
    EXPECT_EQ(json["cb_plans"], 0);
    EXPECT_EQ(json["peak"][0]["pool"], "dram");
    EXPECT_EQ(json["peak"][0]["requested_bytes"], 4096);
    EXPECT_TRUE(json["peak"][0]["reserved_bytes"].is_null());
    EXPECT_EQ(json["peak"][0]["operation"], "ttnn::add");
    EXPECT_EQ(json["chips"][0]["name"], "mesh 0");

    EXPECT_EQ(
        ttmem("show -", "cat x.log |")
            .out.find(
                "Peak: dram 4.00 KiB per chip in ttnn::add.\nstandard input: ttnn-captured-graph, version text\n1 "),
        0u);
    EXPECT_EQ(ttmem("show - --json", "gzip -c x.log |").json()["allocations"], 1);
}

TEST_F(ShowCommand, WritesACapturedGraphAsAStream) {
    write("graph.json", kGraph);
    const Outcome outcome = ttmem("show graph.json --as-stream");
    EXPECT_EQ(outcome.code, 0);
    std::istringstream lines(outcome.out);
    std::string alloc, free, rest;
    ASSERT_TRUE(std::getline(lines, alloc) && std::getline(lines, free));
    EXPECT_FALSE(std::getline(lines, rest));
    EXPECT_EQ(Json::parse(alloc)["ev"], "alloc");
    EXPECT_EQ(Json::parse(alloc)["bytes"], 4096);
    EXPECT_EQ(Json::parse(free)["ev"], "free");

    write("report.json", kMemoryReport);
    const Outcome refused = ttmem("show report.json --as-stream");
    EXPECT_EQ(refused.code, 1);
    EXPECT_EQ(refused.out, "");
    EXPECT_NE(refused.err.find("only captured graphs"), std::string::npos);
}

TEST_F(ShowCommand, RecognisesARegionOfTtMetal) {
    const ShmRegionWriter region = ShmRegionWriter(2).ids(0xa0, 3).totals(4096, 512, 0, 0, 64);
    write("region", std::string(reinterpret_cast<const char*>(region.bytes().data()), region.bytes().size()));
    for (const Outcome& outcome : {ttmem("show region --json"), ttmem("show - --json", "cat region |")}) {
        const Json json = outcome.json();
        EXPECT_EQ(json["format"], "tt-metal-shm") << outcome.out;
        EXPECT_EQ(json["version"], "2");
        EXPECT_EQ(json["chips"][0]["chip_id"], "0xa0");
        EXPECT_EQ(json["chips"][0]["pools"]["dram"]["requested_bytes"], 4096);
        EXPECT_TRUE(json["operations"].is_null());
        EXPECT_TRUE(json["allocations"].is_null());
        EXPECT_EQ(json["peak"], Json::array());
    }
}

TEST_F(ShowCommand, RecognisesAReportOfTtnnAsFileAndFolder) {
    fs::create_directory(file("report"));
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file("report/db.sqlite").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database,
                           "CREATE TABLE operations (operation_id int, name text, duration float);"
                           "CREATE TABLE devices (device_id int);"
                           "CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, "
                           "buffer_type int);"
                           "INSERT INTO operations VALUES (1, 'ttnn.add', 0.5);",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
    for (const char* words : {"show report --json", "show report/db.sqlite --json"}) {
        const Outcome outcome = ttmem(words);
        ASSERT_EQ(outcome.code, 0) << outcome.out;
        EXPECT_EQ(outcome.json()["format"], "ttnn-report");
        EXPECT_EQ(outcome.json()["operations"], 1);
    }
    const Outcome piped = ttmem("show -", "cat report/db.sqlite |");
    EXPECT_EQ(piped.code, 1);
    EXPECT_NE(piped.err.find("standard input is a database"), std::string::npos);
}

TEST_F(ShowCommand, RecognisesAMemoryReportOfTtMlir) {
    write("report", kMemoryReport);
    const Json json = ttmem("show report --json").json();
    EXPECT_EQ(json["format"], "tt-mlir-memory-report");
    EXPECT_EQ(json["peak"][0]["reserved_bytes"], 800);
    EXPECT_EQ(json["peak"][0]["operation"], "ttnn.tan");
}

TEST_F(ShowCommand, OfALogItTellsTheStatesAndTheFailures) {
    write("log", std::string(kLogLine) + kOutOfMemory);
    const Json json = ttmem("show log --json").json();
    EXPECT_EQ(json["format"], "tt-mlir-log");
    EXPECT_EQ(json["operations"], 1);
    ASSERT_EQ(json["failures"].size(), 1u);
    EXPECT_EQ(json["failures"][0]["line"], 3);
}

TEST_F(ShowCommand, MessagesAreFailuresWithFiguresAndExplanation) {
    write("text", std::string("some words\n") + kOutOfMemory);
    const Json json = ttmem("show text --json").json();
    EXPECT_EQ(json["format"], "tt-metal-failure-messages");
    EXPECT_TRUE(json["version"].is_null());
    EXPECT_TRUE(json["operations"].is_null());
    const Json& failure = json["failures"][0];
    EXPECT_EQ(failure["kind"], "out_of_memory");
    EXPECT_EQ(failure["requested_bytes"], 12000);
    EXPECT_EQ(failure["bank_bytes"], 600);
    EXPECT_TRUE(failure["free_per_bank"].is_null());
    EXPECT_EQ(failure["explanation"]["cause"], "larger_than_bank");
    EXPECT_NE(ttmem("show text").out.find("Line 2: out of memory\n"), std::string::npos);
}

TEST_F(ShowCommand, WhatItDoesNotKnowIsRefusedWithTheReason) {
    write("text", "nothing of interest\n");
    const Outcome outcome = ttmem("show text");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.find("ttmem: text holds nothing that ttmem knows\n  why:  its 20 bytes are no"), 0u)
        << outcome.err;
    EXPECT_NE(outcome.err.find("\n  next: ttmem show --help"), std::string::npos);
    EXPECT_EQ(ttmem("show no-such-file").code, 1);
    EXPECT_EQ(ttmem("show").code, 2);
    write("broken", std::string(kGraph).substr(0, 400));
    EXPECT_NE(ttmem("show broken").err.find("at byte"), std::string::npos);
}

TEST_F(ShowCommand, ExplainTellsWhyAnAllocationFailed) {
    write("log", kOutOfMemory);
    const Outcome text = ttmem("explain log");
    EXPECT_EQ(text.code, 0) << text.err;
    EXPECT_EQ(
        text.out.find(
            "Too large for DRAM, whatever else the chip holds: 1,000 B per bank, and an empty one has 600 B; split "
            "it, or spread it over more chips.\nlog: 1 failed allocation\n\nLine 1: out of memory\n  "
            "12,000 B of DRAM in 12 banks"),
        0u)
        << text.out;
    const Json json = ttmem("explain - --json", "cat log |").json();
    EXPECT_EQ(json["schema"], "ttmem.explain/1");
    EXPECT_EQ(json["failures"][0]["explanation"]["cause"], "larger_than_bank");
    EXPECT_TRUE(json["failures"][0]["explanation"]["holders"].is_null());

    write("other", "all is well\n");
    EXPECT_EQ(ttmem("explain other").code, 1);
    write("1024", kOutOfMemory);
    const Json address = ttmem("explain 1024 --json").json();
    EXPECT_EQ(address["address"], 1024) << "a number is an address, whatever files there are";
    EXPECT_FALSE(address.contains("failures"));
}

}  // namespace
}  // namespace ttmem
