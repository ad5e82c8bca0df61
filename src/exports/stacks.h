// Who holds how much, as stacks: what flame graphs are made of.
//
// A stack says what one owner has of a pool at the pool's peak and at the end, on each of some chips that are used
// alike. Stacks of a pool add up to what `ttmem peak` and `ttmem tree` show. Owners are many, but not as many as
// events: they are in memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/analysis/recording/peak.h"
#include "src/exports/exported.h"

namespace ttmem {

struct Stack {
    std::vector<ChipId> chips;
    Pool pool = Pool::kDram;
    AllocationClass allocation_class = AllocationClass::kUnknown;
    uint32_t process = 0, op = 0, tag = 0;
    uint32_t call_stack = 0;  // into Snapshot::stacks; 0 unknown
    bool is_rest = false;     // added up to stay within a budget: no owner
    Sum at_peak, at_end;      // on each of the chips
};

// Largest first.
std::vector<Stack> stacks_of(const Peaks& peaks);

struct Frame {
    std::string name;
    std::string file = {};  // of the user's program; "": it is no line of one
    uint32_t line = 0;

    std::string words() const;  // "model.py:42 forward"
};

// Below the chip and the pool, from the root: class, the program's own frames where they are known, operation, tag.
// "(other)" of what was added up.
std::vector<Frame> frames_of(const Recording& recording, const Stack& stack);
std::string class_words(const Stack& stack);
std::string op_words(const Recording& recording, const Stack& stack);

// A file out of stacks: `render` makes its text, with the notes that are to be in it. Within the sink's budget the
// smallest stacks of each pool are added up, so that the totals stay.
using RenderStacks = std::function<std::string(const std::vector<Stack>& stacks, const Exported& exported)>;
Exported write_stacks(const Recording& recording, ByteSink& sink, const RenderStacks& render);

// Its formats. `collapsed` has one of the two figures, those with `at_end` that of the end.
Exported write_collapsed(const Recording& recording, bool at_end, ByteSink& sink);
Exported write_speedscope(const Recording& recording, ByteSink& sink);
Exported write_pprof(const Recording& recording, ByteSink& sink);

}  // namespace ttmem
