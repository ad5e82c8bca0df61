#include "src/collector/ledger_watch.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace ttmem {
namespace {

std::string chosen_directory() {
    const char* chosen = std::getenv("TTMEM_DIR");
    return chosen == nullptr ? "" : chosen;
}

}  // namespace

LedgerWatch::LedgerWatch(std::string extra_directory)
    : extra_(std::move(extra_directory)), events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    renew();
}

LedgerWatch::LedgerWatch() : LedgerWatch(chosen_directory()) {}

// A directory that is watched already stays so: the kernel knows it by its inode.
bool LedgerWatch::watch(const std::string& path) {
    return ::inotify_add_watch(events_.get(), path.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) >= 0;
}

void LedgerWatch::renew() {
    if (!events_) return;
    char told[4096];
    while (::read(events_.get(), told, sizeof told) > 0) {
    }
    const std::string user = std::to_string(::geteuid()), own = "ttmem-" + user;
    bool found = !extra_.empty() && watch(extra_);
    found |= watch("/run/ttmem/" + user);
    if (const ScopedDirectory listing(::opendir("/dev/shm")); listing) {
        while (const dirent* entry = ::readdir(listing.get())) {
            const std::string name = entry->d_name;
            if (name == own || name.starts_with(own + "-")) found |= watch("/dev/shm/" + name);
        }
    }
    // Where anybody may make files, so only until the first program has made the directory.
    if (!found && shared_memory_ < 0) {
        shared_memory_ = ::inotify_add_watch(events_.get(), "/dev/shm", IN_CREATE | IN_ONLYDIR);
    } else if (found && shared_memory_ >= 0) {
        ::inotify_rm_watch(events_.get(), std::exchange(shared_memory_, -1));
    }
}

}  // namespace ttmem
