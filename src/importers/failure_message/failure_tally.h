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
    // How often it failed, and when, is known when all were taken.
    FoundFailure* add(FailureMessage message, uint64_t offset, uint64_t line, const std::optional<LoggerTime>& time,
                      const std::string& failed = "", const std::string& speaker = "");

    FailureScan take();

private:
    struct Moment {
        int64_t at = 0;
        std::string text;
    };
    // Lines of other loggers that lie together tell of one failure: the first of them, and when the last one was.
    struct Echo {
        int64_t until = 0;
        std::string text;
    };
    struct Said {                                // by one process
        std::unordered_set<std::string> throws;  // times of tt-metal's logger
        std::map<int64_t, Echo> echoes;          // by when they begin
        uint64_t throws_left_out = 0, echoes_left_out = 0;
    };
    struct Seen {
        std::map<std::string, std::map<std::string, Said>>
            said;          // by what names a process without its numbers, by name
        size_t times = 0;  // that are kept in it
        bool has_throws = false, has_echoes = false;
        Moment first_throw, last_throw;
        int64_t latest = 0;                      // moment, in the order of the source
        std::unordered_set<std::string> failed;  // tests or operations
        // Printings by what may be a rank alone, as srun labels lines ("0: "), or the number of a line. The latter
        // never comes again.
        std::unordered_map<std::string, uint64_t> numbered;
        bool has_ranks = false;

        void hear(Said& process, const LoggerTime& time);
        void hear_throw(Said& process, Moment moment);
        void hear_echo(Said& process, Moment moment);
        uint64_t failures() const;
        void tell(FoundFailure& failure) const;
    };

    size_t find(const FailureMessage& message) const;
    void count(size_t index, const std::optional<LoggerTime>& time, const std::string& speaker);
    void count_failed(size_t index, const std::string& failed);

    FailureScan scan_;
    std::vector<Seen> seen_;  // beside scan_.failures
    std::unordered_map<std::string, size_t> by_words_;
};

}  // namespace ttmem
