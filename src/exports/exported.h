// What is known of an export when it is written: how much it has, and in what it is not all of the recording.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/exports/byte_sink.h"
#include "src/model/event.h"

namespace ttmem {

struct Exported {
    std::string_view unit;  // of `items`: "row", "stack", ...
    uint64_t items = 0;
    uint64_t left_out = 0;           // items that the budget cut off
    std::vector<std::string> notes;  // sentences: what was added up, and what was cut
    Coverage coverage;               // what the recording itself lacks

    bool complete() const { return left_out == 0 && coverage.complete; }
};

// The items of an export in the order of time, of which a budget may cut off the last ones.
class Cut {
public:
    // One item of so many bytes, at that time (0 unknown): whether it is written. What comes after one that was not is
    // not either, so that what is there is whole up to a moment. `reserve` bytes stay for the end of the file.
    bool takes(const ByteSink& sink, uint64_t bytes, WallTime at, uint64_t reserve);
    bool is_cut() const { return left_out_ != 0; }
    // Counts into `exported`, with a note that says since when it lacks items.
    void tell(const ByteSink& sink, Exported& exported) const;

private:
    uint64_t written_ = 0, left_out_ = 0;
    WallTime since_ = 0;  // of the first that was left out
};

// "chip 3", "chips 0-7": as the runtime numbers them where it does, else by id.
std::string chips_words(const Recording& recording, const std::vector<ChipId>& chips);

// What the process is called: "python (4242)".
std::string process_words(const Process& process);

// Notes and coverage as lines of text: what a file says about itself.
std::vector<std::string> words_of(const Exported& exported);

}  // namespace ttmem
