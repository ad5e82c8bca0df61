// What the simulator throws; main() turns each into one message and an exit code.
#pragma once

#include <stdexcept>

namespace ttmem::sim {

// An input that is not what it must be: a machine, a stream. The message names file, line and reason. Exit code 1.
struct Refused : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A command line that asks for what does not exist. Exit code 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace ttmem::sim
