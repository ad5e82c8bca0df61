// Forms that people paste, and logs of several processes and tests.
#include "src/importers/failure_message/failure_scanner.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

const std::string kPasted =
    "Not enough space to allocate 24576 B DRAM buffer across 12 banks, where each bank needs to store 2048 B, but bank "
    "size is 4096 B (allocated: 4000 B, free: 96 B, largest free block: 64 B)";

std::vector<FoundFailure> paste(std::string_view text) {
    Result<FailureScan> found = scan_failures(read_from_text(text), "log");
    EXPECT_TRUE(found);
    return found ? std::move(found->failures) : std::vector<FoundFailure>{};
}

TEST(PastedFailures, ReadsFiguresWithSeparators) {
    for (const std::string size : {"402,653,184", "402_653_184"}) {
        const std::vector<FoundFailure> found =
            paste("Out of Memory: Not enough space to allocate " + size +
                  " B DRAM buffer across 12 banks, where each " + "bank needs to store 33,554,432 B");
        ASSERT_EQ(found.size(), 1u) << size;
        EXPECT_EQ(found[0].message.figures.requested_bytes, 402653184u);
        EXPECT_EQ(found[0].message.figures.bytes_per_bank, 33554432u);
        EXPECT_TRUE(found[0].message.complete);
    }
}

TEST(PastedFailures, ReadsFiguresOfEarly2024BelowTheirWords) {
    const std::vector<FoundFailure> memory = paste(
        "E       info:\nE       Out of Memory: Not enough space to allocate {} B {} buffer across {} banks, where each "
        "bank needs to store {} B\nE       148897792\nE       DRAM\nE       8\nE       18612224\nE       backtrace:\n");
    ASSERT_EQ(memory.size(), 1u);
    EXPECT_EQ(memory[0].message.figures.requested_bytes, 148897792u);
    EXPECT_EQ(memory[0].message.figures.pool, Pool::kDram);
    EXPECT_EQ(memory[0].message.figures.bytes_per_bank, 18612224u);
    EXPECT_TRUE(memory[0].message.complete);
    const std::vector<FoundFailure> clash = paste(
        "Statically allocated circular buffers in program {} clash with L1 buffers on core range {}. L1 buffer "
        "allocated at {} and static circular buffer region ends at {}\n1471\n[(x=0,y=0) - "
        "(x=0,y=0)]\n488448\n498688\n");
    ASSERT_EQ(clash.size(), 1u);
    EXPECT_EQ(clash[0].message.figures.l1_buffer_address, 488448u);
    EXPECT_EQ(clash[0].message.figures.cb_region_end, 498688u);
    EXPECT_TRUE(paste("throw(\"Not enough space to allocate {} B {} buffer across {} banks\", size);").empty());
}

TEST(PastedFailures, ReadsWhatPeopleShorten) {
    const std::vector<FoundFailure> memory = paste(
        "Out of Memory: Not enough space to allocate 402653184 B DRAM buffer across 8 banks ... (allocated: "
        "4196763008 B, free: 31824896 B, largest free block: 20877312 B)");
    ASSERT_EQ(memory.size(), 1u);
    EXPECT_EQ(memory[0].message.figures.free_per_bank, 31824896u);
    const std::vector<FoundFailure> clash = paste(
        "Statically allocated circular buffers in program N clash with L1 buffers on core range [0-0 \xe2\x80\x93 "
        "10-8]. L1 buffer allocated at 1314560 and static circular buffer region ends at 1372032");
    ASSERT_EQ(clash.size(), 1u);
    EXPECT_EQ(clash[0].message.figures.cb_region_end, 1372032u);
    EXPECT_EQ(clash[0].message.figures.cores, (CoreRange{0, 0, 10, 8}));
}

TEST(PastedFailures, ReadsOnInTheNextStringOrLineOfMarkup) {
    for (const auto& [begin, between] :
         {std::pair<std::string, std::string>{"  \"", "\",\n  \""}, {"", "<br>"}, {"", "&#10;"}, {"- ", "\n- "}}) {
        const std::vector<FoundFailure> found =
            paste(begin + kPasted.substr(0, 70) + between + kPasted.substr(70) + "\"]");
        ASSERT_EQ(found.size(), 1u) << between;
        EXPECT_EQ(found[0].message.figures.largest_free_per_bank, 64u) << between;
    }
}

TEST(PastedFailures, TakesNoNumberOfALineForTheRestOfAFigure) {
    const std::string clash = "Statically allocated circular buffers in program 5 clash with L1 buffers on core range ";
    const std::vector<FoundFailure> found = paste(
        "   8 | " + clash + "\n   9 | [0-0 - 7-7]. L1 buffer allocated at 665600 and static circular buffer region " +
        "ends at\n  10 | 890144\n  11 | backtrace:\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].message.figures.cb_region_end, 890144u);
}

TEST(PastedFailures, CountsTheTestsThatFailedWithItWhereNoTimeIsPrinted) {
    const std::vector<FoundFailure> found =
        paste("E   RuntimeError: " + kPasted + "\nE   RuntimeError: " + kPasted + "\nFAILED tests/a.py::test_a - " +
              kPasted + "\nFAILED `tests/a.py::test_b` - " + kPasted + "\nFAILED tests/a.py::test_b - " + kPasted);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].times, 2u);
    EXPECT_EQ(found[0].failed, 2u);
    EXPECT_EQ(found[0].test, "tests/a.py::test_a");
}

// Ranks that print to one log, line by line: the text of one is below the logger's line of another.
TEST(PastedFailures, CountsEachProcessThatNamesItselfAlikeButForANumber) {
    const auto times = [](const std::vector<std::string>& begins) {
        std::string text;
        for (const std::string& begin : begins) text += begin + kPasted + "\n";
        const std::vector<FoundFailure> failures = paste(text);
        EXPECT_EQ(failures.size(), 1u) << text;
        EXPECT_EQ(failures.at(0).count, begins.size()) << text;
        return failures.at(0).times;
    };
    const std::string thrown = "2026-09-01 10:10:01.123 | critical |          Always | TT_FATAL: ";
    EXPECT_EQ(times({"[rank0]: ", "[rank1]: ", "[rank1]: "}), 2u);
    EXPECT_EQ(times({"[1,0]<stderr>: ", "[1,1]<stderr>: "}), 2u);
    EXPECT_EQ(times({"(Worker pid=11) " + thrown, "(Worker pid=12) " + thrown, "(Worker pid=12) " + thrown}), 2u);
    EXPECT_EQ(times({"(Worker pid=11) ", "(Worker pid=12) ", "ray.exceptions.RayTaskError: "}), 2u) << "passed on";
    EXPECT_EQ(times({"(EngineCore_0 pid=11) " + thrown, "(APIServer pid=9) " + thrown}), 1u) << "passed on";
    EXPECT_EQ(times({"12: ", "13: "}), 1u) << "lines that are counted";
    EXPECT_EQ(times({"0: ", "1: ", "2: ", "0: ", "1: ", "2: "}), 3u) << "ranks, as srun labels their lines";
    EXPECT_EQ(times({"0: " + thrown, "1: " + thrown, "0: ", "1: "}), 2u);
    EXPECT_EQ(times({"3: ", "3: ", "3: "}), 1u);
    const std::string later = "2026-09-01 10:15:01.123 | critical |          Always | TT_FATAL: ";
    EXPECT_EQ(times({"[rank0]: " + thrown, "[rank1]: " + thrown, "[rank0]: " + later, "[rank1]: " + later}), 4u);
    EXPECT_EQ(times({thrown, later, "[rank0]: ", "[rank1]: "}), 2u) << "tracebacks of the throws";
}

TEST(PastedFailures, OfAWrappedLineTheProcessStandsInTheOneAbove) {
    std::string text;
    for (const int core : {0, 1}) {
        const std::string line = "(EngineCore_" + std::to_string(core) +
                                 " pid=11) ERROR 07-06 01:00:03 [core.py:710] RuntimeError: " + kPasted;
        for (size_t at = 0; at < line.size(); at += 70) text += line.substr(at, 70) + "\n";
    }
    const std::vector<FoundFailure> failures = paste(text);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].times, 2u);
}

TEST(PastedFailures, OfSeveralProcessesATextIsNoThrowAtTheTimeOfAnothersLine) {
    std::string other = kPasted;
    other.replace(other.find("24576"), 5, "49152");
    const auto line = [](int rank, const std::string& text) {
        return "[1," + std::to_string(rank) + "]<stderr>: " + text + "\n";
    };
    const auto thrown = [&](int rank, const std::string& at, const std::string& message) {
        return line(rank, "2026-09-01 10:10:01." + at + " | critical |          Always | TT_FATAL: " + message);
    };
    const std::string frame = " --- ttnn::operations::x::";
    const std::vector<FoundFailure> found =
        paste(thrown(0, "100", kPasted) + thrown(1, "101", other) + line(0, "Traceback (most recent call last):") +
              line(1, "Traceback (most recent call last):") + line(0, "info:") + line(0, kPasted) + line(1, other) +
              line(1, "backtrace:") + line(0, "backtrace:") + line(1, frame + "MatmulDeviceOperation::run()") +
              line(0, frame + "Conv2dDeviceOperation::run()"));
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].times, 1u);
    EXPECT_EQ(found[1].times, 1u);
    EXPECT_EQ(found[0].first_time, "2026-09-01 10:10:01.100");
    EXPECT_EQ(found[0].operation, "Conv2dDeviceOperation");
    EXPECT_EQ(found[1].operation, "MatmulDeviceOperation");
}

TEST(PastedFailures, NamesTheTestThatRanNotOneThatPassed) {
    const auto test_of = [](const std::string& before) { return paste(before + "\n" + kPasted).at(0).test; };
    EXPECT_EQ(test_of("tests/a.py::test_1 PASSED"), "");
    EXPECT_EQ(test_of("[ RUN      ] MeshTest.A"), "MeshTest.A");
    EXPECT_EQ(test_of("[ RUN      ] MeshTest.A\n[       OK ] MeshTest.A (3 ms)"), "");
    EXPECT_EQ(test_of("<testcase classname=\"tests.a\" name=\"test_1\" time=\"1\">"), "tests.a::test_1");
    EXPECT_EQ(test_of("{\"test\": \"tests/a.py::test_1\", \"text\": "), "tests/a.py::test_1");
}

TEST(PastedFailures, ShowsSentencesOfCompilersAndThoseThatWereShortened) {
    for (const std::string sentence :
         {"error: 'func.func' op required L1 memory usage 2736128 exceeds memory capacity 1395424 (usable space is [1, "
          "2))",
          "`L1 region [598016, 876544] clashes with CB region ending at 763072`",
          "(original error: OutOfMemoryError - Not enough L1 memory)",
          "TT_FATAL: DRAM Auto slice could not find valid slice configuration. Tried up to 1 slices for\nwidth-slicing",
          "RuntimeError: Statically allocated circular buffers clash with L1 buffers"}) {
        const std::vector<FoundFailure> found = paste(sentence);
        ASSERT_EQ(found.size(), 1u) << sentence;
        EXPECT_EQ(found[0].message.figures.kind, FailureKind::kUnknown) << sentence;
    }
    EXPECT_TRUE(
        paste("TT_FATAL: CB page size 104096 should be greater than the config tensor page size 108192").empty());
}

TEST(PastedFailures, ATextThatEndsWithAClauseIsAnEchoOfTheWholeOne) {
    const std::string cut = kPasted.substr(0, kPasted.find(", but bank"));
    const std::vector<FoundFailure> found = paste(kPasted + "\n" + cut + ",\n");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].message.figures.free_per_bank, 96u);
}

TEST(PastedFailures, OfAnUnknownSentenceTheTextOfTheThrowIsAnEchoUnderAnyPrefixAndWrapped) {
    const std::string words =
        "Streaming circular buffers require 118784 bytes, but only 55115 bytes of L1 are available";
    for (const std::string carrier : {"", "[1,0]<stderr>: ", "web-1  | ", "E       "}) {
        const std::string log = carrier + "2026-09-01 10:11:12.345 | critical |          Always | TT_FATAL: " + words +
                                " (assert.hpp:104)\n" + carrier + "RuntimeError: TT_FATAL @ /p/x.cpp:1: false\n" +
                                carrier + "info:\n" + carrier + words + "\n" + carrier + "backtrace:\n";
        ASSERT_EQ(paste(log).size(), 1u) << carrier;
        EXPECT_EQ(paste(log)[0].message.text, words) << carrier;
        EXPECT_EQ(paste(log)[0].count, 2u) << carrier;
    }
    EXPECT_EQ(paste("TT_FATAL: Streaming circular buffers that someone wrapped here require 118784\nbytes, but only " +
                    std::string("55115 bytes of L1 are available"))
                  .size(),
              1u);
}

}  // namespace
}  // namespace ttmem
