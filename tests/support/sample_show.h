// What the tests of `show` show, as text and as JSON.
#pragma once

#include "src/views/values/show.h"

namespace ttmem {

inline ShowValues graph() {
    ShowValues values;
    values.generated_at = 1'763'837'293'120'000'000;
    values.source = "graph\x1b[31m.json";
    values.format = "ttnn-captured-graph", values.version = "text";
    values.operations = 3, values.top_level_operations = 1;
    values.allocations = 4, values.frees = 1;
    values.cb_plans = 2, values.circular_buffers = 5;
    ShownChip chip{"chip 0", {}, false};
    chip.use.pool(Pool::kL1).requested_bytes = 2048;
    chip.use.pool(Pool::kL1).allocations = 1;
    values.chips = {chip};
    values.peaks = {{0, Pool::kDram, 4096, {}, {}, {}, "ttnn::add", ""},
                    {0, Pool::kL1, 2048, {}, 10240, {}, "ttnn::add", "ttnn::add > \x1b]0;title"}};
    values.earlier = {{Pool::kDram, 2, 6144}};
    values.coverage.note("The graph does not say how many banks there are.");
    return values;
}

}  // namespace ttmem
