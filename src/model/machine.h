// What the machine itself tells, without any ledger: who uses its devices, what runs, what a check has found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
};

// A process that runs at the moment.
struct RunningProcess {
    uint32_t pid = 0;
    std::string comm;  // foreign: not escaped
};

enum class Health : uint8_t { kOk, kWarning, kFailure };

// What one check of the machine has found.
struct Finding {
    Health health = Health::kOk;
    std::string check;  // what was looked at: "ledger directory"
    std::string found;  // foreign names in it are not escaped
    std::string next;   // what to do; "" when nothing is to be done
};

}  // namespace ttmem
