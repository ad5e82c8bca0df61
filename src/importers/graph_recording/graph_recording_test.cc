#include "src/importers/graph_recording/graph_recording.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/graph_text.h"

namespace ttmem {
namespace {

Recording recording_of(const GraphText& graph, std::optional<GraphDevice> device = std::nullopt) {
    GraphRecording sink("graph.json");
    if (device) sink.device(*device);
    EXPECT_TRUE(read_captured_graph(read_from_text(graph.nodes().dump()), "graph.json", sink));
    return sink.finish({});
}

std::vector<Event> events_of_graph(const Recording& recording) {
    std::vector<Event> events, block;
    while (recording.source->next(block)) events.insert(events.end(), block.begin(), block.end());
    recording.source->rewind();
    return events;
}

TEST(GraphRecording, HasWhatAGraphAllocatesAndFreesInItsOrder) {
    GraphText graph;
    graph.start("ttnn.add");
    const uint64_t first = graph.allocate(l1(4096, 100000, 0));
    graph.allocate(l1(8192, 200000, 0));
    graph.deallocate(first, l1(4096, 100000, 0));
    graph.end("ttnn.add");
    const Recording recording = recording_of(graph);
    const std::vector<Event> events = events_of_graph(recording);
    ASSERT_EQ(events.size(), 5u);
    EXPECT_EQ(events[0].kind, EventKind::kOperationBegun);
    EXPECT_EQ(recording.end.texts.at(events[0].name), "ttnn.add");
    EXPECT_EQ(events[1].kind, EventKind::kAllocated);
    EXPECT_EQ(events[1].address, 100000u);
    EXPECT_EQ(events[1].requested_bytes, 4096u);
    EXPECT_EQ(recording.end.texts.at(events[1].op), "ttnn.add");
    EXPECT_EQ(events[3].kind, EventKind::kFreed);
    EXPECT_EQ(events[3].subject, events[1].subject);
    EXPECT_EQ(events[4].kind, EventKind::kOperationEnded);
    ASSERT_EQ(recording.end.allocations.size(), 1u);
    EXPECT_EQ(recording.end.allocations[0].requested_bytes, 8192u);
    EXPECT_FALSE(recording.end.coverage.complete) << "what lived before is not in it";
}

TEST(GraphRecording, KnowsWhatIsReservedWhereItsDevicesAreDescribed) {
    GraphText graph;
    graph.allocate(l1(4096, 100000, 0));
    const std::vector<Event> guessed = events_of_graph(recording_of(graph));
    EXPECT_EQ(guessed.at(0).bytes_per_bank * guessed[0].banks, 4096u) << "as was requested";
    GraphDevice device;
    device.arch = "wormhole_b0";
    device.l1_banks = 64, device.l1_bytes_per_bank = 1 << 20;
    const Recording recording = recording_of(graph, device);
    const std::vector<Event> known = events_of_graph(recording);
    EXPECT_EQ(known.at(0).bytes_per_bank, 2048u);
    EXPECT_EQ(known[0].banks, 64u);
    EXPECT_EQ(recording.end.processes[0].chips.at(0).pool(Pool::kL1).capacity_bytes, uint64_t{64} << 20);
}

TEST(GraphRecording, HasTheChipsOfAMeshAsFarAsTheyAreTold) {
    GraphText graph;
    graph.allocate(l1(4096, 100000, 3));
    EXPECT_EQ(recording_of(graph).end.places.at(0).chips.size(), 1u);
    graph.node("tensor", tensor_on(3, {0, 1}));
    const Recording recording = recording_of(graph);
    EXPECT_EQ(recording.end.places.at(0).chips.size(), 2u);
    ASSERT_EQ(recording.end.processes[0].chips.size(), 2u);
    EXPECT_EQ(recording.end.processes[0].chips[1].chip.logical_id, 1u);
}

TEST(GraphRecording, SaysWhatItLeavesOut) {
    GraphText graph;
    graph.deallocate(77, l1(4096, 100000, 0));
    Json nameless = l1(4096, 0, 0);
    nameless.erase("size");
    graph.node("buffer_allocate", nameless);
    graph.node("function_end", {{"name", "of before"}});
    const Recording recording = recording_of(graph);
    EXPECT_EQ(recording.events, 0u);
    std::string notes;
    for (const std::string& note : recording.end.coverage.notes) notes += note + "\n";
    EXPECT_NE(notes.find("1 buffer of before it: freed"), std::string::npos) << notes;
    EXPECT_NE(notes.find("1 allocation left out"), std::string::npos) << notes;
}

TEST(GraphRecording, HasBoundsForFiguresWhereAnAllocationHasNoSize) {
    GraphText graph;
    graph.allocate(l1(4096, 100000, 0));
    EXPECT_FALSE(recording_of(graph).end.processes.at(0).coverage.misses_past());
    Json nameless = l1(4096, 200000, 0);
    nameless.erase("size");
    graph.node("buffer_allocate", nameless);
    const Recording recording = recording_of(graph);
    EXPECT_EQ(recording.end.allocations.size(), 1u);
    const Coverage& of_source = recording.end.processes.at(0).coverage;
    EXPECT_EQ(of_source.untracked_allocations, 1u);
    EXPECT_TRUE(of_source.misses_live());
    EXPECT_FALSE(of_source.complete);
    EXPECT_TRUE(recording.end.coverage.misses_past());
}

TEST(GraphRecording, DescribesNoBanksWhereAddressesAreNotTold) {
    GraphText graph;
    graph.allocate(l1(3 * 2048 - 1, 0, 0));
    GraphDevice device;
    device.l1_banks = 64, device.l1_bytes_per_bank = 1 << 20;
    const auto pools_of = [](const Recording& recording) { return recording.end.processes.at(0).chips.at(0); };
    const ChipUse described = pools_of(recording_of(graph, device));
    EXPECT_FALSE(described.chip.pools[static_cast<size_t>(Pool::kL1)]) << "a map would have all blocks at 0";
    EXPECT_EQ(described.pool(Pool::kL1).capacity_bytes, uint64_t{64} << 20);
    const std::vector<Event> events = events_of_graph(recording_of(graph));
    EXPECT_EQ(events.at(0).address, 0u);
    EXPECT_EQ(events[0].bytes_per_bank, 2048u) << "as the source says, without its devices too";
    EXPECT_EQ(events[0].banks, 3u) << "the fewest that hold it";
}

TEST(GraphRecording, OfAWholeGraphSaysWhatItsUseLacks) {
    GraphText graph;
    graph.node("buffer", {{"size", 4096}, {"type", "L1"}});
    graph.allocate(l1(4096, 0, 0));
    const auto recording = recording_of_graph(read_from_text(graph.nodes().dump()), "graph.json", "graph.json");
    ASSERT_TRUE(recording);
    const auto use = graph.import();
    ASSERT_TRUE(use);
    for (const std::string& note : use->coverage.notes) {
        const std::vector<std::string>& notes = recording->end.coverage.notes;
        EXPECT_EQ(std::count(notes.begin(), notes.end(), note), 1) << note;
    }
    std::string notes;
    for (const std::string& note : recording->end.coverage.notes) notes += note + "\n";
    EXPECT_NE(notes.find("1 of 1 allocation says address 0"), std::string::npos) << notes;
    EXPECT_NE(notes.find("1 buffer that the operations use existed before"), std::string::npos) << notes;
    EXPECT_NE(notes.find("a map of addresses leaves"), std::string::npos) << notes;
    EXPECT_FALSE(recording_of_graph(read_from_text("[{"), "graph.json", "graph.json"));
}

}  // namespace
}  // namespace ttmem
