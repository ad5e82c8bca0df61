// Whose memory to look at first, where nothing tells what leaked: what one place of a program made again and again
// until the end before what was made once, or before the work began.
//
// Only an order: no one is called leaked. A place is an operation and, where call stacks are known, the line of the
// user's program.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "src/model/call_stack.h"
#include "src/model/snapshot.h"

namespace ttmem {

class Suspects {
public:
    void add(const Allocation& allocation, uint32_t line);

    // "ttnn.exp 6 at model.py:9 step, ttnn.add 2 and 3 operations more"; "" where no name is known. `newest`: by
    // process, when it made the newest of all its allocations that are known.
    std::string in_words(const Snapshot& snapshot, const std::vector<WallTime>& newest) const;

private:
    struct Made {
        uint64_t times = 0;
        WallTime first = 0, last = 0;

        // Time over which it was made again and again; 0: it was not, or stopped before the others.
        WallTime span(WallTime newest) const;
    };
    struct Place {
        uint32_t process, op, line;
        friend auto operator<=>(const Place&, const Place&) = default;
    };

    std::map<Place, Made> made_;
};

}  // namespace ttmem
