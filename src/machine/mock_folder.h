// The folder of one mock run: its machine's descriptor, and whatever tt-metal caches, logs and generates meanwhile.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "src/base/result.h"
#include "src/machine/run_folder.h"
#include "src/model/mock_machine.h"

namespace ttmem {

class MockFolder {
public:
    static Result<MockFolder> make(const MockMachine& machine);

    const std::string& path() const { return folder_.path(); }

    // What turns a program's tt-metal to the mock, and to this folder.
    std::map<std::string, std::string> environment() const;

    // Whether kernels were compiled by our stand-in for a compiler.
    bool has_compiled() const;

    // Whether a process was ended because it opened a real device.
    bool has_opened_device() const;

    // Of this machine's own memory that was refused to a process, the first request; absent where none was
    // (adapters/preload/mock/host_memory.c).
    std::optional<uint64_t> host_refused_bytes() const;

    // By pid, with which status processes ended that said so: all that ended with another than 0, or by _exit
    // (adapters/preload/mock/ends.c). Who is not here was killed, or ended with 0 in the ordinary way.
    std::map<uint32_t, int> ends() const;

private:
    MockFolder(RunFolder folder, std::string machine) : folder_(std::move(folder)), machine_(std::move(machine)) {}

    RunFolder folder_;
    std::string machine_;
};

// What the user's environment says about hardware, which would hide chips of the mock or lead away from it: taken out
// of the environment of this process, from which the program inherits.
void forget_hardware();

}  // namespace ttmem
