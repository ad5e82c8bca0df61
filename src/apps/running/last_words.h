// What a program said of why it failed, out of its output.
#pragma once

#include <string>
#include <string_view>

namespace ttmem {

// The message of the last exception: tt-metal's own, what Python prints last of a traceback, or a line that begins with
// the name of an error. Without one the last line, unless it is one of a logger that tells of no error, or
// `was_signal`: a program that is killed says nothing of it. One line; foreign; "" where nothing was said.
std::string last_words(std::string_view output, bool was_signal);

}  // namespace ttmem
