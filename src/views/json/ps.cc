#include "src/views/json/ps.h"

#include "src/analysis/snapshot/select.h"
#include "src/views/json/untracked.h"

namespace ttmem {

Json ps_json(const Snapshot& snapshot, const UntrackedProcesses& untracked, const std::string& moment) {
    Json json = document("ps", snapshot.generated_at, snapshot.coverage);
    json["moment"] = text_or_null(moment);
    json["items"] = Json::array();
    for (const Process* process : latest_first(snapshot)) json["items"].push_back(process_json(*process));
    json["untracked_processes"] = untracked_json(untracked);
    return json;
}

}  // namespace ttmem
