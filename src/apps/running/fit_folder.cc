#include "src/apps/running/fit_folder.h"

#include <filesystem>

#include "src/apps/sources/recordings.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

Result<void> check_wanted(const std::string& wanted) {
    std::error_code error;
    fs::create_directories(wanted, error);
    if (error) return Error{"the folder `" + wanted + "` cannot be made", error.message(), "give another -o"};
    for (const fs::directory_entry& entry : fs::directory_iterator(wanted, error)) {
        if (!is_capture_file(entry.path().string())) continue;
        return Error{"the folder `" + wanted + "` has captures already", "runs would replace them",
                     "give another -o, or remove them first"};
    }
    return {};
}

}  // namespace

Result<FitFolder> FitFolder::make(const std::string& wanted) {
    FitFolder folder;
    if (!wanted.empty()) {
        folder.path_ = wanted;
        if (const Result<void> usable = check_wanted(wanted); !usable) return usable.error();
        return folder;
    }
    Result<RunFolder> made = RunFolder::make("ttmem-fit-");
    if (!made) return Error{made.error().what, made.error().why, made.error().next + ", or give -o DIR"};
    folder.passing_.emplace(std::move(*made));
    return folder;
}

}  // namespace ttmem
