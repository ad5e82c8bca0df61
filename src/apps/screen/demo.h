// Simulated programs that run for as long as somebody watches them: what `ttmem top --demo` shows.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace ttmem {

// They record as real ones do, into a directory of their own that goes with them.
class Demo {
public:
    // An error where the simulator is not installed beside this program.
    static Result<std::unique_ptr<Demo>> start();
    ~Demo();
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;

    // Starts those anew that have come to their end.
    void keep_running();

    const std::string& directory() const { return directory_; }
    unsigned __int128 run() const { return run_; }

private:
    Demo() = default;
    pid_t started(size_t program) const;

    std::string simulator_, directory_;
    unsigned __int128 run_ = 0;
    std::vector<pid_t> programs_;  // -1: could not be started
};

}  // namespace ttmem
