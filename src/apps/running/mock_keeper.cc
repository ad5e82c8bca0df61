#include "src/apps/running/mock_keeper.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "src/apps/running/child_process.h"
#include "src/machine/descendants.h"

namespace ttmem {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{5};       // of a program that was asked to end; then of its run, for its report
constexpr milliseconds kBetween{50};  // looks at what still lives
constexpr seconds kSameRequest{1};    // a terminal and `ttmem fit` may both tell of one

class Keeper {
public:
    Keeper(const EndingSignals& signals, pid_t fit) : signals_(signals), fit_(fit) {}

    // The run's status, as wait() has it.
    int keep(const std::function<void()>& run) {
        run_ = ::fork();
        if (run_ == 0) {
            ::sigprocmask(SIG_SETMASK, &signals_.before(), nullptr);
            run();
            ::_exit(1);
        }
        if (run_ < 0) return 1 << 8;
        if (::getppid() != fit_) ask();  // it had gone before we were to be told
        while (!is_over()) {
            const std::optional<int> signal = signals_.wait(asked_at_ ? std::optional(kBetween) : std::nullopt);
            if (signal && *signal != SIGCHLD) ask();
            if (asked_at_) kill_what_is_left();
        }
        return status_.value_or(SIGKILL);
    }

private:
    void ask() {
        if (asked_at_ && Clock::now() - *asked_at_ > kSameRequest) is_urgent_ = true;
        if (asked_at_) return;
        asked_at_ = Clock::now();
        ::kill(run_, SIGTERM);
    }

    // Whatever is left once more each time: what has just been made is as much a part of it. The run goes last, for it
    // cleans up and tells; nothing waits for what even this does not end.
    void kill_what_is_left() {
        const auto waited = Clock::now() - *asked_at_;
        if (waited < kPatience && !is_urgent_ && !status_) return;
        for (const RunningProcess& process : living_descendants()) {
            const auto pid = static_cast<pid_t>(process.pid);
            if (pid != run_ || waited > 2 * kPatience) ::kill(pid, SIGKILL);
        }
    }

    bool is_over() {
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == run_) status_ = status;
        if (!asked_at_) return status_.has_value();
        return (status_ && living_descendants().empty()) || Clock::now() - *asked_at_ > 3 * kPatience;
    }

    const EndingSignals& signals_;
    pid_t fit_, run_ = -1;
    std::optional<int> status_;
    std::optional<Clock::time_point> asked_at_;
    bool is_urgent_ = false;
};

}  // namespace

EndingSignals::EndingSignals() {
    ::signal(SIGCHLD, SIG_DFL);  // ignored, children would vanish without a word
    ::sigemptyset(&awaited_);
    for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        struct sigaction action {};
        const bool is_ignored = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
        if (!is_ignored || signal == SIGTERM) ::sigaddset(&awaited_, signal);
    }
    ::sigprocmask(SIG_BLOCK, &awaited_, &before_);
}

EndingSignals::~EndingSignals() {
    while (wait(milliseconds(0))) {
    }
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> EndingSignals::wait(std::optional<milliseconds> patience) const {
    int signal = 0;
    if (patience) {
        const timespec time{patience->count() / 1000, patience->count() % 1000 * 1'000'000};
        signal = ::sigtimedwait(&awaited_, nullptr, &time);
    } else {
        signal = ::sigwaitinfo(&awaited_, nullptr);
    }
    return signal > 0 ? std::optional(signal) : std::nullopt;
}

pid_t start_kept(const EndingSignals& signals, const std::function<void()>& run) {
    const pid_t fit = ::getpid(), keeper = ::fork();
    if (keeper != 0) return keeper;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that nothing of the run gets away
    const int status = Keeper(signals, fit).keep(run);
    if (WIFSIGNALED(status)) die_of(WTERMSIG(status));
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

}  // namespace ttmem
