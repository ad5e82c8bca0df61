// What terminals are told between the words: colors, titles, links, marks of a build's log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ttmem {

// After the escape sequence that begins at `at`, or `at` where none does: a color or another control sequence, as bytes
// or spelled (^[[, \x1b[, \033[, \u001b[), or a string for the terminal (ESC ] or ESC _ up to BEL or ESC \); or a
// character that takes no place.
size_t skip_escape(std::string_view bytes, size_t at);

// `text` without them: for lines whose words nobody wraps. Bytes of incomplete sequences stay.
std::string without_escapes(std::string_view text);

}  // namespace ttmem
