#include "src/views/json/last_failure.h"

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/failures.h"
#include "src/views/json/recorded.h"

namespace ttmem {

Json last_failure_json(const LastFailureValues& values) {
    const LastFailure& failure = values.failure;
    const Snapshot& s = failure.snapshot;
    Json json = document("explain", failure.asked_at, s.coverage);
    json["source"] = valid_utf8(values.source);
    add_failures(json, failure.explained, &s);
    json["held"] = Json::array();
    for (const HeldPool& pool : failure.held) {
        Json item;
        item["chips"] = chip_ids_json(pool.chips);
        item["pool"] = pool_name(pool.pool);
        item["capacity_bytes"] = or_null(pool.capacity_bytes);
        item["allocations"] = pool.allocations;
        item["reserved_bytes"] = pool.reserved_bytes;
        item["holders"] = Json::array();
        for (const Holder& h : pool.holders) {
            Json holder = process_id_json(s.processes[h.process.value]);
            holder["op"] = text_or_null(s.texts[h.op]);
            holder["tag"] = text_or_null(s.texts[h.tag]);
            holder["line"] = text_or_null(line_of(s, h.stack));
            holder["called_at"] = text_or_null(caller_of(s, h.stack));
            holder["class"] = class_name(h.allocation_class);
            holder["allocations"] = h.allocations;
            holder["reserved_bytes"] = h.reserved_bytes;
            item["holders"].push_back(std::move(holder));
        }
        json["held"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem
