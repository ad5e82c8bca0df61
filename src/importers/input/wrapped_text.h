// Finds a known sentence in text that something has wrapped, coloured, quoted or escaped on its way.
//
// Loggers, terminals, test runners and JSON writers put line breaks, line prefixes and colours into messages, even into
// the middle of a word. A pattern is matched as if they were not there:
//   '#'  a decimal number, with or without separators of thousands ("," or "_")
//   '@'  a word of letters, digits and underscores
//   ' '  white space or a line break   '~'  the same, or nothing
//   '$'  a core or cores, in the spellings of tt-metal: a word
//   '&'  a decimal number of which a line break cut off the end; for the end of a pattern, where '#' never goes on
//   any other byte stands for itself.
// What may stand between any two bytes: terminal colours (as bytes, or spelled ^[[, \x1b[, \033[, \u001b[), and one
// line break (as a byte, spelled \n, or in HTML), with quotes and box lines around it and the prefix of the next line:
// white space, quote marks, a time, a logger's "a | b | ", "[1,3]<stdout>:", "name: ", "(pid=12) ", and whatever the
// line began with on which the text began (`line_head`), but for its numbers. Work is bounded: a pattern that needs too
// many attempts does not match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttmem {

struct WrappedMatch {
    bool whole = false;             // the whole pattern matched
    size_t end = 0;                 // behind what was matched, in the bytes
    size_t pattern_end = 0;         // behind what was matched, in the pattern
    std::vector<uint64_t> numbers;  // in the order of the pattern
    std::vector<std::string> words;
    std::string text;  // what was matched, as it was before it was wrapped
};

// Matches `pattern` at the first byte of `bytes`. When it does not match as a whole, says how far it got at most.
WrappedMatch match_wrapped(std::string_view bytes, std::string_view pattern, std::string_view line_head = {});

}  // namespace ttmem
