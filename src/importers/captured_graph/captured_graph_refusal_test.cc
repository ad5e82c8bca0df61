// Captured graphs as text: what is refused with file, byte and reason, and that the size of the reads changes nothing.
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

}  // namespace
}  // namespace ttmem
