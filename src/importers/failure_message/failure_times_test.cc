// How often something failed and when, as the times in a log tell it.
#include <gtest/gtest.h>

#include "src/importers/failure_message/failure_scanner.h"

namespace ttmem {
namespace {

const std::string kLack =
    "Out of Memory: Not enough space to allocate 24576 B DRAM buffer across 12 banks, where each bank needs to store "
    "2048 B, but bank size is 4096 B (allocated: 4000 B, free: 96 B, largest free block: 64 B)";
const std::string kUnknown = "slab of 9000 B does not fit into L1";

FoundFailure only_failure(std::string_view text) {
    Result<FailureScan> found = scan_failures(read_from_text(text), "log");
    EXPECT_TRUE(found) << text;
    if (!found || found->failures.size() != 1) {
        ADD_FAILURE() << text;
        return {};
    }
    return std::move(found->failures[0]);
}

void expect_times(const std::string& text, uint64_t times, const std::string& first, const std::string& last) {
    const FoundFailure found = only_failure(text);
    EXPECT_EQ(found.times, times) << text;
    EXPECT_EQ(found.first_time, first) << text;
    EXPECT_EQ(found.last_time, last) << text;
}

std::string thrown_at(const std::string& time, const std::string& words = kLack) {
    return time + " | critical |          Always | TT_FATAL: " + words + " (assert.hpp:104)";
}

// As Python's logging and loguru print an exception that was given to them as an argument.
std::string logged_at(const std::string& head, const std::string& throw_mark = "TT_FATAL") {
    return head + "step failed: " + throw_mark + " @ /x.cpp:1: false\ninfo:\n" + kLack + "\nbacktrace:\n --- x\n";
}

TEST(FailureTimes, AreTheLeastAndTheGreatestInWhateverOrderLinesStand) {
    std::string processes;
    for (const std::string_view time : {"[gw0] 2026-09-01 10:00:30.5", "[gw1] 2026-09-01 10:00:30.25",
                                        "[gw0] 2026-09-01 10:00:50.125", "[gw1] 2026-09-01 10:00:40.000"})
        processes += thrown_at(std::string(time)) + "\n";
    expect_times(processes, 4, "2026-09-01 10:00:30.25", "2026-09-01 10:00:50.125");
    expect_times(thrown_at("2026-10-01 10:00:00.000") + "\n" + thrown_at("2026-09-30 23:00:00.000") + "\n" +
                     thrown_at("2025-12-31 23:00:00.000") + "\n",
                 3, "2025-12-31 23:00:00.000", "2026-10-01 10:00:00.000");
}

TEST(FailureTimes, OfOtherLoggersAreSortedToo) {
    const auto told = [](const std::vector<std::string>& times) {
        std::string text;
        for (const std::string& time : times) text += "ERROR " + time + " [engine.py:163] " + kLack + "\n";
        return text;
    };
    // Echoes of two throws, of which another process was late.
    expect_times(told({"06-02 19:34:30", "06-02 19:34:10", "06-02 19:34:32", "06-02 19:34:12"}), 2, "06-02 19:34:10",
                 "06-02 19:34:30");
    expect_times(told({"06-02 19:00:00", "05-20 19:00:00"}), 2, "05-20 19:00:00", "06-02 19:00:00");
    expect_times(told({"06-02 19:34:10", "06-02 19:34:26", "06-02 19:34:18"}), 1, "06-02 19:34:10", "06-02 19:34:10");
    expect_times(told({"2026/06/02 19:00:00,200", "2026/06/02 18:00:00,100"}), 2, "2026/06/02 18:00:00,100",
                 "2026/06/02 19:00:00,200");
    // Without a day, or a year, the next one has begun.
    expect_times(told({"23:59:50", "00:00:10", "00:01:00"}), 3, "23:59:50", "00:01:00");
    expect_times(told({"00:00:10", "23:59:50"}), 2, "23:59:50", "00:00:10");
    expect_times(told({"12-31 23:59:50", "01-01 00:00:10"}), 2, "12-31 23:59:50", "01-01 00:00:10");
}

TEST(FailureTimes, TwoLinesOfTheLoggerOnOneAreTwoThrows) {
    for (const std::string& words : {kLack, kUnknown}) {
        for (const std::string between : {"", " "}) {
            std::string text;
            for (int i = 1; i < 7; ++i) {
                text += thrown_at("2026-09-01 10:00:0" + std::to_string(i) + ".000", words) + between;
            }
            expect_times(text + "\n", 6, "2026-09-01 10:00:01.000", "2026-09-01 10:00:06.000");
        }
    }
}

TEST(FailureTimes, LinesThatWereCutKeepTheirOwn) {
    const std::string cut = kLack.substr(0, kLack.find(" where"));
    expect_times("2026-09-01 10:00:01.000 | critical |          Always | TT_FATAL: " + cut +
                     "\n2026-09-01 10:00:02.000 | critical |          Always | TT_FATAL: " + cut + "\n",
                 2, "2026-09-01 10:00:01.000", "2026-09-01 10:00:02.000");
}

TEST(FailureTimes, ALoggersLineWithTheBeginningOfAnExceptionGivesItsMessageATime) {
    for (const std::string_view mark : kThrowMarks) {
        for (const auto& [separator, level] :
             {std::pair{",123", " - ERROR - "}, {".123", " | ERROR    | __main__:run:12 - "}}) {
            std::string text;
            for (const std::string_view minute : {"00", "01", "02"})
                text +=
                    logged_at("2026-09-01 10:" + std::string(minute) + ":00" + separator + level, std::string(mark));
            expect_times(text, 3, std::string("2026-09-01 10:00:00") + separator,
                         std::string("2026-09-01 10:02:00") + separator);
            for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) text.replace(at, 1, "\\n");
            for (size_t at = 0; (at = text.find(" --- x\\n", at)) != std::string::npos;)
                text.replace(at, 8, " --- x\n");
            expect_times(text, 3, std::string("2026-09-01 10:00:00") + separator,
                         std::string("2026-09-01 10:02:00") + separator);
        }
    }
    // What a carrier puts before each line is no time of a logger, nor has a later message that of an earlier throw.
    std::string carried;
    for (const std::string time : {"2026-09-01T10:00:00.1234567Z ", "2026-09-01T10:05:00.1234567Z "})
        carried += time + "ERROR: TT_FATAL @ /x.cpp:1: false\n" + time + "info:\n" + time + kLack + "\n";
    expect_times(carried, 1, "", "");
    const std::string noise =
        "2026-09-01 10:00:00,123 - ERROR - step failed: TT_FATAL @ /x.cpp:1: false\ninfo:\nother\n";
    expect_times(noise + "backtrace:\n --- x\n" + kLack + "\n", 1, "", "");
}

}  // namespace
}  // namespace ttmem
