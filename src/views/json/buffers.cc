#include "src/views/json/buffers.h"

#include "src/analysis/snapshot/attribution.h"
#include "src/views/json/allocation_items.h"
#include "src/views/json/untracked.h"

namespace ttmem {

ListDocument buffers_json(const BuffersValues& values) {
    const Snapshot& s = values.snapshot;
    const Sum sum = total(s, values.selection, values.over);
    Json after;
    after["total"]["allocations"] = sum.allocations;
    after["total"][bytes_over("requested_bytes", values.over)] = sum.requested_bytes;
    after["total"][bytes_over("reserved_bytes", values.over)] = sum.reserved_bytes;
    after["total"]["is_bound"] =
        s.coverage.misses_live() || sum.requested_bytes == UINT64_MAX || sum.reserved_bytes == UINT64_MAX;
    after["moment"] = text_or_null(values.moment);
    after["untracked_processes"] = untracked_json(values.untracked);
    return {document("buffers", s.generated_at, s.coverage), "items", values.shown(),
            [&values, items = AllocationItems(s)](size_t i, std::string& text) {
                items.append(text, values.snapshot.allocations[values.selection[i]]);
            },
            after};
}

}  // namespace ttmem
