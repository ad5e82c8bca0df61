#include "src/views/json/untracked.h"

#include "src/base/text.h"

namespace ttmem {

Json untracked_json(const UntrackedProcesses& untracked) {
    Json json = Json::array();
    for (const DeviceUser& h : untracked.device_users) {
        Json item;
        item["pid"] = h.pid;
        item["comm"] = valid_utf8(h.comm);
        item["devices"] = Json::array();
        for (const std::string& device : h.devices) item["devices"].push_back(valid_utf8(device));
        json.push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem
