// The messages that tt-metal prints when an allocation fails, in all of their forms: out of memory (six forms of three
// ages), clash of circular buffers with L1 buffers, circular buffers beyond L1, trace region too small.
//
// A message is read clause by clause, and a figure counts only when its whole clause is there: the number at which a
// text was cut off may itself be cut. What was cut off is named in `missing`, and `cut_at` shows the last words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/failure_figures.h"

namespace ttmem {

struct FailureMessage {
    FailureFigures figures;
    bool complete = true;              // the message goes to its end, in the form it has
    std::vector<std::string> missing;  // "the size of a bank": what is not known because the message was cut off
    std::string cut_at;                // the last words of a message that was cut off
    std::string text;                  // the message on one line, without what wrapped it
};

// What a complete message of this age does not say, for people: "what was allocated and free in each bank"; "" if
// nothing.
std::string what_its_form_omits(const FailureMessage& message);

struct FoundMessage {
    FailureMessage message;
    size_t end = 0;  // behind it, in the bytes
};

// The message that begins at the first byte, however it is wrapped; nullopt when none does. `at_end`: the source has no
// bytes after these, so that a message that runs to their end was cut off there.
std::optional<FoundMessage> read_failure_message(std::string_view bytes, bool at_end);

// Whether a message may begin with this byte and the next one: for scanners, to skip quickly.
bool may_begin_failure_message(char first, char second);

}  // namespace ttmem
