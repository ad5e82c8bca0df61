// Captured graphs as text: what is refused with file, byte and reason, that the size of the reads changes nothing, and
// what cannot be read within one, which makes bounds.
#include "src/importers/captured_graph/captured_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "src/importers/captured_graph/reader.h"
#include "src/importers/input/json_window.h"
#include "tests/support/graph_text.h"

namespace ttmem {
namespace {

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

TEST(CapturedGraph, CircularBuffersThatCannotBeReadMakeABound) {
    for (const bool of_ranges : {true, false}) {
        Json unread = circular_buffer(500, "{[0-0 - 0-0]}", 1);
        unread.erase(of_ranges ? "core_range_set" : "size");
        GraphText graph;
        graph.node("capture_start").start("op").allocate(l1(1000, 1400000, 1));
        graph.node("circular_buffer_allocate", circular_buffer(300, "{[0-0 - 0-0]}", 1));
        graph.node("circular_buffer_allocate", unread);
        const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
        ASSERT_TRUE(use);
        const ImportedPeak& peak = use->chips.at(0).peak(Pool::kL1);
        EXPECT_FALSE(peak.with_cb_bytes);
        ASSERT_TRUE(peak.core);
        EXPECT_FALSE(peak.core->bytes);
        EXPECT_EQ(peak.core->least(), 2048u + 300);
        EXPECT_FALSE(use->chips[0].use.cb.resident_bytes);
        EXPECT_EQ(use->unread_circular_buffers, 1u);
        EXPECT_FALSE(use->coverage.complete);
    }
}

TEST(CapturedGraph, BuffersOfUnknownSizeMakeABoundAndNeverNothing) {
    Json unsized_one = l1(1, 1300000, 1);
    unsized_one.erase("size");
    unsized_one.erase("max_size_per_bank");
    GraphText graph;
    graph.node("capture_start").node("buffer", {{"type", "DRAM"}});
    graph.allocate(l1(1000, 1400000, 1));
    graph.allocate(unsized_one);
    const Result<ImportedUse> use = graph.node("capture_end").import();
    ASSERT_TRUE(use);
    const ImportedPeak& peak = use->chips.at(0).peak(Pool::kL1);
    EXPECT_FALSE(peak.requested_bytes);
    EXPECT_EQ(peak.least_requested_bytes, 1000u);
    ASSERT_TRUE(peak.core);
    EXPECT_FALSE(peak.core->bytes);
    EXPECT_EQ(peak.core->least(), 2048u);
    EXPECT_EQ(use->earlier[static_cast<size_t>(Pool::kDram)].unsized, 1u);
}

TEST(CapturedGraph, AllocationsOfAnUnknownMemoryLeaveNoPoolEmpty) {
    GraphText graph;
    graph.node("capture_start").start("op").node("buffer_allocate", {{"device_id", 1}}, {7});
    graph.node("circular_buffer_allocate", {{"device_id", 1}});
    const Result<ImportedUse> use = graph.end("op").node("capture_end").import();
    ASSERT_TRUE(use);
    EXPECT_EQ(use->allocations_without_pool, 1u);
    for (const ImportedChip& chip : use->chips) {
        EXPECT_FALSE(chip.peak(Pool::kL1).requested_bytes);
        EXPECT_FALSE(chip.peak(Pool::kL1).with_cb_bytes);
        EXPECT_FALSE(chip.use.pool(Pool::kL1).requested_bytes);
    }
}

}  // namespace
}  // namespace ttmem
