// Tells failures from their printings: a throw is printed by the logger, in the exception, by every worker that passes
// it on, by the test runner in its list and in its summary.
//
// Printings of the same words are of one failure, at any distance; a printing that was cut off is the same as a longer
// one that begins with its words. Of those, lines of tt-metal's logger with different times are different throws; lines
// of other loggers are, where tt-metal's are absent and more than kEchoSeconds lie between them. Printings without any
// time tell of one failure at least, or of one for each test or operation that is said to have failed with it.
//
// Processes that name themselves alike but for a number ([rank0] and [rank1], workers with their pids) fail each for
// itself, as do those that a bare number names which comes again. One that names itself otherwise may pass on what
// another said, as those that name themselves not at all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "src/importers/failure_message/failure_context.h"
#include "src/model/found_failure.h"

namespace ttmem {

constexpr size_t kMostFailures = 10000;

class FailureTally {
public:
    static constexpr uint64_t kEchoSeconds = 10;
    static constexpr size_t kMostCompared = 64;   // of the latest failures, for printings that were cut off
    static constexpr size_t kMostTimes = 100000;  // of throws; beyond that each time counts as a new one

    // Takes one printing; gives the failure that it is of, nullptr when it is not kept. Valid until the next call.
    // `failed`: what failed with it, each once: the test of a line of pytest's, the operation of a report; "" not said.
    // `speaker`: the process that printed it, as input/speaker.h has it.
    FoundFailure* add(FailureMessage message, uint64_t offset, uint64_t line, const std::optional<LoggerTime>& time,
                      const std::string& failed = "", const std::string& speaker = "");

    FailureScan take();

private:
    struct Said {                                // by one process
        std::unordered_set<std::string> throws;  // times of tt-metal's logger
        uint64_t throws_left_out = 0;
        uint64_t echo_seconds = 0;  // of the latest line of another logger
        uint64_t echoes = 0;        // such lines, counted as far apart
    };
    struct Seen {
        std::map<std::string, std::map<std::string, Said>>
            said;          // by what names a process without its numbers, by name
        size_t times = 0;  // that are kept in it
        bool has_throws = false, has_echoes = false;
        std::unordered_set<std::string> failed;  // tests or operations
        // Printings by what may be a rank alone, as srun labels lines ("0: "), or the number of a line. The latter
        // never comes again.
        std::unordered_map<std::string, uint64_t> numbered;
        bool has_ranks = false;

        uint64_t failures() const;
    };

    size_t find(const FailureMessage& message) const;
    void count(size_t index, const std::optional<LoggerTime>& time, const std::string& speaker);
    bool is_new(Seen& seen, Said& said, const LoggerTime& time);
    void count_failed(size_t index, const std::string& failed);

    FailureScan scan_;
    std::vector<Seen> seen_;  // beside scan_.failures
    std::unordered_map<std::string, size_t> by_words_;
};

}  // namespace ttmem
