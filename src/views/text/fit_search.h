// What searches for the largest value found, for the text of `ttmem fit`.
#pragma once

#include <string>
#include <vector>

#include "src/views/text/look.h"
#include "src/views/values/fit.h"

namespace ttmem {

// A line for each search: the number, and why the next one does not fit; or why there is none. Of one that was
// interrupted, what is known on both sides of its edge.
std::string search_lines(const FitValues& values, const Look& look);

// The runs on both sides of each number, or that leave none, in the order of the searches: what people look at.
std::vector<size_t> decisive_runs(const FitValues& values);

// A line for each search: all values that were tried.
std::string tried_lines(const FitValues& values);

// "N150 with l1_small 0"
std::string fit_name(const std::string& machine, const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace ttmem
