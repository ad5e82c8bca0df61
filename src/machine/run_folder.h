// A folder in $TMPDIR, or /tmp, for the time of one run: private to the user, and gone with its owner. What owners that
// were killed have left is removed by a later one, never that of one who lives or of another user.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/base/fd.h"
#include "src/base/result.h"

namespace ttmem {

class RunFolder {
public:
    // `kind`: what the names of such folders begin with, "ttmem-mock-".
    static Result<RunFolder> make(std::string_view kind);

    RunFolder(RunFolder&& other) noexcept : path_(std::exchange(other.path_, "")), lock_(std::move(other.lock_)) {}
    RunFolder& operator=(RunFolder&&) = delete;
    ~RunFolder();

    const std::string& path() const { return path_; }

private:
    RunFolder(std::string path, ScopedFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    ScopedFd lock_;  // held by the owner and its forks, as long as one of them lives
};

}  // namespace ttmem
