#include "src/apps/mock_runs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "src/base/fd.h"
#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/collector/gc.h"

namespace ttmem {
namespace {

constexpr std::streamoff kTail = 64 << 10;  // of a log, in which its last words are looked for
constexpr size_t kMostWords = 300;          // bytes of them
constexpr int kOpenedHardware = 125;        // adapters/preload/mock/hardware.c

volatile sig_atomic_t asked_to_end = 0;

void note_signal(int signal) { asked_to_end = signal; }

// Without SA_RESTART: what waits is to wake up.
void catch_signals() {
    struct sigaction action {};
    action.sa_handler = note_signal;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    ::signal(SIGCHLD, SIG_DFL);  // ignored, children would vanish without a word
}

[[noreturn]] void become_run(const std::vector<std::string>& words, const std::string& log) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const int in = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (in < 0 || out < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(1);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(1);
}

// A '%' in a capture's name would be read as a pattern.
std::string without_patterns(const std::string& path) {
    std::string name;
    for (const char c : path) name += c == '%' ? "%%" : std::string(1, c);
    return name;
}

pid_t start(const MockJob& job) {
    std::vector<std::string> words = {"ttmem",    "run",
                                      "-q",       "--force",
                                      "--mock",   job.machine,
                                      "--report", job.base + ".json",
                                      "-o",       without_patterns(job.base + ".ttmem"),
                                      "--"};
    words.insert(words.end(), job.words.begin(), job.words.end());
    const pid_t pid = ::fork();
    if (pid == 0) become_run(words, job.base + ".log");
    return pid;
}

// "[host:1234] *** End of error message ***": what Open MPI, which tt-metal starts, prints of a signal.
bool is_of_signal(std::string_view line) {
    const size_t bracket = line.find("] "), colon = line.find(':');
    return line.starts_with('[') && colon < bracket && bracket != std::string_view::npos &&
           line.find_first_not_of("0123456789", colon + 1) == bracket;
}

// tt-metal's own message stands in the line after "info:"; else the last line that names an error, else the last one,
// which says nothing of a signal.
std::string last_words_of(const std::string& log, bool was_signal) {
    std::ifstream file(log, std::ios::binary);
    file.seekg(0, std::ios::end);
    file.seekg(std::max<std::streamoff>(file.tellg() - kTail, 0));
    std::string line, words, last;
    bool is_message = false, has_message = false;
    while (std::getline(file, line)) {
        if (is_of_signal(line)) continue;
        if (is_message) {
            words = line;
            has_message = true;
        } else if (!has_message && (line.find("Error") != std::string::npos || line.starts_with("ttmem: "))) {
            words = line;
        }
        is_message = line == "info:";
        if (!line.empty()) last = line;
    }
    if (words.empty() && !was_signal) words = last;
    return words.size() > kMostWords ? words.substr(0, kMostWords) + "..." : words;
}

MockEnd end_of(const MockJob& job, int status) {
    MockEnd ended;
    std::ifstream file(job.base + ".json", std::ios::binary);
    const auto report = nlohmann::json::parse(file, nullptr, false);
    if (report.is_object()) {  // absent where the program was not started
        ended.end.code = report.value("child_exit_code", -1);
        ended.run_id = report.value("run_id", "");
        ended.stand_in_compiler = report["mock"].value("stand_in_compiler", false);
        const auto& chips = report["mock"]["chips"];  // null for a descriptor of the user's
        if (chips.is_number_unsigned()) ended.end.machine_chips = chips.get<size_t>();
        ended.end.left_running = report.contains("still_running") && !report["still_running"].empty();
    }
    ended.end.opened_hardware = WIFEXITED(status) && WEXITSTATUS(status) == kOpenedHardware;
    if (ended.end.code != 0) ended.end.last_words = last_words_of(job.base + ".log", ended.end.code > 128);
    return ended;
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

}  // namespace

size_t mocks_at_once() { return std::max(1u, std::thread::hardware_concurrency()); }

int run_on_mocks(std::vector<MockJob> jobs,
                 const std::function<std::vector<MockJob>(size_t job, const MockEnd&)>& ended) {
    catch_signals();
    std::map<pid_t, size_t> running;
    size_t next = 0;
    const auto end = [&](size_t job, const MockEnd& how) {
        for (MockJob& more : ended(job, how)) jobs.push_back(std::move(more));
    };
    while (!running.empty() || (next < jobs.size() && asked_to_end == 0)) {
        if (running.size() < mocks_at_once() && next < jobs.size() && asked_to_end == 0) {
            const pid_t pid = start(jobs[next]);
            if (pid > 0) running[pid] = next;
            if (pid < 0) end(next, {});
            ++next;
            continue;
        }
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, 0);
        if (pid < 0 && errno == EINTR && asked_to_end != 0)
            for (const auto& [child, job] : running) ::kill(child, SIGTERM);
        if (const auto it = running.find(pid); it != running.end()) {
            const size_t job = it->second;
            running.erase(it);
            const MockEnd how = end_of(jobs[job], status);
            remove_ledgers_of(how.run_id);
            if (asked_to_end == 0) end(job, how);
        }
    }
    return asked_to_end;
}

}  // namespace ttmem
