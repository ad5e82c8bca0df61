// A core of a map as a column: low addresses below, everything in it with its name, the addresses that matter at its
// left. What its circular buffers lack is drawn beside it, as they need it and do not have it.
#pragma once

#include <optional>

#include "src/exports/map_marks.h"

namespace ttmem {

struct CoreColumn {
    double end = 0;          // y below which nothing is drawn
    bool folds_cbs = false;  // circular buffers too thin for a name each
};

// What did not fit just then.
struct CoreMisfit {
    std::optional<uint64_t> clash_end;  // where circular buffers of a program were to end
    std::optional<uint64_t> buffer;     // how many bytes an L1 buffer was to have
};
CoreColumn draw_core_column(MapMarks& marks, const L1Map& l1, const CoreMap& core, const CoreMisfit& misfit,
                            double top);

// "CB 3", "DFB 0": of a plan's buffer.
std::string cb_name(const CircularBuffer& buffer);

}  // namespace ttmem
