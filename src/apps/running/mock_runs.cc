#include "src/apps/running/mock_runs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <thread>

#include "src/apps/running/mock_keeper.h"
#include "src/base/fd.h"
#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/collector/gc.h"

namespace ttmem {
namespace {

[[noreturn]] void become_run(const std::vector<std::string>& words, int log) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in >= 0 && ::dup2(in, 0) >= 0 && ::dup2(log, 1) >= 0 && ::dup2(log, 2) >= 0)
        ::execv("/proc/self/exe", arguments.data());
    ::_exit(1);
}

// A '%' in a capture's name would be read as a pattern.
std::string without_patterns(const std::string& path) {
    std::string name;
    for (const char c : path) name += c == '%' ? "%%" : std::string(1, c);
    return name;
}

Result<pid_t> start(const MockJob& job, const EndingSignals& signals) {
    std::vector<std::string> words = {"ttmem",    "run",
                                      "-q",       "--force",
                                      "--mock",   job.machine,
                                      "--report", job.base + ".json",
                                      "-o",       without_patterns(job.base + ".ttmem"),
                                      "--"};
    words.insert(words.end(), job.words.begin(), job.words.end());
    const std::string log = job.base + ".log";
    const ScopedFd out(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!out) return Error{"its output cannot be written to " + log, std::strerror(errno), ""};
    const pid_t pid = start_kept(signals, [&] { become_run(words, out.get()); });
    if (pid < 0) return Error{"no process could be made for it", std::strerror(errno), ""};
    return pid;
}

// All that they say is in the capture: they would fill the lists of this user, and push out what else he left there.
void remove_ledgers_of(const std::string& run_id) {
    const auto run = parse_hex128(run_id);
    if (!run) return;
    const auto system = real_system();
    GcRule rule{.uid = ::geteuid(), .all = true, .force = true, .named = std::set<std::string>{}};
    for (const Process& process : collect(*system, {.run = run, .live = false}, {.allocations = false}).processes)
        rule.named->insert(process.ledger_path);
    collect_garbage(*system, rule);
}

class MockRuns {
public:
    MockRuns(std::vector<MockJob> jobs, const std::function<std::vector<MockJob>(size_t, const MockEnd&)>& ended)
        : jobs_(std::move(jobs)), ended_(ended) {}

    int run() {
        for (;;) {
            reap();
            while (signal_ == 0 && running_.size() < mocks_at_once() && next_ < jobs_.size()) begin(next_++);
            if (running_.empty() && (signal_ != 0 || next_ == jobs_.size())) return signal_;
            const std::optional<int> signal = signals_.wait(std::nullopt);
            if (!signal || *signal == SIGCHLD) continue;
            if (signal_ == 0) signal_ = *signal;
            for (const auto& [keeper, job] : running_) ::kill(keeper, SIGTERM);
        }
    }

private:
    void begin(size_t job) {
        const Result<pid_t> keeper = start(jobs_[job], signals_);
        if (keeper) {
            running_[*keeper] = job;
            return;
        }
        MockEnd how;
        how.end.why_unknown = "it was not run: " + keeper.error().what + ": " + keeper.error().why;
        end(job, how);
    }

    void reap() {
        int status = 0;
        for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
            const auto it = running_.find(pid);
            if (it == running_.end()) continue;
            const size_t job = it->second;
            running_.erase(it);
            const MockEnd how = read_mock_report(jobs_[job].base, status);
            remove_ledgers_of(how.run_id);
            if (signal_ == 0) end(job, how);
        }
    }

    void end(size_t job, const MockEnd& how) {
        for (MockJob& more : ended_(job, how)) jobs_.push_back(std::move(more));
    }

    EndingSignals signals_;
    std::vector<MockJob> jobs_;
    const std::function<std::vector<MockJob>(size_t, const MockEnd&)>& ended_;
    std::map<pid_t, size_t> running_;  // by keeper
    size_t next_ = 0;
    int signal_ = 0;
};

}  // namespace

size_t mocks_at_once() { return std::max(1u, std::thread::hardware_concurrency()); }

int run_on_mocks(std::vector<MockJob> jobs,
                 const std::function<std::vector<MockJob>(size_t job, const MockEnd&)>& ended) {
    return MockRuns(std::move(jobs), ended).run();
}

}  // namespace ttmem
