// The folder of what the runs of a `ttmem fit` leave: the user's, or one that goes at the end.
#pragma once

#include <optional>
#include <string>

#include "src/base/result.h"
#include "src/machine/run_folder.h"

namespace ttmem {

class FitFolder {
public:
    // `wanted`: "" for one that goes.
    static Result<FitFolder> make(const std::string& wanted);

    const std::string& path() const { return passing_ ? passing_->path() : path_; }
    bool kept() const { return !passing_; }

private:
    std::string path_;
    std::optional<RunFolder> passing_;
};

}  // namespace ttmem
