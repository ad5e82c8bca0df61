// Text that was copied out of a web page or a chat has spaces that do not break (U+00A0), which JSON and CSV do not
// know.
#pragma once

#include <string>

#include "src/importers/input/byte_reader.h"

namespace ttmem {

// With a space in place of each.
std::string with_plain_spaces(std::string text);
ByteReader with_plain_spaces(ByteReader read);

}  // namespace ttmem
