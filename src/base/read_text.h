// A file as a whole.
#pragma once

#include <optional>
#include <string>

namespace ttmem {

// Nothing where it cannot be opened or read to its end, as a folder, or the file of a process that has ended meanwhile.
std::optional<std::string> read_text(const std::string& path);

}  // namespace ttmem
