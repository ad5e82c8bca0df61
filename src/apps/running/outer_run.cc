#include "src/apps/running/outer_run.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "src/base/directory.h"
#include "src/base/text.h"
#include "src/collector/run_id.h"
#include "src/machine/descendants.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

// While it follows a run, a `ttmem run` has that run's mark open.
std::optional<OuterRun> followed_by(uint32_t pid) {
    const std::string files = "/proc/" + std::to_string(pid) + "/fd/";
    std::optional<OuterRun> found;
    for_each_name(files, [&](const std::string& name) {
        std::error_code gone;
        const fs::path file = fs::read_symlink(files + name, gone);
        if (gone || file.extension() != ".run") return true;
        if (const auto id = parse_hex128(file.stem().string())) found = OuterRun{{*id}, file.parent_path().string()};
        return !found;
    });
    return found;
}

}  // namespace

OuterRun outer_run() {
    const char *run = std::getenv("TTMEM_RUN"), *directory = std::getenv("TTMEM_RUN_DIR");
    const OuterRun told{{run == nullptr ? 0 : parse_hex128(run).value_or(0)}, directory == nullptr ? "" : directory};
    for (const uint32_t pid : ancestors()) {
        const std::optional<OuterRun> found = followed_by(pid);
        if (found) return run_is_within(told.id, found->id) ? told : *found;
    }
    return told;
}

}  // namespace ttmem
