// docs/capture-format.md: its tables are those of the code, its example is what the writer writes, and the reader reads
// what the page says.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "src/capture/blocks.h"
#include "src/capture/capture_reader.h"
#include "src/capture/capture_writer.h"
#include "tests/docs/document.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

using capture::BlockHead;
using capture::FileHead;

Snapshot example_state() {
    Snapshot state;
    state.generated_at = 1'767'225'601'000'000'000;
    state.texts = {"", "ttnn.matmul"};
    Process process;
    process.ledger.value = 0x1011;
    process.pid = 4242;
    process.comm = "decode";
    process.level = "events";
    state.processes.push_back(process);
    Place place;
    place.kind = PlaceKind::kMesh;
    place.chips = {ChipId{0x0123456789abcdef}};
    place.opening = 4097;
    state.places.push_back(place);
    return state;
}

Event memory_event(EventKind kind, WallTime at, uint64_t order, uint64_t handle) {
    Event event;
    event.kind = kind;
    event.at = at;
    event.order = order;
    event.subject = handle;
    event.address = 350'240;
    event.requested_bytes = 524'288;
    event.bytes_per_bank = 45'056;
    event.banks = 12;
    event.data_banks = 12;
    event.op = 1;
    event.thread = 4242;
    event.allocation_class = AllocationClass::kTensor;
    return event;
}

// A tensor is allocated and freed, and then another one that stays.
std::vector<Event> example_events() {
    constexpr WallTime kBegin = 1'767'225'600'000'000'000;
    constexpr uint64_t kFirst = 0xa11ceull << 20 | 1, kSecond = 0xa11cfull << 20 | 1;
    return {memory_event(EventKind::kAllocated, kBegin, 1, kFirst),
            memory_event(EventKind::kFreed, kBegin + 1'000'000, 2, kFirst),
            memory_event(EventKind::kAllocated, kBegin + 2'000'000, 3, kSecond)};
}

std::vector<uint8_t> bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class CaptureExample : public testing::Test {
protected:
    void SetUp() override {
        Result<CaptureWriter> writer =
            CaptureWriter::create(path_, {.overwrite = false, .began_at = 1'767'225'600'000'000'000});
        ASSERT_TRUE(writer);
        Snapshot state = example_state();
        const std::vector<Event> events = example_events();
        ASSERT_TRUE(writer->write(state, {}, events, {}, true));
        Allocation allocation;
        allocation.handle = events[2].subject;
        allocation.requested_bytes = events[2].requested_bytes;
        state.allocations.push_back(allocation);
        ASSERT_TRUE(writer->finish(state, state.generated_at));
        made_ = bytes_of(path_);
        stated_ = Document("capture-format.md").bytes((made_.size() + 1024) / 16 * 16);
    }

    // The blocks of a file, decompressed: how zstd packs them differs between its versions.
    static std::vector<Bytes> payloads(std::vector<uint8_t>& file) {
        std::vector<Bytes> payloads;
        size_t at = sizeof(FileHead);
        while (at + sizeof(BlockHead) <= file.size()) {
            BlockHead head{};
            std::memcpy(&head, file.data() + at, sizeof head);
            if (!capture::is_plausible(head)) break;
            const auto begin = file.begin() + static_cast<ptrdiff_t>(at + sizeof head);
            const Bytes stored(begin, begin + head.stored_bytes);
            EXPECT_EQ(head.check, capture::check_of(head, stored.data()));
            EXPECT_TRUE(capture::unpack(head, stored, payloads.emplace_back()));
            at += sizeof head + head.stored_bytes;
        }
        file.resize(at);
        return payloads;
    }

    TemporaryDirectory folder_;
    const std::string path_ = (folder_.path() / "example.ttmem").string();
    std::vector<uint8_t> made_, stated_;
};

TEST_F(CaptureExample, IsWhatTheWriterWrites) {
    std::vector<uint8_t> made = made_;
    ASSERT_EQ(payloads(made), payloads(stated_)) << "docs/capture-format.md should have these lines in section 8:\n"
                                                 << hex_lines(made_);
    EXPECT_EQ(std::memcmp(made.data(), stated_.data(), sizeof(FileHead)), 0) << hex_lines(made_);
}

TEST_F(CaptureExample, IsReadAsThePageSays) {
    payloads(stated_);
    const std::string path = (folder_.path() / "stated.ttmem").string();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(stated_.data()), static_cast<std::streamsize>(stated_.size()));
    const Result<Capture> capture = open_capture(path);
    ASSERT_TRUE(capture);
    EXPECT_TRUE(capture->facts.finished);
    EXPECT_EQ(capture->facts.trouble, "");
    const Recording& recording = capture->recording;
    ASSERT_EQ(recording.end.processes.size(), 1u);
    EXPECT_EQ(recording.end.processes[0].pid, 4242u);
    EXPECT_EQ(recording.end.texts.at(1), "ttnn.matmul");
    ASSERT_EQ(recording.end.allocations.size(), 1u);
    std::vector<Event> events;
    ASSERT_TRUE(recording.source->next(events));
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].kind, EventKind::kAllocated);
    EXPECT_EQ(events[1].kind, EventKind::kFreed);
    EXPECT_EQ(events[1].requested_bytes, 524'288u);
    EXPECT_EQ(events[2].subject, 0xa11cfull << 20 | 1);
    EXPECT_EQ(events[2].at, 1'767'225'600'002'000'000);
}

// Rows of a table "offset | bytes | field", as numbers.
void expect_fields(const char* title, const std::vector<std::pair<size_t, size_t>>& fields) {
    const Section section = Document("capture-format.md").section(title);
    ASSERT_EQ(section.rows.size(), fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
        EXPECT_EQ(std::stoul(section.rows[i][0]), fields[i].first) << section.rows[i][2];
        EXPECT_EQ(std::stoul(section.rows[i][1]), fields[i].second) << section.rows[i][2];
    }
}

TEST(CaptureFormatPage, HeadsLieWhereItSays) {
    expect_fields("FileHead", {{offsetof(FileHead, magic), 8},
                               {offsetof(FileHead, major), 4},
                               {offsetof(FileHead, minor), 4},
                               {offsetof(FileHead, began_at), 8},
                               {offsetof(FileHead, reserved), 4},
                               {offsetof(FileHead, check), 4}});
    expect_fields("BlockHead", {{offsetof(BlockHead, magic), 4},
                                {offsetof(BlockHead, type), 4},
                                {offsetof(BlockHead, stored_bytes), 4},
                                {offsetof(BlockHead, raw_bytes), 4},
                                {offsetof(BlockHead, number), 8},
                                {offsetof(BlockHead, items), 4},
                                {offsetof(BlockHead, check), 4},
                                {offsetof(BlockHead, first_at), 8},
                                {offsetof(BlockHead, last_at), 8}});
}

TEST(CaptureFormatPage, HasAllColumnsAndTypes) {
    const Document page("capture-format.md");
    EXPECT_EQ(page.section("Columns").rows.size(), capture::kColumns);
    const Section types = page.section("BlockType");
    ASSERT_EQ(types.rows.size(), static_cast<size_t>(capture::BlockType::kEnd) + 4);
    EXPECT_EQ(types.rows[12][1], "plans");
    EXPECT_EQ(std::stoul(types.rows[12][0]), static_cast<size_t>(capture::BlockType::kPlans));
    EXPECT_EQ(types.rows[13][1], "plan_changes");
    EXPECT_EQ(std::stoul(types.rows[13][0]), static_cast<size_t>(capture::BlockType::kPlanChanges));
    EXPECT_EQ(types.rows[14][1], "stacks");
    EXPECT_EQ(std::stoul(types.rows[14][0]), static_cast<size_t>(capture::BlockType::kStacks));
    EXPECT_EQ(types.rows[15][1], "stacks_of_events");
    EXPECT_EQ(std::stoul(types.rows[15][0]), static_cast<size_t>(capture::BlockType::kStacksOfEvents));
    EXPECT_EQ(types.rows[6][1], "events");
    EXPECT_EQ(std::stoul(types.rows[6][0]), static_cast<size_t>(capture::BlockType::kEvents));
}

}  // namespace
}  // namespace ttmem
