// What the page of `ttmem page` is made of: the documents of peak, growth, stats and headroom as these commands print
// them, and beside them the timeline and the lifetimes of blocks as columns, which a page draws.
// It is an agreement between the command and the page of the same version, not a document for others.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/page.h"

namespace ttmem {

Json page_json(const PageValues& values);

}  // namespace ttmem
