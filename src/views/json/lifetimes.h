// The lifetimes of blocks as columns, for the page.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/page.h"

namespace ttmem {

// "texts", and "pools" with the columns of each: names are numbers of texts, times are microseconds after the
// timeline's begin.
Json lifetimes_json(const PageValues& values);

}  // namespace ttmem
