// Which of several processes a line of a log is from, where its beginning says so: "[1,3]<stderr>: ",
// "(Worker_TP1 pid=301) ", "[pod/llm-1/main] ", "web-1  | ", "rank3: ", "host app[77]: ", {"rank": 3, ...}.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ttmem {

// What names it, without times; "" where nothing does.
std::string speaker_of(std::string_view line);

// The lines of one speaker, out of a text that several print to.
struct OwnLines {
    std::string text;
    // Where in `text` a run of lines begins, and where in the bytes, in order.
    std::vector<std::pair<size_t, size_t>> runs;
    bool of_several = false;  // others' lines were left out

    size_t place_in_bytes(size_t at) const;
};

// From `bytes`, which begin with a line of the speaker. A line that names no one is of the speaker above it. Lines of
// others that merely count ("12: ") are left out only where these numbers come again.
OwnLines own_lines(std::string_view bytes, const std::string& speaker);

}  // namespace ttmem
