// Where two runs do the same: iterations of one beside those of the other, to draw both on one axis.
//
// An iteration without a name goes with that of the same number, one with a name with the one that begins as the same
// in the order of its name; where one run is a part of a recording, whose first ones are not there, by name and number.
// Begin lies on begin, and end on end; where the orders contradict each other as many of these as can be. One pass over
// each recording.
#pragma once

#include <cstdint>
#include <vector>

#include "src/analysis/recording/timeline.h"

namespace ttmem {

struct Alignment {
    struct Anchor {
        double other = 0, own = 0;  // in slots of each timeline, which may lie outside of it
        bool operator==(const Anchor&) const = default;
    };
    std::vector<Anchor> anchors;  // rising in both; at most kMostAnchors, spread over all that there are
    uint64_t iterations = 0;      // of the run that has fewer
    uint64_t paired = 0;          // of these, whose begins lie on each other
};

constexpr size_t kMostAnchors = 400;
constexpr size_t kMostAligned = 100'000;  // iterations of a run; later ones are counted alone

Alignment alignment_of(const Recording& own, const Timeline& own_axis, const Recording& other,
                       const Timeline& other_axis);

}  // namespace ttmem
