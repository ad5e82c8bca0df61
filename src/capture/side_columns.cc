#include "src/capture/side_columns.h"

namespace ttmem::capture {

SidePayload side_payload(const SideColumn& column, std::span<const Event> events) {
    SidePayload payload;
    uint64_t before = 0;
    for (const Event& event : events) {
        if (event.kind != column.kind) continue;
        const uint64_t value = event.*column.field;
        put_number(payload.bytes, column.is_difference ? fold_sign(value - before) : value);
        before = value;
        ++payload.count;
        payload.any_known |= value != 0;
    }
    return payload;
}

bool set_side(const SideColumn& column, ByteCursor payload, uint64_t end, std::vector<Event>& events) {
    uint64_t value = 0;
    for (Event& event : events) {
        if (event.kind != column.kind) continue;
        const uint64_t number = payload.number();
        value = column.is_difference ? value + unfold_sign(number) : number;
        if (value >= end) return false;
        event.*column.field = static_cast<uint32_t>(value);
    }
    return payload.ok() && payload.left() == 0;
}

}  // namespace ttmem::capture
