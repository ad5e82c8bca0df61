// Collapsed stacks: "chip 0;dram;tensor;ttnn.matmul;weights 8589934592" on a line, for flamegraph.pl and inferno.
#include <algorithm>

#include "src/analysis/leaks/leaks.h"
#include "src/exports/stacks.h"

namespace ttmem {
namespace {

// A frame ends at a semicolon, a stack at the last space of a line.
std::string frame(std::string name) {
    std::replace(name.begin(), name.end(), ';', '_');
    return name;
}

}  // namespace

Exported write_collapsed(const Recording& recording, bool at_end, ByteSink& sink) {
    uint64_t written = 0;
    Exported exported = write_stacks(recording, sink, [&](const std::vector<Stack>& stacks, const Exported&) {
        std::string text;
        written = 0;
        for (const Stack& stack : stacks) {
            const uint64_t bytes = (at_end ? stack.at_end : stack.at_peak).reserved_bytes;
            if (bytes == 0) continue;
            ++written;
            std::string tail = ";" + std::string(pool_name(stack.pool));
            for (const Frame& of : frames_of(recording, stack)) tail += ";" + frame(of.words());
            tail += " " + std::to_string(bytes) + "\n";
            for (const ChipId chip : stack.chips) text += chips_words(recording, {chip}) + tail;
        }
        return text;
    });
    exported.items = written;
    const std::string held = at_end ? held_words(recording.end) : "";
    if (!held.empty()) exported.notes.push_back(held);
    return exported;
}

}  // namespace ttmem
