// `ttmem timeline` in a terminal: a curve for each pool, with what happened under it.
#pragma once

#include <string>

#include "src/views/text/chart.h"
#include "src/views/text/look.h"
#include "src/views/values/timeline.h"

namespace ttmem {

// How many slots a timeline should have that fills the width; 80 characters where the width is not known.
size_t timeline_slots(const Look& look, ChartForm form);

// What its axis begins with: "0 s", or how long after Recording::zero() a part begins.
std::string axis_begin(const Timeline& timeline);

std::string timeline_text(const TimelineValues& values, ChartForm form, const Look& look);

}  // namespace ttmem
