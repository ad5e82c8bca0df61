#include "src/apps/running/fit_folder.h"

#include <filesystem>

#include "src/apps/sources/recordings.h"
#include "src/base/directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

Result<void> check_wanted(const std::string& wanted) {
    if (wanted == "-") return Error{"the folder `-` cannot be made", "- is standard output", "give another -o"};
    std::error_code error;
    fs::create_directories(wanted, error);
    if (error) return Error{"the folder `" + wanted + "` cannot be made", error.message(), "give another -o"};
    bool has_captures = false;
    error = for_each_name(
        wanted, [&](const std::string& name) { return !(has_captures = is_capture_file(wanted + "/" + name)); });
    if (error) return Error{"the folder `" + wanted + "` cannot be read", error.message(), "give another -o"};
    if (!has_captures) return {};
    return Error{"the folder `" + wanted + "` has captures already", "runs would replace them",
                 "give another -o, or remove them first"};
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
