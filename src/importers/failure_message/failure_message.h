// The messages that tt-metal prints when an allocation fails, in all of their forms (see forms.h).
//
// A message is read clause by clause, and a figure counts only when its whole clause is there: the number at which a
// text was cut off may itself be cut. What was cut off is named in `missing`, and `cut_at` shows the last words.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "src/model/found_failure.h"

namespace ttmem {

struct FoundMessage {
    FailureMessage message;
    size_t end = 0;  // behind it, in the bytes
};

// The message that begins at the first byte, however it is wrapped; nullopt when none does. `at_end`: the source has no
// bytes after these, so that a message that runs to their end was cut off there. `line_head`: what its line has before
// the message; lines that go on with it may begin alike.
std::optional<FoundMessage> read_failure_message(std::string_view bytes, bool at_end, std::string_view line_head = {});

// Whether one begins there, as far as its first letters tell.
bool begins_failure_message(std::string_view bytes, std::string_view line_head);

// Whether figures cannot be of one message: parts of two were joined.
bool contradicts(const FailureFigures& figures);

// Whether a message may begin with this byte and the next one: for scanners, to skip quickly.
bool may_begin_failure_message(char first, char second);

}  // namespace ttmem
