// `ttmem map --json`.
#pragma once

#include "src/views/json/json.h"
#include "src/views/values/map.h"

namespace ttmem {

Json map_json(const MapValues& values);

// What circular buffers that did not fit take twice of a core, `beyond` bytes; null if nothing.
Json clash_json(const Snapshot& snapshot, const MapClash& clash, uint64_t beyond);

// Those of its program that take room of their own: where they lie on a core.
Json circular_buffers_json(const Snapshot& snapshot, const L1Map& map, const CoreMap& core);

}  // namespace ttmem
