// A program that runs as our child: started, followed, its signals forwarded, its end noticed.
//
// One child at a time, in a process with one thread: signals are waited for, never handled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/apps/exit_code.h"
#include "src/base/result.h"

namespace ttmem {

// How a program ended, as a shell says it.
struct ChildEnd {
    int code = 0;    // 128 + n for signal n
    int signal = 0;  // that ended it; 0 for none
};

class ChildProcess {
public:
    // Starts `words` with these variables added to the environment; stdin, stdout and stderr are ours. Our orphaned
    // descendants become our children. When it cannot be started, `cannot_start` is 126 or 127, as a shell has it.
    // From here on TERM, INT, HUP and CHLD are blocked in this process.
    static Result<ChildProcess> start(const std::vector<std::string>& words,
                                      const std::map<std::string, std::string>& environment, int& cannot_start);

    // Waits for the child's end, at most `patience`. A TERM, INT or HUP that comes meanwhile is handed on.
    std::optional<ChildEnd> wait(std::chrono::milliseconds patience);

    pid_t pid() const { return pid_; }

private:
    explicit ChildProcess(pid_t pid) : pid_(pid) {}
    std::optional<ChildEnd> reap();
    pid_t pid_;
};

}  // namespace ttmem
