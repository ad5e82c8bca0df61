// What the machine itself tells, without any ledger: who uses its devices, what runs, what a check has found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/model/coverage.h"

namespace ttmem {

// A process that has a device node open.
struct DeviceUser {
    uint32_t pid = 0;
    std::string comm;                  // foreign: not escaped
    std::vector<std::string> devices;  // paths below /dev/tenstorrent
};

// Processes that use a device and are not tracked.
struct UntrackedProcesses {
    std::vector<DeviceUser> device_users;
    bool device_nodes = false;      // this machine has /dev/tenstorrent
    uint64_t hidden_processes = 0;  // processes whose files we may not see
    std::string why_unknown{};      // who else uses a device could not be found out, and why; "" it could
};

// A note per process that uses a device beside the tracked ones: its memory is in no figure.
void note_untracked(const UntrackedProcesses& untracked, Coverage& coverage);

// A process that runs at the moment.
struct RunningProcess {
    uint32_t pid = 0;
    std::string comm;  // foreign: not escaped
};

enum class Health : uint8_t { kOk, kWarning, kFailure };
const char* health_name(Health health);  // "ok", "warn", "fail"

// What one check of the machine has found.
struct Finding {
    Health health = Health::kOk;
    std::string check;  // what was looked at: "ledger directory"
    std::string found;  // foreign names in it are not escaped
    std::string next;   // what to do; "" when nothing is to be done
};

// The worst of them.
Health overall(const std::vector<Finding>& findings);

}  // namespace ttmem
