// What is to be known of one process, in an answer about several.
#pragma once

#include <cstdint>
#include <string>

namespace ttmem {

// "process 17: on a mock of N150".
std::string process_note(uint32_t pid, const std::string& sentence);

}  // namespace ttmem
