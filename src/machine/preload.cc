#include "src/machine/preload.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLibrary = "libttmem_preload.so";
constexpr const char* kMockLibrary = "libttmem_mock.so";
#if defined(__aarch64__)
constexpr const char* kMultiarch = "../lib/aarch64-linux-gnu/ttmem";
#else
constexpr const char* kMultiarch = "../lib/x86_64-linux-gnu/ttmem";
#endif

// `name` in the first of the folders beside the program that has it; "" in none.
std::string beside(const fs::path& program, std::initializer_list<const char*> folders, const char* name) {
    for (const char* folder : folders) {
        std::error_code error;
        const fs::path path = fs::canonical(program / folder / name, error);
        if (!error) return path;
    }
    return "";
}

// Before what is there, and only once: a run within a run adds nothing.
std::string in_front(const std::string& first, std::string_view rest, std::string_view separators) {
    for (size_t begin = 0; begin < rest.size();) {
        const size_t end = std::min(rest.find_first_of(separators, begin), rest.size());
        if (rest.substr(begin, end - begin) == first) return std::string(rest);
        begin = end + 1;
    }
    return rest.empty() ? first : first + ":" + std::string(rest);
}

// All that belongs to it, or nothing: what is half there would fail in silence.
void find_launcher(const fs::path& program, Preload& preload) {
    constexpr const char* kFolder = "../share/ttmem/python";
    const fs::path folder = (program / kFolder).lexically_normal();
    for (const char* name : {"sitecustomize.py", "ttmem_ttnn.py", "ttmem_mock.py"}) {
        const std::string file = beside(program, {kFolder}, name);
        if (file.empty()) {
            preload.launcher_problem = (folder / name).string() + " is not installed";
            return preload.launcher.clear();
        }
        preload.launcher = fs::path(file).parent_path();
    }
    if (preload.launcher.find(':') == std::string::npos) return;
    preload.launcher_problem = "Python cannot be led to " + preload.launcher + ": its name has a colon";
    preload.launcher.clear();
}

void leave_out_unless_it_loads(Preload& preload) {
    if (preload.library.empty()) return;
    if (void* library = ::dlopen(preload.library.c_str(), RTLD_LAZY | RTLD_LOCAL); library != nullptr) {
        ::dlclose(library);
        return;
    }
    preload.problem = preload.library + " cannot be loaded: " + ::dlerror();
    preload.library.clear();
}

}  // namespace

Preload find_preload(const std::string& folder_of_program) {
    Preload preload;
    preload.library = beside(folder_of_program, {"../lib", "../lib/ttmem", kMultiarch, "../lib64/ttmem"}, kLibrary);
    preload.mock = beside(folder_of_program, {"../lib", "../lib/ttmem", kMultiarch, "../lib64/ttmem"}, kMockLibrary);
    find_launcher(folder_of_program, preload);
    // The linker would read such a path as several.
    if (preload.library.find_first_of(" :;") != std::string::npos) preload.library.clear();
    if (preload.mock.find_first_of(" :;") != std::string::npos) preload.mock.clear();
    leave_out_unless_it_loads(preload);
    return preload;
}

Preload find_preload() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? Preload() : find_preload(self.parent_path());
}

std::map<std::string, std::string> preload_environment(const Preload& preload, bool on_mock) {
    std::map<std::string, std::string> environment;
    if (preload.library.empty()) return environment;
    const char* set = std::getenv("LD_PRELOAD");
    std::string libraries = set == nullptr ? "" : set;
    if (on_mock) libraries = in_front(preload.mock, libraries, ": ");
    environment["LD_PRELOAD"] = in_front(preload.library, libraries, ": ");
    const char* path = std::getenv("PYTHONPATH");
    if (!preload.launcher.empty())
        environment["PYTHONPATH"] = in_front(preload.launcher, path == nullptr ? "" : path, ":");
    return environment;
}

}  // namespace ttmem
