// A program that runs as our child, such that a parent sees no difference: started with what we inherited, told every
// signal that we are told, stopped and continued together with us, its end noticed whatever was ignored before.
//
// One child at a time, in a process with one thread. From its start on, also when that fails, all signals are blocked
// here: they are waited for, never handled.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/apps/exit_code.h"
#include "src/apps/running/group_witness.h"
#include "src/base/fd.h"
#include "src/base/result.h"

namespace ttmem {

// How a program ended.
struct ChildEnd {
    int code = 0;    // as a shell says it: 128 + n for signal n
    int signal = 0;  // that ended it; 0 for none
};

class ChildProcess {
public:
    // Starts `words` with these variables added to the environment; stdin, stdout, stderr, dispositions and mask are
    // those that we inherited. Our orphaned descendants become our children. When it cannot be started, `cannot_start`
    // is 126 or 127, as a shell has it. `before`: what the child does before it becomes the program.
    static Result<ChildProcess> start(const std::vector<std::string>& words,
                                      const std::map<std::string, std::string>& environment, int& cannot_start,
                                      const std::function<void()>& before = {});

    // Waits for the child's end, at most `patience`, or until `also` (a descriptor, -1 for none) can be read. Signals
    // that come meanwhile are handed on, unless the child has got them as well; when the child stops, so do we.
    std::optional<ChildEnd> wait(std::chrono::milliseconds patience, int also = -1);

    pid_t pid() const { return pid_; }

private:
    ChildProcess(pid_t pid, ScopedFd pidfd, ScopedFd signals, GroupWitness witness)
        : pid_(pid), pidfd_(std::move(pidfd)), signals_(std::move(signals)), witness_(std::move(witness)) {}
    std::optional<ChildEnd> look();
    void reap_orphans();
    void take_signals();
    bool child_was_told(int signal);
    void hand_on(int signal, const siginfo_t* info);
    void stop_as_well(int signal);

    pid_t pid_;
    ScopedFd pidfd_;    // none where the kernel has no such thing
    ScopedFd signals_;  // all of them, as a descriptor
    GroupWitness witness_;
};

// After the child's end: signals end this process again, except SIGPIPE, so that it cannot hang in a write for ever.
void accept_signals_again();

// Ends this process as the child ended: by the same signal, without a core, so that our parent sees what it would have
// seen. Returns where that does not end it, as in the first process of a container.
void die_of(int signal);

// Descriptors 0, 1 and 2 that are closed are taken, such that neither reading nor writing them succeeds and no program
// that we start has them: nothing else can get their numbers then.
void occupy_closed_descriptors();

}  // namespace ttmem
