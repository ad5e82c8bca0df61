#include "src/collector/untracked_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string_view>

#include "src/base/fd.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr std::string_view kSuffix = ".untracked";
constexpr size_t kMostBytes = 4096, kMostTraces = 4096;

uint64_t to_number(std::string_view text) {
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

UntrackedTrace parse(const std::string& text) {
    UntrackedTrace trace;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const size_t space = line.find(' ');
        if (space == std::string::npos) continue;
        const std::string name = line.substr(0, space), value = line.substr(space + 1);
        if (name == "pid") trace.pid = static_cast<uint32_t>(to_number(value));
        if (name == "run") trace.run.value = parse_hex128(value).value_or(0);
        if (name == "comm") trace.comm = value;
        if (name == "reason") trace.reason = value;
        if (name == "needed") trace.needed_bytes = to_number(value);
        if (name == "free") trace.free_bytes = to_number(value);
        if (name == "limit") trace.limit = value;
    }
    return trace;
}

// Its text, if it is a small regular file of the directory's owner; never a link, and never waiting.
std::optional<std::string> read_file(int directory, const char* name, uint32_t owner) {
    const ScopedFd file(::openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != owner)
        return std::nullopt;
    std::string text(kMostBytes, '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0) return std::nullopt;
    text.resize(static_cast<size_t>(got));
    return text;
}

void read_directory(const LedgerDirectory& directory, std::vector<UntrackedTrace>& traces) {
    ScopedFd fd(::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const ScopedDirectory listing(fd ? ::fdopendir(fd.get()) : nullptr);
    if (!listing) return;
    const int folder = fd.release();  // the listing's now
    while (const dirent* entry = ::readdir(listing.get())) {
        if (!std::string_view(entry->d_name).ends_with(kSuffix) || traces.size() == kMostTraces) continue;
        const std::optional<std::string> text = read_file(folder, entry->d_name, directory.owner());
        if (!text) continue;
        traces.push_back(parse(*text));
        traces.back().path = directory.path() + "/" + entry->d_name;
    }
}

// Where this user's programs put their ledgers, as far as it is there.
ScopedFd usual_directory() {
    const char* chosen = std::getenv("TTMEM_DIR");
    const std::string user = std::to_string(::geteuid());
    const std::string own = "/dev/shm/ttmem-" + user;
    ::mkdir(own.c_str(), 0700);
    for (const std::string& path : {std::string(chosen == nullptr ? "" : chosen), "/run/ttmem/" + user, own}) {
        if (path.empty()) continue;
        ScopedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status {};
        if (fd && ::fstat(fd.get(), &status) == 0 && status.st_uid == ::geteuid()) return fd;
    }
    return ScopedFd();
}

}  // namespace

std::vector<UntrackedTrace> untracked_traces(const System& system) {
    std::vector<UntrackedTrace> traces;
    for (const auto& directory : system.directories().readable) read_directory(*directory, traces);
    return traces;
}

std::string untracked_sentence(const UntrackedTrace& trace) {
    const std::string who = "process " + std::to_string(trace.pid) + " (" + trace.comm + ") recorded nothing: ";
    if (trace.reason == "nested-run")
        return "a `ttmem run` was started in this run (process " + std::to_string(trace.pid) +
               "): what it followed is in its report, not in this one";
    if (trace.reason != "no-room") return who + (trace.limit.empty() ? trace.reason : trace.limit);
    std::string sentence = who + "no room for its ledger";
    if (trace.needed_bytes != 0) {
        sentence += ", which needs " + human_bytes(trace.needed_bytes) + " where " + human_bytes(trace.free_bytes) +
                    " are free";
    }
    if (!trace.limit.empty()) sentence += " (" + trace.limit + ")";
    return sentence + "; `ttmem gc --all` makes room, or docker run --shm-size=256m";
}

void leave_nested_run_trace(const std::string& outer_run, const std::string& run) {
    const ScopedFd directory = usual_directory();
    if (!directory) return;
    const std::string name = run + std::string(kSuffix);
    const ScopedFd file(::openat(directory.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400));
    if (!file) return;
    const std::string text =
        "pid " + std::to_string(::getpid()) + "\nrun " + outer_run + "\ncomm ttmem\nreason nested-run\n";
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        ::unlinkat(directory.get(), name.c_str(), 0);
}

}  // namespace ttmem
