// `ttmem buffers`: live allocations, one line each.
#pragma once

#include "src/model/machine.h"
#include "src/views/json/list_document.h"
#include "src/views/values/buffers.h"

namespace ttmem {

// `values` has to live as long as the document.
ListDocument buffers_json(const BuffersValues& values);

}  // namespace ttmem
