#include "src/machine/device_guard.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "src/base/directory.h"
#include "src/base/fd.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kOpening = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;

bool allow(int rules, const fs::path& path) {
    const ScopedFd folder(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return true;  // what cannot be reached needs no rule; where a link leads has one of its own
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = kOpening;
    beneath.parent_fd = folder.get();
    return ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

// Landlock knows what is allowed alone: everything in this folder but `name`.
bool allow_all_but(int rules, const fs::path& folder, const fs::path& name) {
    bool allowed = true;
    const std::error_code error = for_each_name(
        folder, [&](const std::string& other) { return allowed = other == name || allow(rules, folder / other); });
    return allowed && !error;
}

}  // namespace

bool keep_away_from_devices(const std::string& devices) {
    std::error_code error;
    const fs::path path = fs::canonical(devices, error);
    if (error) return false;
    landlock_ruleset_attr handled{};
    handled.handled_access_fs = kOpening;
    const ScopedFd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
    if (!rules) return false;
    fs::path folder = "/";
    for (const fs::path& step : path.relative_path()) {
        if (!allow_all_but(rules.get(), folder, step)) return false;
        folder /= step;
    }
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

}  // namespace ttmem
