#include "src/views/json/check.h"

#include "src/base/text.h"
#include "src/views/json/recorded.h"
#include "src/views/json/suppressed.h"

namespace ttmem {

Json check_json(const CheckValues& values) {
    Json json = recording_document("check", values.recording, values.coverage);
    json["outcome"] = outcome_name(overall(values.lines));
    json["checks"] = Json::array();
    for (const CheckLine& line : values.lines) {
        Json held = Json::array(), left = Json::array();
        for (const LeftCount& by : line.left)
            left.push_back({{"by", valid_utf8(by.name)}, {"allocations", by.allocations}});
        for (const HeldBy& by : line.held)
            held.push_back({{"by", valid_utf8(by.name)}, {"reserved_bytes", by.reserved_bytes}});
        json["checks"].push_back({{"name", line.name},
                                  {"outcome", outcome_name(line.outcome)},
                                  {"unit", line.is_bytes ? "bytes" : "allocations"},
                                  {"limit", line.limit},
                                  {"found", line.low},
                                  {"found_max", or_null(line.high)},
                                  {"why", text_or_null(line.why)},
                                  {"held_at_peak", std::move(held)},
                                  {"left", std::move(left)}});
    }
    json["suppressed"] = suppressed_json(values.suppressed);
    return json;
}

}  // namespace ttmem
