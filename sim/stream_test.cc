#include "sim/stream.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sim/error.h"
#include "sim/stream_maker.h"

namespace ttmem::sim {
namespace {

const std::string kAlloc =
    R"({"seq": 0, "prog": 0, "ev": "alloc", "id": "%0", "bytes": 4096, "mem": "dram", "layout": "interleaved", )"
    R"("grid": [1, 1], "op": "ttnn.add"})"
    "\n";

Stream read_text(const std::string& text) {
    std::istringstream input(text);
    return read_stream(input, "s.jsonl");
}

std::string refusal(const std::string& text) {
    try {
        read_text(text);
    } catch (const Refused& refused) {
        return refused.what();
    }
    return "accepted";
}

// The first line with one part of it replaced.
std::string with(const std::string& part, const std::string& replacement) {
    std::string text = kAlloc;
    const size_t position = text.find(part);
    EXPECT_NE(position, std::string::npos) << part;
    return text.replace(position, part.size(), replacement);
}

TEST(Stream, IsReadInOrder) {
    const Stream stream = read_text(
        kAlloc +
        R"({"seq": 2, "prog": 0, "ev": "free", "id": "%arg1", "bytes": 64, "mem": "l1", "preexisting": true, )"
        R"("op": "ttnn.deallocate"})"
        "\n\n"
        R"({"seq": 3, "ev": "dram_view", "banks": 12, "allocated_mb": 61})"
        "\n"
        R"({"seq": 4, "prog": 0, "ev": "free", "id": "%0", "bytes": 4096, "mem": "dram", "op": "ttnn.deallocate"})");
    ASSERT_EQ(stream.events.size(), 4u);
    EXPECT_EQ(stream.tensors.size(), 2u);
    EXPECT_TRUE(stream.tensors[1].preexisting);
    EXPECT_EQ(stream.events[2].kind, StreamEvent::Kind::kDramView);
    EXPECT_EQ(stream.events[3].line, 5u);
    EXPECT_EQ(stream.events[3].tensor, 0u);
    EXPECT_EQ(stream.ops, (std::vector<std::string>{"ttnn.add", "ttnn.deallocate"}));
    EXPECT_EQ(stream.dram_banks, 12u);
}

TEST(Stream, AnIdMayBeUsedAgainAndByAnotherProgram) {
    const std::string free =
        R"({"seq": 1, "prog": 0, "ev": "free", "id": "%0", "bytes": 4096, "mem": "dram", "op": "d"})"
        "\n";
    EXPECT_EQ(refusal(kAlloc + free + with("\"seq\": 0", "\"seq\": 2")), "accepted");
    EXPECT_EQ(refusal(kAlloc + with("\"seq\": 0, \"prog\": 0", "\"seq\": 2, \"prog\": 1")), "accepted");
}

TEST(Stream, AReportBelongsToTheProgramOfItsOp) {
    const std::string view = R"(, "ev": "dram_view", "banks": 12, "allocated_mb": 1})"
                             "\n";
    const Stream stream =
        read_text("{\"seq\": 0" + view + with("\"seq\": 0, \"prog\": 0", "\"seq\": 1, \"prog\": 4") + "{\"seq\": 2" +
                  view + with("\"seq\": 0, \"prog\": 0", "\"seq\": 3, \"prog\": 5") + "{\"seq\": 4" + view);
    std::vector<uint32_t> programs;
    for (const StreamEvent& event : stream.events) programs.push_back(event.program);
    EXPECT_EQ(programs, (std::vector<uint32_t>{4, 4, 4, 5, 5}));
}

TEST(Stream, MalformedLinesAreRefusedWithFileLineAndReason) {
    EXPECT_EQ(refusal(kAlloc + "{\"seq\": 1, \n").substr(0, 32), "s.jsonl:2: not a JSON object: Th");
    EXPECT_EQ(refusal("[1, 2]").substr(0, 28), "s.jsonl:1: not a JSON object");
    EXPECT_EQ(refusal(with("\"mem\": \"dram\", ", "")), "s.jsonl:1: field \"mem\" is missing");
    EXPECT_EQ(refusal(with("\"prog\": 0, ", "")), "s.jsonl:1: field \"prog\" is missing");
    EXPECT_EQ(refusal(with("\"grid\": [1, 1], ", "")), "s.jsonl:1: field \"grid\" is missing");
    EXPECT_EQ(refusal(with("[1, 1]", "[8, 0]")), "s.jsonl:1: field \"grid\" must be two whole numbers from 1 to 4095");
    EXPECT_EQ(refusal(with("[1, 1]", "[8]")), "s.jsonl:1: field \"grid\" must be two whole numbers from 1 to 4095");
    EXPECT_EQ(refusal(with("4096", "-5")),
              "s.jsonl:1: field \"bytes\" must be a whole number from 1 to 17592186044415, not -5");
    EXPECT_EQ(refusal(with("4096", "0")),
              "s.jsonl:1: field \"bytes\" must be a whole number from 1 to 17592186044415, not 0");
    EXPECT_EQ(refusal(with("4096", "17592186044416")),
              "s.jsonl:1: field \"bytes\" must be a whole number from 1 to 17592186044415, not 17592186044416");
    EXPECT_NE(refusal(with("4096", "\"4096\"")), "accepted");
    EXPECT_NE(refusal(with("4096", "40.5")), "accepted");
    EXPECT_NE(refusal(with("4096", "99999999999999999999999")), "accepted");
    EXPECT_EQ(refusal(with("\"alloc\"", "\"realloc\"")),
              "s.jsonl:1: event \"realloc\" is unknown; known are alloc, free and dram_view");
    EXPECT_EQ(refusal(with("\"dram\"", "\"sram\"")),
              "s.jsonl:1: memory \"sram\" is unknown; known are dram, l1, l1_small, trace and system_memory");
    EXPECT_NE(refusal(with("interleaved", "scattered")).find("layout \"scattered\" is unknown"), std::string::npos);
    EXPECT_EQ(refusal(with("\"ttnn.add\"", "\"\"")), "s.jsonl:1: field \"op\" must be a text, not \"\"");
    EXPECT_EQ(refusal(kAlloc + kAlloc), "s.jsonl:2: seq 0 does not follow 0");
    EXPECT_EQ(refusal(kAlloc + with("\"seq\": 0", "\"seq\": 1")), "s.jsonl:2: id \"%0\" of program 0 is live already");
}

TEST(Stream, FreesMustMatchTheirAllocations) {
    const auto free = [](const std::string& id, const std::string& rest) {
        return R"({"seq": 1, "prog": 0, "ev": "free", "id": ")" + id + "\", " + rest + R"(, "op": "d"})";
    };
    EXPECT_EQ(refusal(free("%7", R"("bytes": 64, "mem": "dram")")),
              "s.jsonl:1: id \"%7\" of program 0 is not live and not marked preexisting");
    EXPECT_EQ(refusal(kAlloc + free("%0", R"("bytes": 64, "mem": "dram")")),
              "s.jsonl:2: id \"%0\" was allocated with 4096 B of dram, and is freed with 64 B of dram");
    EXPECT_EQ(refusal(kAlloc + free("%0", R"("bytes": 4096, "mem": "l1")")),
              "s.jsonl:2: id \"%0\" was allocated with 4096 B of dram, and is freed with 4096 B of l1");
    EXPECT_EQ(refusal(kAlloc + free("%0", R"("bytes": 4096, "mem": "dram", "preexisting": true)")),
              "s.jsonl:2: id \"%0\" is marked preexisting, but the stream allocated it");
    EXPECT_EQ(refusal(kAlloc + free("%0", R"("bytes": 4096, "mem": "dram", "preexisting": 1)")),
              "s.jsonl:2: field \"preexisting\" must be true or false");
}

TEST(Stream, AFileThatIsNotThereOrEmptyIsRefused) {
    EXPECT_THROW(read_stream(std::string("/proc/absent/s.jsonl")), Refused);
    EXPECT_THROW(read_stream(std::string("/dev/null")), Refused);
    EXPECT_THROW(read_stream(std::string("/tmp")), Refused);
}

TEST(MakeStream, MakesWellFormedStreamsOfTheLengthAskedFor) {
    for (uint64_t seed = 0; seed < 20; seed++) {
        for (const uint64_t events : {uint64_t{1}, uint64_t{2}, uint64_t{7}, uint64_t{1000}}) {
            std::ostringstream text, again;
            make_stream(text, seed, events);
            make_stream(again, seed, events);
            EXPECT_EQ(text.str(), again.str());
            EXPECT_EQ(read_text(text.str()).events.size(), events) << "seed " << seed;
        }
    }
}

}  // namespace
}  // namespace ttmem::sim
