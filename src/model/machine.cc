#include "src/model/machine.h"

#include <algorithm>

namespace ttmem {

void note_untracked(const UntrackedProcesses& untracked, Coverage& coverage) {
    for (const DeviceUser& user : untracked.device_users) {
        std::string devices;
        for (const std::string& device : user.devices) devices += (devices.empty() ? "" : ", ") + device;
        coverage.note("process " + std::to_string(user.pid) + " (" + user.comm + ") holds " + devices +
                      " and is not tracked: what it uses is not in these figures");
    }
    if (!untracked.why_unknown.empty()) {
        coverage.note("whether other processes use a device could not be seen (" + untracked.why_unknown + ")");
    }
}

const char* health_name(Health health) {
    switch (health) {
        case Health::kOk:
            return "ok";
        case Health::kWarning:
            return "warn";
        case Health::kFailure:
            return "fail";
    }
    return "fail";
}

Health overall(const std::vector<Finding>& findings) {
    Health worst = Health::kOk;
    for (const Finding& finding : findings) worst = std::max(worst, finding.health);
    return worst;
}

}  // namespace ttmem
