// What stands around a failure message in a log: the logger's time, the test that ran.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/model/found_failure.h"

namespace ttmem {

// A time in front of a message, on its line. tt-metal's logger prints one line for each throw; other loggers repeat
// what they were told, some seconds later.
struct LoggerTime {
    std::string text;       // "2026-05-04 15:31:52.716"
    bool of_throw = false;  // of tt-metal's own logger
    uint64_t seconds = 0;   // within the year or the day: for differences
};
std::optional<LoggerTime> logger_time(std::string_view line_head);
// The same, for a message before which a line break fell: `previous` is the line above.
std::optional<LoggerTime> logger_time_above(std::string_view previous, std::string_view line_head);

// Follows the lines of a log and knows which test and which model it is about, and which time a traceback has that
// stands below a logger's line, as loguru and Python's logging print exceptions (a line with a message of its own is
// no such line: the traceback below may be of another process); and how far the caches or weights
// were.
class LogSubject {
public:
    // `of_message`: a message stands on it.
    void line(std::string_view line, bool of_message);
    const std::string& test() const { return test_; }
    const std::string& previous() const { return previous_; }  // line that is not blank
    const std::string& model() const { return model_; }
    const std::optional<LoggerTime>& traceback_time() const { return traceback_time_; }
    const std::optional<LogProgress>& progress() const { return progress_; }

private:
    std::string test_, model_, previous_;
    bool previous_has_message_ = false;
    std::optional<LoggerTime> traceback_time_;
    size_t traceback_lines_ = 0;  // for how many more lines it holds
    std::optional<LogProgress> progress_;
    size_t progress_lines_ = 0;
};

// The last state of a progress bar of tqdm on a line, where it is about what is put on a device.
std::optional<LogProgress> progress_in(std::string_view line);

// Whether a line is pytest's of a test that failed: "FAILED tests/test_x.py::test_y - ...".
bool is_of_failed_test(std::string_view line);

// The test that a line names ("tests/test_x.py::test_y[z]"), "" when it names none.
std::string test_in(std::string_view line);

}  // namespace ttmem
