// What stands around a failure message in a log: the logger's time, the test that ran.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "src/model/found_failure.h"

namespace ttmem {

// With which tt-metal's exceptions begin: "TT_FATAL @ file:line: expression", "TT_THROW: words". Builds with assertions
// have the last one.
inline constexpr auto kThrowMarks = std::to_array<std::string_view>({"TT_FATAL", "TT_THROW", "TT_ASSERT"});

// A time in front of a message, on its line. tt-metal's logger prints one line for each throw; other loggers repeat
// what they were told, some seconds later.
struct LoggerTime {
    std::string text;       // "2026-05-04 15:31:52.716"
    bool of_throw = false;  // of tt-metal's own logger
    int64_t moment = 0;     // in microseconds, to compare; months count as of 31 days
    int64_t period = 0;     // after which it comes again, of a time without its year or day; 0 never
};
std::optional<LoggerTime> logger_time(std::string_view line_head);
// The same, for a message before which a line break fell: `previous` is the line above.
std::optional<LoggerTime> logger_time_above(std::string_view previous, std::string_view line_head);

// Of "<time> - ERROR - failed: TT_FATAL @ file:line: expression", in a text whose line breaks are spelled out.
std::optional<LoggerTime> logger_time_of_throw(std::string_view text);

// `text` without the time that it ends with, with its date, however that is glued to what stands before it.
std::string_view before_time(std::string_view text);

// Follows the lines of a log and knows which test and which model it is about, and which time a traceback has that
// stands below a logger's line, as loguru and Python's logging print exceptions (a line with a message of its own is
// no such line: the traceback below may be of another process); and how far the caches or weights
// were. Each process that names itself in its lines (`speaker`) is followed alone; what it does not say itself, those
// without a name say for all.
class LogSubject {
public:
    // `of_message`: a message stands on it.
    void line(std::string_view line, bool of_message, const std::string& speaker);

    const std::string& test(const std::string& speaker) const;
    const std::string& model() const { return model_; }
    // Of the speaker's own lines: the last that is not blank, the traceback's time, the progress.
    const std::string& previous(const std::string& speaker) const { return voice(speaker).previous; }
    const std::optional<LoggerTime>& traceback_time(const std::string& speaker) const {
        return voice(speaker).traceback_time;
    }
    // Of a logger's line with the beginning of an exception, "TT_FATAL @ ...", whose message stands some lines below,
    // behind `line_head`.
    std::optional<LoggerTime> throw_time(const std::string& speaker, std::string_view line_head) const;
    const std::optional<LogProgress>& progress(const std::string& speaker) const { return voice(speaker).progress; }
    // Whether the frames of a backtrace stand above that has not come to its end: what follows may be of it.
    bool in_trace(const std::string& speaker) const { return voice(speaker).trace_lines > 0; }

private:
    struct Voice {
        std::string test, previous;
        bool previous_has_message = false;
        std::optional<LoggerTime> traceback_time;
        size_t traceback_lines = 0;  // for how many more lines it holds
        std::string throw_head;      // before "TT_FATAL @", on its line
        size_t throw_lines = 0;      // for how many more lines it holds
        std::optional<LogProgress> progress;
        size_t progress_lines = 0;
        size_t trace_lines = 0;
    };
    const Voice& voice(const std::string& speaker) const;
    static void follow_trace(Voice& voice, std::string_view line);
    static void follow_throw(Voice& voice, std::string_view line, bool of_message);

    std::string model_;
    std::unordered_map<std::string, Voice> voices_;
};

// The last state of a progress bar of tqdm on a line, where it is about what is put on a device.
std::optional<LogProgress> progress_in(std::string_view line);

// Whether a line is pytest's of a test that failed: "FAILED tests/test_x.py::test_y - ...".
bool is_of_failed_test(std::string_view line);

// The test that a line names ("tests/test_x.py::test_y[z]"), "" when it names none.
std::string test_in(std::string_view line);

}  // namespace ttmem
