// Failed allocations as the messages of a source tell of them: figures, words, where they stand, how often they failed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/model/failure_figures.h"

namespace ttmem {

struct FailureMessage {
    FailureFigures figures;
    bool complete = true;              // the message goes to its end, in the form it has
    std::vector<std::string> missing;  // "the size of a bank": what is not known because the message was cut off
    std::string cut_at;                // the last words of a message that was cut off
    bool open_end = false;             // of an unknown one: nothing tells where its words end
    std::string text;                  // the message on one line, without what wrapped it; foreign
};

// What a complete message does not say, for its age or because who pasted it left it out, for people: "what was
// allocated and free in each bank"; "" if nothing.
std::string what_its_form_omits(const FailureMessage& message);

// What a progress bar said last before a failure: "Allocating kv caches: 38%|###   | 12/32".
struct LogProgress {
    std::string label;  // foreign
    uint64_t done = 0, total = 0;
};

struct FoundFailure {
    FailureMessage message;
    uint64_t offset = 0;  // of its first printing, in bytes from the start of the source
    uint64_t line = 1;    // likewise, counted from 1
    std::string where;    // in a structured source, instead of a line: "node 99"; "" else
    uint64_t count = 1;   // how often it was printed
    uint64_t times = 1;   // how often it failed with these words: at least, where the printings have no time
    std::string first_time, last_time;  // as the logger printed them; "" where it did not. Foreign, like what follows
    std::string operation;              // that asked, out of the backtrace; "" unknown
    bool of_output = false;             // it asked for its output tensor
    std::string test;                   // that ran or failed, as the log names it; "" unknown
    uint64_t failed = 0;                // tests or operations that are said to have failed with it, each once
    std::string model;                  // likewise
    std::optional<LogProgress> progress;
};

struct FailureScan {
    std::vector<FoundFailure> failures;  // in the order of the source
    uint64_t more = 0;                   // failures found beyond those
    uint64_t bytes_read = 0;
};

}  // namespace ttmem
