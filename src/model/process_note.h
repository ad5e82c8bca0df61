// What is to be known of one process, in an answer about several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

// "process 17: on a mock of N150".
std::string process_note(uint32_t pid, const std::string& sentence);

// Notes in their order, but what process_note() made of one sentence for several processes is one note: "processes 17,
// 18 and 19: on a mock of N150".
std::vector<std::string> with_processes_together(const std::vector<std::string>& notes);

// What a note says of the figures of a mock: "kernel binaries count as 2 KiB each, ..." of "process 17: on a mock of
// N150: kernel binaries ..."; "" of any other note.
std::string_view words_of_mock(std::string_view note);

}  // namespace ttmem
