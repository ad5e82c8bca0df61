// What the tests of `show` show, as text and as JSON.
#pragma once

#include "src/views/values/show.h"

namespace ttmem {

inline ShowValues graph() {
    ShowValues values;
    values.generated_at = 1'763'837'293'120'000'000;
    values.source = "graph\x1b[31m.json";
    ImportedUse& use = values.use;
    use.format = "ttnn-captured-graph", use.version = "text";
    use.operations = 3, use.top_level_operations = 1;
    use.allocations = 4, use.frees = 1;
    use.cb_plans = 2, use.circular_buffers = 5;
    ImportedChip chip;
    chip.name = "chip 0";
    chip.use.pool(Pool::kL1).requested_bytes = 2048;
    chip.use.pool(Pool::kL1).allocations = 1;
    chip.peak(Pool::kDram).requested_bytes = 4096;
    chip.peak(Pool::kDram).operation = "ttnn::add";
    ImportedPeak& l1 = chip.peak(Pool::kL1);
    l1.requested_bytes = 2048, l1.with_cb_bytes = 10240;
    l1.operation = "ttnn::add", l1.with_cb_operation = "ttnn::add > \x1b]0;title";
    l1.core = CorePeak{768, 256, 512, "ttnn::add", false};
    use.chips = {chip};
    use.earlier[static_cast<size_t>(Pool::kDram)] = {2, 6144};
    use.coverage.note("The graph does not say how many banks there are.");
    return values;
}

}  // namespace ttmem
