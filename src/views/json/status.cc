#include "src/views/json/status.h"

#include "src/views/json/untracked.h"

namespace ttmem {

Json status_json(const StatusValues& values) {
    Json json = document("status", values.generated_at, values.coverage);
    json["moment"] = text_or_null(values.moment);
    json["chips"] = chips_json(values.chips);
    json["processes"] = Json::array();
    for (const Process* process : values.processes) {
        Json item = process_json(*process);
        item.erase("chips");  // `ttmem ps --json` has them
        json["processes"].push_back(std::move(item));
    }
    json["untracked_processes"] = untracked_json(values.untracked);
    return json;
}

}  // namespace ttmem
