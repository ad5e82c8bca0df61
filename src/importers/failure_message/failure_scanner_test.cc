#include "src/importers/failure_message/failure_scanner.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

const std::string kMessage =
    "Not enough space to allocate 24576 B DRAM buffer across 12 banks, where each bank needs to store 2048 B, but bank "
    "size is "
    "4096 B (allocated: 4000 B, free: 96 B, largest free block: 64 B)";
const std::string kOther =
    "Creating trace buffers of size 700B on MeshDevice 0, but only 500B is allocated for trace region.";

std::vector<FoundFailure> scan(std::string_view text) {
    Result<FailureScan> found = scan_failures(read_from_text(text), "log");
    EXPECT_TRUE(found);
    return found ? std::move(found->failures) : std::vector<FoundFailure>{};
}

std::vector<FoundFailure> scan_in_pieces(std::string_view text, size_t piece) {
    std::vector<FoundFailure> failures;
    FailureScanner scanner([&](FoundFailure failure) { failures.push_back(std::move(failure)); });
    for (size_t at = 0; at < text.size(); at += piece) scanner.feed(text.substr(at, piece));
    scanner.finish();
    return failures;
}

TEST(FailureScanner, FindsNothingInTextWithout) {
    EXPECT_TRUE(scan("").empty());
    EXPECT_TRUE(scan("No, Sir. Creating nothing; Not enough.\nSCN").empty());
}

TEST(FailureScanner, SaysWhereAFailureStands) {
    const std::vector<FoundFailure> found = scan("line one\nline two: Out of Memory: " + kMessage + "\nmore\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].line, 2u);
    EXPECT_EQ(found[0].offset, std::string_view("line one\nline two: Out of Memory: ").size());
    EXPECT_EQ(found[0].count, 1u);
    EXPECT_TRUE(found[0].message.complete);
}

// What a Python test prints: the logger, the exception with its traceback, the runner's summary that cuts it off.
TEST(FailureScanner, CountsTheSamePrintedAgainAsOne) {
    const std::string text =
        "2026-01-20 10:11:12.123 | critical |          Always | TT_FATAL: Out of Memory: " + kMessage +
        " (assert.hpp:104)\n"
        "E       RuntimeError: TT_FATAL @ /tt_metal/impl/allocator/bank_manager.cpp:430: false\n"
        "E       info:\n"
        "E       Out of Memory: " +
        kMessage + "\nE       backtrace:\n" +
        "FAILED test_one.py::test - RuntimeError: TT_FATAL ... Out of Memory: " + kMessage.substr(0, 80) + "\n";
    const std::vector<FoundFailure> found = scan(text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].count, 3u);
    EXPECT_EQ(found[0].line, 1u);
    EXPECT_TRUE(found[0].message.complete);
    EXPECT_GT(found[0].last_offset, found[0].offset);
}

TEST(FailureScanner, PrefersTheLongerPrinting) {
    const std::vector<FoundFailure> found = scan(kMessage.substr(0, 80) + "\n" + kMessage + "\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].count, 2u);
    EXPECT_EQ(found[0].offset, 0u);
    EXPECT_TRUE(found[0].message.complete);
}

TEST(FailureScanner, KeepsFailuresApartThatDifferOrAreFarApart) {
    std::string another = kMessage;
    another.replace(another.find("24576"), 5, "49152");
    const std::string far(FailureScanner::kSameFailureBytes + 1, '.');
    const std::vector<FoundFailure> found =
        scan(kMessage + "\n" + another + "\n" + kOther + "\n" + far + "\n" + kMessage);
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[1].message.figures.requested_bytes, 49152u);
    EXPECT_EQ(found[2].message.figures.kind, FailureKind::kTraceRegion);
    EXPECT_EQ(found[3].message.figures, found[0].message.figures);
}

TEST(FailureScanner, FindsMessagesInJson) {
    const std::vector<FoundFailure> found =
        scan("{\"error\": \"RuntimeError: TT_THROW @ /x.cpp:1: tt::exception\\ninfo:\\n\\u001b[31mOut of Memory: " +
             kMessage + "\\u001b[0m\\nbacktrace:\\n --- /lib/x.so\", \"other\": \"" + kOther + "\"}");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_TRUE(found[0].message.complete);
    EXPECT_EQ(found[1].message.figures.trace_region_bytes, 500u);
}

// However it is wrapped, and wherever the bytes happen to be divided.
TEST(FailureScanner, FindsAMessageThatIsWrappedAtAnyColumn) {
    for (size_t columns = 7; columns < kMessage.size(); ++columns) {
        std::string text = "Out of Memory: ";
        for (size_t at = 0; at < kMessage.size(); at += columns) text += kMessage.substr(at, columns) + "\n";
        const std::vector<FoundFailure> found = scan_in_pieces(text, 1 + columns % 5);
        ASSERT_EQ(found.size(), 1u) << text;
        EXPECT_EQ(found[0].message.text, "Out of Memory: " + kMessage) << text;
        EXPECT_TRUE(found[0].message.complete) << text;
    }
}

TEST(FailureScanner, FindsTheSameInPiecesAsAtOnce) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
        text += "line " + std::to_string(i) + " of nothing, but Some Nouns Count\n";
        if (i % 7 == 3) text += "[1,0]<stdout>:TT_FATAL: " + kMessage + std::to_string(i) + "\n";
        if (i % 7 == 5) text += kOther.substr(0, 30) + "\x1b[0m" + kOther.substr(30) + "\n";
    }
    const std::vector<FoundFailure> whole = scan(text);
    ASSERT_EQ(whole.size(), 2u);
    for (const size_t piece : {1, 2, 3, 17, 256, 1000}) {
        const std::vector<FoundFailure> pieces = scan_in_pieces(text, piece);
        ASSERT_EQ(pieces.size(), whole.size()) << piece;
        for (size_t i = 0; i < whole.size(); ++i) {
            EXPECT_EQ(pieces[i].offset, whole[i].offset);
            EXPECT_EQ(pieces[i].line, whole[i].line);
            EXPECT_EQ(pieces[i].count, whole[i].count);
            EXPECT_EQ(pieces[i].message.text, whole[i].message.text);
        }
    }
}

TEST(FailureScanner, CutsOffAtTheEndOfTheSource) {
    const std::vector<FoundFailure> found = scan("Out of Memory: Not enough space to allocate ");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_FALSE(found[0].message.complete);
    EXPECT_EQ(found[0].message.missing.size(), 4u);
}

TEST(FailureScanner, CountsWhatItDoesNotKeep) {
    std::string text;
    for (size_t i = 0; i < kMostFailures + 5; ++i) {
        text += "Creating trace buffers of size " + std::to_string(1000 + i) +
                "B on MeshDevice 0, but only 500B is allocated for trace region.\n";
    }
    Result<FailureScan> found = scan_failures(read_from_text(text), "log");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->failures.size(), kMostFailures);
    EXPECT_EQ(found->more, 5u);
    EXPECT_EQ(found->failures.back().line, kMostFailures);
}

TEST(FailureScanner, SaysWhereASourceStoppedReading) {
    int reads = 0;
    const ByteReader broken = [&](char* to, size_t) -> Result<size_t> {
        if (reads++ > 0) return Error{"cannot read the file", "Input/output error", ""};
        *to = 'x';
        return size_t{1};
    };
    const Result<FailureScan> found = scan_failures(broken, "run.log");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().what, "run.log cannot be read at byte 1: cannot read the file");
    EXPECT_EQ(found.error().why, "Input/output error");
}

}  // namespace
}  // namespace ttmem
