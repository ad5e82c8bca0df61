// Call stacks: which lines of the user's program made an allocation.
//
// A stack is the number of its innermost frame in Snapshot::stacks; each frame names the stack around it, which has a
// smaller number. So stacks that begin alike share what they have in common. 0 is none: not recorded, or not known.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

// Numbers of frames, the same for the same. `stacks` is Snapshot::stacks, the same one at each call.
class StackIndex {
public:
    uint32_t find_or_add(std::vector<StackFrame>& stacks, const StackFrame& frame);

private:
    struct Hash {
        size_t operator()(const StackFrame& frame) const;
    };
    std::unordered_map<StackFrame, uint32_t, Hash> numbers_;
};

// Its frames, the innermost first; of very deep ones the innermost. Empty for none.
std::vector<StackFrame> frames_of(const Snapshot& snapshot, uint32_t stack);

// The innermost frame that is neither in ttnn's own Python nor in ttmem's: the line that the user wrote. Where all are,
// the innermost. Without its caller, so that the same line is the same value. Its `file` is 0 for none.
StackFrame user_frame(const Snapshot& snapshot, uint32_t stack);

// The same in words; "" for none.
std::string line_of(const Snapshot& snapshot, uint32_t stack);
// The next line of the user's that called that one, which may be a helper's; "" for none.
std::string caller_of(const Snapshot& snapshot, uint32_t stack);

// "model.py:42 forward", with the whole path of the file if asked for; "" for none. Foreign bytes: escape it.
std::string frame_words(const Snapshot& snapshot, const StackFrame& frame, bool whole_path = false);

// Numbers of lines: of a stack the first one met that ends at the same line of the user's program; with `callers`, that
// the same line called, too. 0: it has none.
class UserLines {
public:
    // The snapshot has to live as long as this.
    explicit UserLines(const Snapshot& snapshot, bool callers = false) : snapshot_(snapshot), callers_(callers) {}
    uint32_t of(uint32_t stack);

private:
    const Snapshot& snapshot_;
    std::unordered_map<uint32_t, uint32_t> known_;
    bool callers_;
    std::map<std::array<StackFrame, 2>, uint32_t> first_;
};

// Whether a file belongs to ttnn's Python or to ttmem's.
bool is_library_file(std::string_view file);

}  // namespace ttmem
