#include "src/apps/running/outer_run.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "src/base/text.h"
#include "src/collector/run_id.h"
#include "src/machine/descendants.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

// While it follows a run, a `ttmem run` has that run's mark open.
std::optional<OuterRun> followed_by(uint32_t pid) {
    std::error_code error;
    for (fs::directory_iterator it("/proc/" + std::to_string(pid) + "/fd", error), end; !error && it != end;
         it.increment(error)) {
        std::error_code gone;
        const fs::path file = fs::read_symlink(it->path(), gone);
        if (gone || file.extension() != ".run") continue;
        if (const auto id = parse_hex128(file.stem().string())) return OuterRun{{*id}, file.parent_path().string()};
    }
    return std::nullopt;
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
