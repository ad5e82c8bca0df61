// Where names go beside what they name, so that each can be read.
#pragma once

#include <string>
#include <vector>

namespace ttmem {

// Moved apart to at least `step`, as little as possible in sum, and none before `first` or, where there is room for
// all, behind `last`. Requires: `wanted` in order.
std::vector<double> svg_spread(const std::vector<double>& wanted, double step, double first, double last);

// A name below a bar, with a line that leads up to its place there.
struct BarLabel {
    double at = 0;  // of the place
    std::string words;
    const char* style = "ink";
};
struct PlacedLabel {
    size_t label = 0;  // into what was given
    double at = 0, left = 0, right = 0;
    size_t row = 0;
    std::string words;  // shortened where they are too wide
};

// Earlier ones have the choice; no name lies over another one or over another one's line. Those without room in `rows`
// are left out.
std::vector<PlacedLabel> svg_below_bar(const std::vector<BarLabel>& labels, double left, double right, size_t rows);

}  // namespace ttmem
