// A process between `ttmem fit` and each of its runs, which ends the run and all that it started within seconds when it
// is told to, and when `ttmem fit` has gone, however that ended. A program that ignores what it is asked is killed.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>

namespace ttmem {

// What asks a program to end, but for what our parent had us ignore, and ends of children: blocked, and waited for.
// What comes later than the last wait goes with this.
class EndingSignals {
public:
    EndingSignals();
    EndingSignals(const EndingSignals&) = delete;
    EndingSignals& operator=(const EndingSignals&) = delete;
    ~EndingSignals();

    // Nothing where none has come in time. Without `patience` it waits for ever.
    std::optional<int> wait(std::optional<std::chrono::milliseconds> patience) const;

    // The mask as it was: for what is to be started.
    const sigset_t& before() const { return before_; }

private:
    sigset_t awaited_, before_;
};

// Starts `run`, which must not return, in a child of the keeper. The keeper ends as the run does. To be told to end by
// SIGTERM; when it is told again, a second later or more, it waits no longer. Below 0: no process can be made.
pid_t start_kept(const EndingSignals& signals, const std::function<void()>& run);

}  // namespace ttmem
