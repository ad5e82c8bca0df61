#include "src/collector/untracked_trace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "src/base/own_pid.h"
#include "src/base/text.h"
#include "src/collector/listing.h"
#include "src/collector/run_id.h"
#include "src/collector/sources.h"

namespace ttmem {
namespace {

constexpr std::string_view kPrefix = "untracked.";
constexpr time_t kEndIsKept = 7 * 24 * 3600;  // as long as ledgers
constexpr size_t kMostTraces = 4096;          // of a directory of another user, who may make any number

std::optional<uint64_t> to_number(std::string_view text) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// untracked.<pid>.<start ticks>.<run>.<reason>.<bytes needed>.<bytes free>
std::optional<UntrackedTrace> parse(std::string_view name) {
    if (!name.starts_with(kPrefix)) return std::nullopt;
    std::array<std::string_view, 6> parts;
    size_t begin = kPrefix.size();
    for (size_t i = 0; i < parts.size(); ++i) {
        const bool last = i + 1 == parts.size();
        const size_t end = last ? name.size() : name.find('.', begin);
        if (end == std::string_view::npos || begin > name.size()) return std::nullopt;
        parts[i] = name.substr(begin, end - begin);
        begin = end + 1;
    }
    const auto pid = to_number(parts[0]), ticks = to_number(parts[1]), needed = to_number(parts[4]),
               free = to_number(parts[5]);
    const auto run = parse_hex128(parts[2]);
    if (!pid || !ticks || !run || !needed || !free) return std::nullopt;
    UntrackedTrace trace;
    trace.pid = static_cast<uint32_t>(*pid);
    trace.start_ticks = *ticks;
    trace.run.value = *run;
    trace.reason = parts[3];
    trace.needed_bytes = *needed;
    trace.free_bytes = *free;
    return trace;
}

// untracked.<ledger>.<run>.removed
std::optional<MissedLedger> parse_removed(std::string_view name) {
    constexpr std::string_view kSuffix = ".removed";
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
    if (name.size() != kPrefix.size() + 32 + 1 + 32 + kSuffix.size()) return std::nullopt;
    const auto id = parse_hex128(name.substr(kPrefix.size(), 32)),
               run = parse_hex128(name.substr(kPrefix.size() + 33, 32));
    if (!id || !run) return std::nullopt;
    return MissedLedger{"", {*id}, {*run}};
}

// untracked.<ledger>.<run>.<pid>.elsewhere
std::optional<LedgerElsewhere> parse_elsewhere(std::string_view name) {
    constexpr std::string_view kSuffix = ".elsewhere";
    constexpr size_t kIds = 32 + 1 + 32 + 1;
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
    if (name.size() < kPrefix.size() + kIds + kSuffix.size()) return std::nullopt;
    const auto id = parse_hex128(name.substr(kPrefix.size(), 32)),
               run = parse_hex128(name.substr(kPrefix.size() + 33, 32));
    name.remove_prefix(kPrefix.size() + kIds);
    const auto pid = to_number(name.substr(0, name.size() - kSuffix.size()));
    if (!id || !run || !pid) return std::nullopt;
    return LedgerElsewhere{"", {*id}, {*run}, static_cast<uint32_t>(*pid)};
}

// <ledger>.<pid>.<seconds>.removed
struct RemovedLedger {
    std::string path;
    uint64_t pid = 0, lived_at_s = 0;
};

std::optional<RemovedLedger> parse_gave_way(std::string_view name) {
    constexpr std::string_view kSuffix = ".removed";
    if (name.size() < 32 + kSuffix.size() || name[32] != '.' || !name.ends_with(kSuffix)) return std::nullopt;
    if (!parse_hex128(name.substr(0, 32))) return std::nullopt;
    name = name.substr(33, name.size() - std::min(name.size(), 33 + kSuffix.size()));
    const size_t dot = std::min(name.size(), name.find('.'));
    const auto pid = to_number(name.substr(0, dot)), lived_at = to_number(name.substr(std::min(name.size(), dot + 1)));
    if (!pid || !lived_at) return std::nullopt;
    return RemovedLedger{"", *pid, *lived_at};
}

// When the file was made; 0 unknown.
uint64_t made_at_s(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_mtim.tv_sec) : 0;
}

std::string at_words(uint64_t seconds) {
    return seconds != 0 ? " at " + rfc3339(static_cast<int64_t>(std::min<uint64_t>(seconds, INT32_MAX)) * 1'000'000'000)
                        : "";
}

std::optional<RunEnd> parse_end(std::string_view name) {
    constexpr std::string_view kSuffix = ".ended";
    if (name.size() < 32 + kSuffix.size() || name[32] != '.' || !name.ends_with(kSuffix)) return std::nullopt;
    const auto run = parse_hex128(name.substr(0, 32));
    name = name.substr(33, name.size() - 33 - kSuffix.size());
    const size_t dot = name.find('.');
    const auto processes = to_number(name.substr(0, dot));
    if (!run || !processes || dot == std::string_view::npos) return std::nullopt;
    return RunEnd{"", {*run}, *processes, name.substr(dot + 1) == "all"};
}

// Each file of a name that `parse` reads. `coverage` is told of directories that could not be listed.
template <class Trace>
std::vector<Trace> traces_of(const System& system, std::optional<Trace> (*parse)(std::string_view),
                             Coverage& coverage) {
    std::vector<Trace> traces;
    const LedgerDirectories directories = system.directories();
    for (const UnreadableDirectory& directory : directories.unreadable) {
        if (!directory.of_another) coverage.note_unread(unread_sentence(directory));
    }
    for (const auto& directory : directories.readable) {
        const ScopedDirectory listing(::opendir(directory->path().c_str()));
        size_t left = directory->owner() == system.user() ? SIZE_MAX : kMostTraces;
        while (const dirent* entry = listing ? next_entry(listing.get()) : nullptr) {
            std::optional<Trace> trace = parse(entry->d_name);
            if (!trace || left == 0) continue;
            --left;
            trace->path = directory->path() + "/" + entry->d_name;
            traces.push_back(std::move(*trace));
        }
        if (errno != 0 && errno != ENOENT)
            coverage.note_unread(unlisted_sentence(directory->path(), std::strerror(errno)));
    }
    return traces;
}

// Field 22 of /proc/PID/stat, counted from the end of the name, which may have anything in it; 0 where there is no such
// process that may be seen, nothing where that is not known.
std::optional<uint64_t> start_ticks_of(const std::string& pid) {
    char text[1024];
    const ScopedFd file(::open(("/proc/" + pid + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t size = file ? ::read(file.get(), text, sizeof text) : -1;
    if (size < 0 && errno != ENOENT && errno != ESRCH && errno != EACCES && errno != EPERM) return std::nullopt;
    std::string_view rest(text, size > 0 ? static_cast<size_t>(size) : 0);
    rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
    for (int field = 3; field <= 22; ++field) {
        rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
        if (field == 22) return to_number(rest.substr(0, rest.find(' '))).value_or(0);
        rest.remove_prefix(std::min(rest.size(), rest.find(' ')));
    }
    return 0;
}

// Where this user's programs put their ledgers; it is made as they make it.
ScopedFd usual_directory() {
    const char* chosen = std::getenv("TTMEM_DIR");
    const std::string user = std::to_string(::geteuid()), own = "/dev/shm/ttmem-" + user;
    for (const std::string& path : {std::string(chosen == nullptr ? "" : chosen), "/run/ttmem/" + user, own}) {
        if (path.empty()) continue;
        if (path == own) ::mkdir(own.c_str(), 0700);
        ScopedFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        struct stat status {};
        if (fd && ::fstat(fd.get(), &status) == 0 && status.st_uid == ::geteuid()) return fd;
    }
    return ScopedFd();
}

// The run around this one learns that it does not see this one's processes: they are too deep in it, or record where it
// does not look.
void tell_outer_run(LedgerId run, const OuterRun& outer, const ScopedFd& own) {
    const ScopedFd its(outer.directory.empty() ? -1
                                               : ::open(outer.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto is_same = [](const ScopedFd& one, const ScopedFd& other) {
        struct stat a {
        }, b{};
        return ::fstat(one.get(), &a) == 0 && ::fstat(other.get(), &b) == 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
    };
    if (run_is_within(run, outer.id) && (!its || is_same(its, own))) return;
    const std::string name =
        std::string(kPrefix) + std::to_string(::getpid()) + ".0." + hex128(outer.id.value) + ".nested.0.0";
    const ScopedFd made(
        ::openat(its ? its.get() : own.get(), name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0400));
}

// They take no memory to speak of, but there may be many, of runs and of ledgers that gave way: those of a week, and no
// more than kMostTraces.
void remove_old_ends(int directory) {
    const ScopedDirectory listing(::fdopendir(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
    if (!listing) return;
    std::vector<std::pair<time_t, std::string>> ends;
    while (const dirent* entry = ::readdir(listing.get())) {
        struct stat status {};
        if (!parse_end(entry->d_name) && !parse_gave_way(entry->d_name)) continue;
        if (::fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            ends.emplace_back(status.st_mtim.tv_sec, entry->d_name);
    }
    std::sort(ends.begin(), ends.end());
    const time_t oldest = ::time(nullptr) - kEndIsKept;
    for (size_t i = 0; i < ends.size(); ++i) {
        if (ends[i].first < oldest || ends.size() - i >= kMostTraces) ::unlinkat(directory, ends[i].second.c_str(), 0);
    }
}

// Whether its `ttmem run` is still there: what gives way to others meanwhile leaves word of that.
bool is_under_way(const System& system, LedgerId run) {
    for (const auto& directory : system.directories().readable) {
        const ScopedFd mark(
            ::open((directory->path() + "/" + hex128(run.value) + ".run").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        struct flock lock {};
        lock.l_type = F_RDLCK;
        lock.l_whence = SEEK_SET;
        lock.l_len = 1;
        if (mark && ::fcntl(mark.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) return true;
    }
    return false;
}

}  // namespace

std::optional<std::string> removed_sentence(const System& system, uint32_t pid) {
    std::optional<RemovedLedger> latest;
    Coverage unread;  // without an answer nothing is claimed
    for (RemovedLedger& found : traces_of<RemovedLedger>(system, parse_gave_way, unread)) {
        if (found.pid == pid && (!latest || latest->lived_at_s < found.lived_at_s)) latest = std::move(found);
    }
    if (!latest) return std::nullopt;
    return "process " + std::to_string(pid) + " has ended" +
           (latest->lived_at_s != 0 ? ", and was last heard of" + at_words(latest->lived_at_s) : "") +
           "; its ledger was removed" + at_words(made_at_s(latest->path)) + " to make room";
}

std::optional<std::string> run_end_sentence(const System& system, LedgerId run) {
    Coverage unread;  // as above
    for (const RunEnd& end : traces_of<RunEnd>(system, parse_end, unread)) {
        if (end.run != run) continue;
        return counted(end.processes, "process", "processes") + " of run " + hex128(run.value) + " had ended" +
               at_words(made_at_s(end.path)) + "; what they left was removed since";
    }
    return std::nullopt;
}

void note_missing_of_run(const System& system, LedgerId run, const std::set<LedgerId>& read, Coverage& coverage) {
    std::optional<RunEnd> end;
    for (const RunEnd& found : traces_of<RunEnd>(system, parse_end, coverage)) {
        if (found.run == run && (!end || end->processes < found.processes)) end = found;
    }
    if (!end && !is_under_way(system, run)) {
        coverage.note(
            "whether these are all processes of this run is not known: no `ttmem run` has left word of its end, or "
            "more "
            "than a week ago");
        return;
    }
    size_t missing = 0;
    for (const MissedLedger& missed : missed_ledgers(system, coverage)) {
        if (run_is_within(missed.run, run) && !read.contains(missed.id)) ++missing;
    }
    if (end && end->processes > read.size()) missing = std::max(missing, end->processes - read.size());
    if (missing != 0) {
        coverage.note(counted(missing, "ledger") +
                      " of this run removed since: what their processes left is in the report of `ttmem run` alone");
    }
    size_t elsewhere = 0;
    for (const LedgerElsewhere& other : ledgers_elsewhere(system, coverage)) {
        if (run_is_within(other.run, run) && !read.contains(other.id)) ++elsewhere;
    }
    if (elsewhere != 0)
        coverage.note(counted(elsewhere, "ledger") +
                      " of this run not found: another TTMEM_DIR was set for them, or they were removed since");
    if (end && !end->all_seen) coverage.note("`ttmem run` itself could not see all of this run: its report says why");
}

std::vector<UntrackedTrace> untracked_traces(const System& system, Coverage& coverage) {
    return traces_of<UntrackedTrace>(system, parse, coverage);
}

std::vector<MissedLedger> missed_ledgers(const System& system, Coverage& coverage) {
    return traces_of<MissedLedger>(system, parse_removed, coverage);
}

std::vector<LedgerElsewhere> ledgers_elsewhere(const System& system, Coverage& coverage) {
    return traces_of<LedgerElsewhere>(system, parse_elsewhere, coverage);
}

bool may_live(const UntrackedTrace& trace) {
    const ScopedDirectory processes(::opendir("/proc"));
    if (!processes) return true;
    while (const dirent* entry = next_entry(processes.get())) {
        if (!to_number(entry->d_name)) continue;
        const std::optional<uint64_t> began = start_ticks_of(entry->d_name);
        if (!began) return true;
        if (*began != trace.start_ticks) continue;
        if (own_pid(std::string("/proc/") + entry->d_name).value_or(trace.pid) == trace.pid) return true;
    }
    return errno != 0;
}

std::string untracked_sentence(const UntrackedTrace& trace) {
    const std::string process = "process " + std::to_string(trace.pid);
    if (trace.reason == "nested")
        return process +
               " is a `ttmem run` of its own, within more than two others or with another TTMEM_DIR: what it "
               "followed is in its report, not in this one";
    const std::string who = process + " recorded nothing: ";
    if (trace.reason == "off") return who + "TTMEM_LEVEL=off was set for it; unset it";
    const std::string needed = human_bytes(trace.needed_bytes), free = human_bytes(trace.free_bytes);
    if (trace.reason == "room") {
        const uint64_t missing = trace.needed_bytes - std::min(trace.needed_bytes, trace.free_bytes);
        return who + "its ledger needs " + needed + ", " + free + " were free; give its tmpfs " + human_bytes(missing) +
               " more (docker run --shm-size), or `ttmem gc --all`, or set TTMEM_DIR";
    }
    if (trace.reason == "limit")
        return who + "its ledger needs a file of " + needed + " and files are limited to " + free +
               "; `ulimit -f unlimited` helps";
    int number = 0;
    std::from_chars(trace.reason.data() + std::min<size_t>(5, trace.reason.size()),
                    trace.reason.data() + trace.reason.size(), number);
    return who + "no ledger could be made: " + (number != 0 ? std::strerror(number) : printable(trace.reason)) +
           "; `ttmem doctor` with its user and environment says more";
}

void note_recorded_nothing(const System& system, const AskedProcesses& asked, Coverage& coverage) {
    for (const UntrackedTrace& trace : untracked_traces(system, coverage)) {
        const bool meant =
            (!asked.pid || trace.pid == *asked.pid) && (!asked.run || run_is_within(trace.run, *asked.run));
        const bool of_a_run = trace.reason == "nested" || trace.reason == "off";  // for who looks at the run
        if ((of_a_run && !asked.run) || !meant) continue;
        const bool is_late =
            asked.since != 0 && made_at_s(trace.path) >= static_cast<uint64_t>(asked.since) / 1'000'000'000;
        if (asked.ended || is_late || may_live(trace)) coverage.note(untracked_sentence(trace));
    }
}

RunMark::RunMark(LedgerId run, const OuterRun& outer) : directory_(usual_directory()), run_(run) {
    if (outer.id.value != 0) tell_outer_run(run, outer, directory_);
    if (!directory_) return;
    name_ = hex128(run.value) + ".run";
    locked_.reset(::openat(directory_.get(), name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    if (locked_) ::fcntl(locked_.get(), F_OFD_SETLK, &lock);
}

void RunMark::leave_end(uint64_t processes, bool all_seen) const {
    if (!directory_) return;
    remove_old_ends(directory_.get());
    const std::string name =
        hex128(run_.value) + "." + std::to_string(processes) + (all_seen ? ".all" : ".some") + ".ended";
    const ScopedFd made(::openat(directory_.get(), name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0400));
}

std::string RunMark::directory() const {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(directory_.get()), error);
    return locked_ && !error ? path.string() : "";
}

RunMark::~RunMark() {
    if (locked_) ::unlinkat(directory_.get(), name_.c_str(), 0);
}

}  // namespace ttmem
