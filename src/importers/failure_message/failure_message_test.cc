#include "src/importers/failure_message/failure_message.h"

#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "src/importers/failure_message/failure_scanner.h"

namespace ttmem {
namespace {

FailureMessage message_of(std::string_view text) {
    std::optional<FoundMessage> found = read_failure_message(text, true);
    EXPECT_TRUE(found.has_value()) << text;
    return found ? std::move(found->message) : FailureMessage{};
}

constexpr std::string_view kOldest =
    "Not enough space to allocate 24576 B DRAM buffer across 12 banks, where each bank needs to store 2048 B";

TEST(FailureMessage, ReadsTheOldestOutOfMemory) {
    const FailureMessage message = message_of(kOldest);
    FailureFigures expected;
    expected.requested_bytes = 24576;
    expected.buffer_type = "DRAM";
    expected.pool = Pool::kDram;
    expected.banks = 12;
    expected.bytes_per_bank = 2048;
    EXPECT_EQ(message.figures, expected);
    EXPECT_TRUE(message.complete);
    EXPECT_TRUE(message.missing.empty());
    EXPECT_EQ(message.text, "Out of Memory: " + std::string(kOldest));
    EXPECT_EQ(what_its_form_omits(message), "the size of a bank, and what was allocated and free in it");
}

TEST(FailureMessage, NumbersAndNamesThatABreakCutsAreWhole) {
    const FailureMessage below = message_of("Cannot allocate at an address below 31868\n8. Allocation at 305952");
    EXPECT_EQ(below.figures.lowest_address, 318688u);
    EXPECT_EQ(below.figures.address, 305952u);
    for (const char* text : {"Program size (90) too large for kernel config buffer (80) on TEN\nSIX\nafter",
                             "Program size (90) too large for kernel config buffer (80) on\nE       TENSIX"}) {
        EXPECT_EQ(message_of(text).figures.core_type, "TENSIX") << text;
    }
    const FailureMessage wrapped = message_of(
        "Not enough space after considering dependencies to allocate 640 B\nE       L1 across 64 banks (10 B per "
        "bank)");
    EXPECT_EQ(wrapped.figures.buffer_type, "L1");
    EXPECT_EQ(wrapped.figures.banks, 64u);
}

TEST(FailureMessage, ReadsBothSpellingsOfTheSizeOfABank) {
    for (const char* spelling : {", but bank size is only 4096 B", ", but bank size is 4096 B"}) {
        const FailureMessage message = message_of(std::string(kOldest) + spelling);
        EXPECT_EQ(message.figures.bank_bytes, 4096u);
        EXPECT_TRUE(message.complete);
        EXPECT_EQ(what_its_form_omits(message), "what was allocated and free in each bank");
    }
}

TEST(FailureMessage, ReadsTheNewestOutOfMemory) {
    const FailureMessage message = message_of(
        "Not enough space to allocate 100 B L1_SMALL buffer across 64 banks, where each bank needs to store 32 B, but "
        "bank "
        "size is 512 B (allocated: 496 B, free: 16 B, largest free block: 8 B) (assert.hpp:104)");
    EXPECT_EQ(message.figures.pool, Pool::kL1Small);
    EXPECT_EQ(message.figures.allocated_per_bank, 496u);
    EXPECT_EQ(message.figures.free_per_bank, 16u);
    EXPECT_EQ(message.figures.largest_free_per_bank, 8u);
    EXPECT_TRUE(message.complete);
    EXPECT_EQ(what_its_form_omits(message), "");
}

TEST(FailureMessage, ReadsTheFormsOfOverlappingAllocators) {
    const std::string first =
        "Not enough space after considering dependencies to allocate 640 B L1 across 10 banks (64 B per bank)";
    EXPECT_EQ(message_of(first).figures.bytes_per_bank, 64u);
    EXPECT_EQ(message_of(first).figures.buffer_type, "L1");
    EXPECT_TRUE(message_of(first).complete);
    const std::string second = first + ", bank size is 128 B (allocated: 32 B, free: 96 B, largest free block: 80 B)";
    EXPECT_EQ(message_of(second).figures.largest_free_per_bank, 80u);
    const FailureMessage third = message_of(
        second +
        ". After subtracting 2 dependency range(s) and 3 additional occupied range(s), 48 B remained placeable "
        "across 4 window(s), largest 16 B");
    EXPECT_EQ(third.figures.dependency_ranges, 2u);
    EXPECT_EQ(third.figures.occupied_ranges, 3u);
    EXPECT_EQ(third.figures.placeable_per_bank, 48u);
    EXPECT_EQ(third.figures.placeable_windows, 4u);
    EXPECT_EQ(third.figures.largest_placeable_per_bank, 16u);
    EXPECT_TRUE(third.complete);
}

TEST(FailureMessage, ReadsAClashInBothSpellingsOfCoreRanges) {
    for (const std::string range : {"[(x=0,y=1) - (x=7,y=9)]", "[0-1 - 7-9]"}) {
        const FailureMessage message = message_of(
            "Statically allocated circular buffers in program 12 clash with L1 buffers on core range " + range +
            ". L1 buffer allocated at 500 and static circular buffer region ends at 700\nbacktrace:");
        EXPECT_EQ(message.figures.kind, FailureKind::kCbClash);
        EXPECT_EQ(message.figures.program, 12u);
        EXPECT_EQ(message.figures.core_range, range);
        EXPECT_EQ(message.figures.cores, (CoreRange{0, 1, 7, 9}));
        EXPECT_EQ(message.figures.l1_buffer_address, 500u);
        EXPECT_EQ(message.figures.cb_region_end, 700u);
        EXPECT_TRUE(message.complete);
    }
}

TEST(FailureMessage, ReadsAnOverflowAndATraceRegion) {
    const FailureMessage overflow = message_of(
        "Statically allocated circular buffers on core range [0-0 - 3-0] grow to 900 B which is beyond max L1 size of "
        "800 B");
    EXPECT_EQ(overflow.figures.kind, FailureKind::kCbOverflow);
    EXPECT_EQ(overflow.figures.cb_region_end, 900u);
    EXPECT_EQ(overflow.figures.max_l1_bytes, 800u);
    EXPECT_TRUE(overflow.complete);
    const FailureMessage trace = message_of(
        "Creating trace buffers of size 53616640B on MeshDevice 1, but only 50000000B is allocated for trace region.");
    EXPECT_EQ(trace.figures.kind, FailureKind::kTraceRegion);
    EXPECT_EQ(trace.figures.trace_bytes, 53616640u);
    EXPECT_EQ(trace.figures.mesh, 1u);
    EXPECT_EQ(trace.figures.trace_region_bytes, 50000000u);
    EXPECT_TRUE(trace.complete);
}

TEST(FailureMessage, SaysWhatACutMessageLacksWhereverItIsCut) {
    const std::string whole =
        std::string(kOldest) + ", but bank size is 4096 B (allocated: 4000 B, free: 96 B, largest free block: 64 B)";
    const size_t needed = kOldest.size();
    for (size_t length = std::string_view("Not enough space to allocate 24576").size(); length < whole.size();
         ++length) {
        const FailureMessage message = message_of(whole.substr(0, length));
        EXPECT_EQ(message.complete, message.missing.empty()) << length;
        EXPECT_EQ(message.complete, message.cut_at.empty()) << length;
        EXPECT_TRUE(length >= needed || !message.complete) << length;
        EXPECT_FALSE(message.figures.largest_free_per_bank) << length;
    }
    EXPECT_TRUE(message_of(whole).complete);
    const FailureMessage cut = message_of(whole.substr(0, whole.size() - 3));
    EXPECT_EQ(cut.missing, std::vector<std::string>{"its largest free block"});
    EXPECT_TRUE(cut.cut_at.ends_with("largest free block: 64")) << cut.cut_at;
    EXPECT_EQ(cut.figures.free_per_bank, 96u);
    const FailureMessage earlier = message_of(whole.substr(0, whole.find(" B, free")));
    EXPECT_FALSE(earlier.figures.allocated_per_bank);
    EXPECT_EQ(earlier.missing, (std::vector<std::string>{"what is allocated in each bank", "what is free in each bank",
                                                         "its largest free block"}));
    const FailureMessage between = message_of(whole.substr(0, whole.find(", free")));
    EXPECT_EQ(between.figures.allocated_per_bank, 4000u);
    EXPECT_EQ(between.missing, (std::vector<std::string>{"what is free in each bank", "its largest free block"}));
}

TEST(FailureMessage, TakesNoFigureFromAClauseThatWasCut) {
    const FailureMessage message = message_of(
        "Statically allocated circular buffers in program 37 clash with L1 buffers on core range [(x=0,y=0) - "
        "(x=1,y=8)]. L1 "
        "buffer allocated at 118");
    EXPECT_EQ(message.figures.program, 37u);
    EXPECT_FALSE(message.figures.l1_buffer_address);
    EXPECT_EQ(message.missing,
              std::vector<std::string>{"the address of the L1 buffer and the end of the circular buffers"});
}

// A terminal cuts lines anywhere. A clash whose buffers end before they begin lost the end of its last number.
TEST(FailureMessage, FindsTheEndOfALastNumberInTheNextLine) {
    const std::string head =
        "Statically allocated circular buffers in program 1 clash with L1 buffers on core range [0-0 - 1-1]. L1 buffer "
        "allocated at "
        "5000 and static circular buffer region ends at ";
    EXPECT_EQ(message_of(head + "70\n08\nbacktrace:").figures.cb_region_end, 7008u);
    EXPECT_EQ(message_of(head + "7008\n12\n").figures.cb_region_end, 7008u);
    EXPECT_EQ(message_of(head + "7008\n2026-01-20 10:11:12.123 | info | next").figures.cb_region_end, 7008u);
    EXPECT_EQ(message_of(head + "70\n2026-01-20 10:11:12.123 | info | next").figures.cb_region_end, 70u);
}

TEST(FailureMessage, IsNotFoundInSourceCodeOrOtherText) {
    for (const char* text :
         {"Not enough space to allocate {} B {} buffer across {} banks", "Not enough space to allocate \" +",
          "Statically allocated circular buffers on core range {} grow to {} B",
          "Statically allocated circular buffers on core range [(x=# \"",
          "Statically allocated circular buffers in program {} clash", "Statically allocated",
          "Creating trace buffers of size {}B on MeshDevice {}", "Not enough", ""}) {
        EXPECT_FALSE(read_failure_message(text, true)) << text;
    }
}

TEST(FailureMessage, KeepsTypesItDoesNotKnow) {
    const FailureMessage message =
        message_of("Not enough space to allocate 8 B NVRAM buffer across 1 banks, where each bank needs to store 8 B");
    EXPECT_EQ(message.figures.buffer_type, "NVRAM");
    EXPECT_FALSE(message.figures.pool);
}

// Every message that was collected from public logs, with the fields that were noted beside it.
TEST(FailureMessage, ReadsEveryRecordedMessageExactly) {
    std::ifstream file(std::string(TTMEM_DATA_DIR) + "/messages/allocation_failures.jsonl");
    if (!file) GTEST_SKIP() << "no recorded messages in " << TTMEM_DATA_DIR;
    size_t messages = 0;
    for (std::string line; std::getline(file, line);) {
        const nlohmann::json record = nlohmann::json::parse(line);
        const std::string text = record["text"];
        SCOPED_TRACE(text);
        const Result<FailureScan> scan = scan_failures(read_from_text(text), "message");
        ASSERT_TRUE(scan);
        ASSERT_EQ(scan->failures.size(), 1u);
        const FailureMessage& message = scan->failures[0].message;
        const FailureFigures& f = message.figures;
        EXPECT_EQ(record["kind"], f.kind == FailureKind::kOutOfMemory ? "oom"
                                  : f.kind == FailureKind::kCbClash   ? "clash"
                                                                      : "cb_overflow");
        nlohmann::json fields = nlohmann::json::object();
        const std::map<std::string_view, std::string> kRecordedNames = {
            {"requested_bytes", "req"},       {"banks", "banks"},
            {"bytes_per_bank", "per"},        {"bank_bytes", "bank"},
            {"allocated_per_bank", "alloc"},  {"free_per_bank", "free"},
            {"largest_free_per_bank", "lfb"}, {"program", "prog"},
            {"l1_buffer_address", "l1"},      {"cb_region_end", f.kind == FailureKind::kCbOverflow ? "grow" : "end"},
            {"max_l1_bytes", "max"}};
        for (const NamedFigure& figure : kNamedFigures) {
            if (f.*figure.value) fields[kRecordedNames.at(figure.name)] = *(f.*figure.value);
        }
        if (!f.buffer_type.empty()) fields["type"] = f.buffer_type;
        if (!f.core_range.empty()) fields["cr"] = f.core_range;
        // The record calls a message complete that has all of its oldest form; two of those break off behind that, and
        // it has none of the figures before the break.
        const bool breaks_off =
            text.find("(allocated") != std::string::npos && text.find("block: ") == std::string::npos;
        if (breaks_off) {
            EXPECT_NE(text.find("(allocated: " + fields["alloc"].dump() + " B"), std::string::npos);
            fields.erase("alloc"), fields.erase("free");
        }
        EXPECT_EQ(fields, record["fields"]);
        EXPECT_EQ(message.complete, record["complete"].get<bool>() && !breaks_off);
        EXPECT_EQ(message.complete, message.missing.empty());
        ++messages;
    }
    EXPECT_EQ(messages, 175u);
}

// The table of what is in the buffer, of 0.81.1, stands on lines of its own; so do the figures' words.
TEST(FailureMessage, IsFollowedByTheTableOfAKernelConfigBuffer) {
    const std::string text =
        "Program size (74000) too large for kernel config buffer (70656) on TENSIX, 3344 B over:\n"
        "  runtime args                 9000\n  kernel text                  63912\n"
        "  text-sizing group, cores     [0-0 - 7-7]\nbacktrace:\n";
    const std::optional<FoundMessage> found = read_failure_message(text, true);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->message.complete);
    EXPECT_EQ(found->message.text, "Program size (74000) too large for kernel config buffer (70656) on TENSIX");
    EXPECT_EQ(found->message.figures.core_type, "TENSIX");
}

TEST(FailureMessage, IsNotWhatSourceCodePrints) {
    EXPECT_FALSE(
        read_failure_message("Cannot allocate persistent L1 on core {} after program-local L1 placement", true));
    EXPECT_TRUE(read_failure_message("Cannot allocate persistent L1 on core 3-4 after progra", true));
}

}  // namespace
}  // namespace ttmem
