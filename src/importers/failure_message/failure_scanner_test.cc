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
    FailureScanner scanner;
    for (size_t at = 0; at < text.size(); at += piece) scanner.feed(text.substr(at, piece));
    return scanner.finish().failures;
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
    EXPECT_EQ(found[0].times, 1u);
    EXPECT_EQ(found[0].first_time, "2026-01-20 10:11:12.123");
    EXPECT_EQ(found[0].test, "test_one.py::test");
}

TEST(FailureScanner, PrefersTheLongerPrinting) {
    const std::vector<FoundFailure> found = scan(kMessage.substr(0, 80) + "\n" + kMessage + "\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].count, 2u);
    EXPECT_EQ(found[0].offset, 0u);
    EXPECT_TRUE(found[0].message.complete);
}

TEST(FailureScanner, KeepsFailuresApartThatDifferAndJoinsEchoesAtAnyDistance) {
    std::string another = kMessage;
    another.replace(another.find("24576"), 5, "49152");
    const std::string far(200000, '.');
    const std::vector<FoundFailure> found =
        scan(kMessage + "\n" + another + "\n" + kOther + "\n" + far + "\n" + kMessage);
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].count, 2u);
    EXPECT_EQ(found[0].times, 1u);
    EXPECT_EQ(found[1].message.figures.requested_bytes, 49152u);
    EXPECT_EQ(found[2].message.figures.kind, FailureKind::kTraceRegion);
}

std::string logged(int second, const std::string& message = kMessage) {
    return "2026-01-20 10:11:" + std::to_string(10 + second) +
           ".120 | critical |          Always | TT_FATAL: Out of Memory: " + message + " (assert.hpp:104)\n";
}

TEST(FailureScanner, EachTimeOfTheLoggerIsAThrowAndTheRestEchoes) {
    std::string text =
        "RuntimeError: Out of Memory: " + kMessage + "\n";  // written before the logger's line is flushed
    for (int second = 0; second < 7; ++second) text += logged(second) + "E   Out of Memory: " + kMessage + "\n";
    text += "----- Captured stdout call -----\n" + logged(0) + logged(6);
    const std::vector<FoundFailure> found = scan(text);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].times, 7u);
    EXPECT_EQ(found[0].count, 17u);
    EXPECT_EQ(found[0].first_time, "2026-01-20 10:11:10.120");
    EXPECT_EQ(found[0].last_time, "2026-01-20 10:11:16.120");
}

TEST(FailureScanner, PrefixesOfCarriersAreNoTimesOfTheirOwn) {
    const std::string plain = "TT_FATAL: Out of Memory: " + kMessage + "\n";
    for (const std::string prefix :
         {"2026-07-06T01:00:0#.1234567Z ", "web-1  | ", "(RayWorker pid=#, ip=10.0.0.1) ",
          "[1,#]<stderr>:", "[pod/a-#/main] ", "E       ", "2026-07-06T01:0#:00.5Z stderr F "}) {
        std::string text;
        for (int i = 0; i < 3; ++i) {
            std::string head = prefix;
            if (const size_t at = head.find('#'); at != std::string::npos) head[at] = static_cast<char>('1' + i);
            text += head + logged(0) + head + plain;
        }
        const std::vector<FoundFailure> found = scan(text);
        ASSERT_EQ(found.size(), 1u) << prefix;
        const bool names_process = prefix.find("pid=#") != std::string::npos || prefix.starts_with("[");
        EXPECT_EQ(found[0].times, names_process ? 3u : 1u) << prefix;
        EXPECT_EQ(found[0].count, 6u) << prefix;
        EXPECT_EQ(found[0].first_time, "2026-01-20 10:11:10.120") << prefix;
    }
}

TEST(FailureScanner, OtherLoggersCountWhereTheRuntimesOwnIsAbsentAndTimeLiesBetween) {
    const auto line = [](const std::string& time) {
        return "ERROR 06-24 " + time + " [engine.py:163] Out of Memory: " + kMessage + "\n";
    };
    EXPECT_EQ(scan(line("19:34:13") + line("19:34:15")).at(0).times, 1u);
    EXPECT_EQ(scan(line("19:34:13") + line("19:44:15") + line("19:44:16")).at(0).times, 2u);
    EXPECT_EQ(scan(line("19:34:13") + logged(1) + line("19:44:15")).at(0).times, 1u);
}

TEST(FailureScanner, NamesTheOperationOutOfTheBacktraceAndTheTestAndModelOutOfTheLog) {
    const std::string message = "E   Out of Memory: " + kMessage + "\nE   backtrace:\n";
    const auto operation = [&](const std::string& frame) {
        return scan(message + "E    --- tt::tt_metal::Buffer::allocate_impl()\nE    --- " + frame + "\n")
            .at(0)
            .operation;
    };
    EXPECT_EQ(operation("ttnn::operations::x::PermuteDeviceOperation::create_output_tensors(ttnn::a const&)"),
              "PermuteDeviceOperation");
    EXPECT_EQ(
        operation("void ttnn::device_operation::detail::launch<ttnn::operations::conv::Conv2dDeviceOperation>(a)"),
        "Conv2dDeviceOperation");
    EXPECT_EQ(operation("ttnn::prim::concat(std::vector<int> const&)"), "ttnn::prim::concat");
    EXPECT_EQ(operation("/lib/libc.so.6(+0x1234) [0x7f00]"), "");
    const FoundFailure found =
        scan("vllm serve --model org/some-model-8b\n____ test_decode[32-bf16] ____\n" + message).at(0);
    EXPECT_EQ(found.model, "org/some-model-8b");
    EXPECT_EQ(found.test, "test_decode[32-bf16]");
}

// As loguru and Python's logging print an exception: the time stands above its traceback.
TEST(FailureScanner, TakesTheTimeOfATracebackFromTheLoggersLineAboveIt) {
    const auto caught = [](const std::string& time) {
        return "2026-06-24 " + time +
               ".716 | ERROR    | app:serve:45 - An error has been caught in function 'serve'\n\n"
               "Traceback (most recent call last):\n  File \"a.py\", line 1, in serve\n"
               "RuntimeError: TT_THROW @ /x.cpp:1: tt::exception\ninfo:\nOut of Memory: " +
               kMessage + "\nbacktrace:\n --- x\n";
    };
    const std::vector<FoundFailure> found =
        scan(caught("19:34:13") + "noise\n" + caught("19:44:15") + caught("19:44:16"));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].times, 2u);
    EXPECT_EQ(found[0].count, 3u);
    EXPECT_EQ(found[0].first_time, "2026-06-24 19:34:13.716");
    // A traceback that no logger's line stands above has no time.
    EXPECT_EQ(
        scan("2026-06-24 19:34:13.716 | ERROR | a:b:1 - x\nnoise\nTraceback (most recent call last):\n" + kMessage)
            .at(0)
            .first_time,
        "");
}

TEST(FailureScanner, DoubtsANumberAtWhichTheTextEnds) {
    const std::string clash =
        "Statically allocated circular buffers in program 7 clash with L1 buffers on core range [0-0 - 7-7]. L1 buffer "
        "allocated at 110592 and static circular buffer region ends at 1245184";
    const auto doubted = [](const std::string& text) { return scan(text).at(0).message.figures.last_may_be_cut; };
    EXPECT_TRUE(doubted(clash));
    EXPECT_TRUE(doubted(clash + "... [truncated]\n"));
    EXPECT_FALSE(doubted(clash + "\n"));
    EXPECT_FALSE(doubted(clash + " (assert.hpp:104)"));
    EXPECT_FALSE(doubted("\"" + clash + "\""));
    EXPECT_FALSE(doubted(kMessage));
    const std::vector<FoundFailure> both = scan(clash + "\n" + clash.substr(0, clash.size() - 2));
    ASSERT_EQ(both.size(), 1u);  // one printing was cut
    EXPECT_EQ(both[0].message.figures.cb_region_end, 1245184u);
    EXPECT_FALSE(both[0].message.figures.last_may_be_cut);
}

TEST(FailureScanner, KnowsHowFarTheCachesWere) {
    const std::string bar =
        "Allocating TT kv caches for each layer:   0%|          | 0/32 [00:00<?, ?it/s]\r"
        "Allocating TT kv caches for each layer:  38%|###8      | 12/32 [00:04<00:07,  2.61it/s]\n";
    const FoundFailure found = scan(bar + "Out of Memory: " + kMessage + "\n").at(0);
    ASSERT_TRUE(found.progress);
    EXPECT_EQ(found.progress->label, "Allocating TT kv caches for each layer");
    EXPECT_EQ(found.progress->done, 12u);
    EXPECT_EQ(found.progress->total, 32u);
    EXPECT_FALSE(scan("Downloading: 38%|###8  | 12/32 [00:04<00:07]\nOut of Memory: " + kMessage).at(0).progress);
    EXPECT_FALSE(scan("Loading weights: 100%|####| 32/32 [00:04<00:07]\nOut of Memory: " + kMessage).at(0).progress);
}

TEST(FailureScanner, TakesAKnownMessageUnderAnyPrefixForNoUnknownOne) {
    const std::string head = "2026-05-04T15:31:52.7161234Z E       ";
    std::string text = head + "before\n" + head + "TT_FATAL: Out of Memory: ";
    for (size_t at = 0; at < kMessage.size(); at += 20) text += kMessage.substr(at, 20) + "\n" + head;
    const std::vector<FoundFailure> found = scan(text + "after\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].message.text, "Out of Memory: " + kMessage);
}

TEST(FailureScanner, SpacesThatDoNotBreakAreSpaces) {
    std::string text = "Out of Memory: " + kMessage;
    for (size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at + 2))
        text.replace(at, 1, "\xc2\xa0");
    for (const size_t piece : {1, 3, 1000}) {
        const std::vector<FoundFailure> found = scan_in_pieces(text, piece);
        ASSERT_EQ(found.size(), 1u) << piece;
        EXPECT_TRUE(found[0].message.complete);
    }
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
TEST(FailureScanner, ALineOfJsonGoesOnInTheStringOfItsTextAlone) {
    const std::string head = R"({"source": "a/b", "kind": "clash", "text": ")";
    const std::string clash =
        "Statically allocated circular buffers in program 23 clash with L1 buffers on core range ";
    const std::string other =
        "Statically allocated circular buffers in program 27 clash with L1 buffers on core range ";
    const std::string tail = "\", \"complete\": false, \"fields\": {}}\n";
    // "f" and "," of the next line's other values would go on with them.
    for (const std::string cut : {"[(x=0,y=0) - (x=10,y=8)]. L1 buf", "[(x=0,y=0) - (x=1"}) {
        const std::vector<FoundFailure> found = scan(head + clash + cut + tail + head + other + cut + tail);
        ASSERT_EQ(found.size(), 2u) << cut;
        EXPECT_EQ(found[0].message.text, clash + cut);
        EXPECT_EQ(found[1].message.text, other + cut);
        EXPECT_EQ(found[1].line, 2u);
    }
    const std::string log = R"({"level":"error","time":17,"log":")", info = R"({"level":"info","time":18,"log":")";
    const std::vector<FoundFailure> wrapped =
        scan(log + kMessage.substr(0, 60) + "\",\"stream\":\"stderr\"}\n" + info + kMessage.substr(60) + "\"}\n");
    ASSERT_EQ(wrapped.size(), 1u);
    EXPECT_TRUE(wrapped[0].message.complete);
}

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

// A text without line breaks took a minute: what stood after each of thousands of throws was judged for each of them.
TEST(FailureScanner, WordsOfAThrowEndWhereTheNextOneBegins) {
    const std::vector<FoundFailure> found =
        scan("TT_FATAL: no device TT_FATAL: L1 is too small TT_THROW: no kernel | critical | Always | dram ran out");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].message.text, "L1 is too small");
    EXPECT_EQ(found[1].message.text, "dram ran out");
}

TEST(FailureScanner, KnowsTheTimeOfAThrowAlsoWhereABreakFellBeforeTheMessage) {
    const std::string head = "2026-08-13 01:33:26.341 | critical |          Always | ";
    for (const std::string& text :
         {head + "TT_FATAL: Out of\nMemory: " + kMessage + "\n", head + "\nTT_FATAL: Out of Memory: " + kMessage + "\n",
          "| " + head + "TT_FATAL: Out of\n| Memory: " + kMessage + "\n",
          head.substr(0, 44) + "\n" + head.substr(44) + "TT_FATAL: Out of Memory: " + kMessage + "\n",
          "{\"log\": \"noise\\n" + head + "TT_FATAL: Out of Memory: " + kMessage + "\\n\"}"}) {
        const std::vector<FoundFailure> found = scan(text);
        ASSERT_EQ(found.size(), 1u) << text;
        EXPECT_EQ(found[0].first_time, "2026-08-13 01:33:26.341") << text;
    }
    const std::vector<FoundFailure> other = scan(head + "it was another\n" + "Out of Memory: " + kMessage + "\n");
    ASSERT_EQ(other.size(), 1u);
    EXPECT_TRUE(other[0].first_time.empty());
}

}  // namespace
}  // namespace ttmem
