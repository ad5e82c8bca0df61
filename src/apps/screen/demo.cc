#include "src/apps/screen/demo.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "src/base/text.h"

namespace ttmem {
namespace {

// Two servers that decode on all chips, each with a leak to be found: a tensor that is forgotten, and circular buffers
// that are never given back.
const std::vector<std::vector<std::string>> kPrograms = {
    {"decode", "--machine", "T3000", "--steps", "120", "--rate", "60", "--plant", "leak"},
    {"decode", "--machine", "T3000", "--steps", "160", "--rate", "40", "--plant", "missing-cb-free"},
};

std::string simulator_path() {
    std::error_code problem;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", problem);
    return (program.parent_path() / "ttmem-sim").string();
}

// In memory where there is such a place: ledgers are mapped. Its name is none that other commands look into.
std::string made_directory() {
    for (const char* parent : {"/dev/shm", "/tmp"}) {
        std::string path = std::string(parent) + "/demo-of-ttmem.XXXXXX";
        if (::mkdtemp(path.data()) != nullptr) return path;
    }
    return "";
}

[[noreturn]] void become(const std::string& simulator, const std::vector<std::string>& words) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);  // keys of the terminal are not for it
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = ::open("/dev/null", O_RDWR);
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nothing, descriptor);
    std::vector<char*> arguments = {const_cast<char*>(simulator.c_str())};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(simulator.c_str(), arguments.data());
    ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<Demo>> Demo::start() {
    const std::string simulator = simulator_path();
    if (::access(simulator.c_str(), X_OK) != 0) {
        return Error{"the simulator is not installed", simulator + " is not there",
                     "a build has it (cmake --build build/release --target ttmem ttmem-sim); or look at a capture: "
                     "ttmem top FILE"};
    }
    std::unique_ptr<Demo> demo(new Demo);
    demo->simulator_ = simulator;
    demo->directory_ = made_directory();
    if (demo->directory_.empty())
        return Error{"no directory can be made for the demo", "neither in /dev/shm nor in /tmp", ""};
    if (::getrandom(&demo->run_, sizeof demo->run_, 0) != sizeof demo->run_ || demo->run_ == 0) demo->run_ = 1;
    ::setenv("TTMEM_DIR", demo->directory_.c_str(), 1);
    ::setenv("TTMEM_RUN", hex128(demo->run_).c_str(), 1);
    ::setenv("TTMEM_LEVEL", "events", 1);
    for (size_t i = 0; i < kPrograms.size(); ++i) demo->programs_.push_back(demo->started(i));
    return demo;
}

pid_t Demo::started(size_t program) const {
    const pid_t pid = ::fork();
    if (pid == 0) become(simulator_, kPrograms[program]);
    return pid;
}

void Demo::keep_running() {
    for (size_t i = 0; i < programs_.size(); ++i) {
        if (programs_[i] > 0 && ::waitpid(programs_[i], nullptr, WNOHANG) == programs_[i]) programs_[i] = started(i);
    }
}

Demo::~Demo() {
    for (const pid_t program : programs_) {
        if (program <= 0) continue;
        ::kill(program, SIGKILL);
        ::waitpid(program, nullptr, 0);
    }
    std::error_code ignored;
    if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace ttmem
