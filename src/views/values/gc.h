// `ttmem gc`: which ledgers of ended processes were removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/model/snapshot.h"

namespace ttmem {

struct RemovedLedger {
    std::string path;
    std::optional<uint32_t> pid = std::nullopt;  // none: it cannot be read as a ledger
    uint64_t bytes = 0;
    WallTime last_sign = 0;  // the last sign of life of its process
};

struct GcValues {
    WallTime generated_at = 0;
    bool dry_run = false;  // nothing was removed: this is what would be
    std::vector<RemovedLedger> removed;
    uint64_t kept_dead = 0, kept_dead_bytes = 0;
    uint64_t kept_young = 0;       // of these: only because their processes ended a moment ago
    uint64_t kept_unreadable = 0;  // of kept_dead: they cannot be read as ledgers
    uint64_t live = 0;
    Coverage coverage;
    std::vector<Error> errors;
};

}  // namespace ttmem
