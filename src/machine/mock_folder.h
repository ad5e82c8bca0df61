// The folder of one mock run: its machine's descriptor, and whatever tt-metal caches, logs and generates meanwhile. It
// is private to the user, and goes with its owner. What a run that was killed has left is removed by a later one.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/model/mock_machine.h"

namespace ttmem {

class MockFolder {
public:
    // In $TMPDIR, or /tmp.
    static Result<MockFolder> make(const MockMachine& machine);

    MockFolder(MockFolder&& other) noexcept
        : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)), machine_(std::move(other.machine_)) {}
    MockFolder& operator=(MockFolder&&) = delete;
    ~MockFolder();

    const std::string& path() const { return path_; }

    // What turns a program's tt-metal to the mock, and to this folder.
    std::map<std::string, std::string> environment() const;

    // Whether kernels were compiled by our stand-in for a compiler.
    bool has_compiled() const;

private:
    MockFolder(std::string path, ScopedFd lock, std::string machine)
        : path_(std::move(path)), lock_(std::move(lock)), machine_(std::move(machine)) {}

    std::string path_;
    ScopedFd lock_;  // held as long as the run lasts
    std::string machine_;
};

// What the user's environment says about hardware, which would hide chips of the mock or lead away from it: taken out
// of the environment of this process, from which the program inherits.
void forget_hardware();

}  // namespace ttmem
