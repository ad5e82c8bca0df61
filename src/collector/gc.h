// Removes ledgers of dead processes: the evidence of what they held goes with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/collector/system.h"

namespace ttmem {

struct GcRule {
    uint32_t uid = 0;  // whose ledgers; nobody else's are touched
    bool all = false;  // every dead one; else as a client does when it starts:
    size_t keep_ledgers = 64;
    uint64_t keep_bytes = 128ull << 20;
    int64_t keep_ns = 7ll * 24 * 3600 * 1'000'000'000;
    int64_t young_ns = 10ll * 60 * 1'000'000'000;  // died less than this ago: stays, unless keep_bytes is exceeded
    bool dry_run = false;                          // tell, but remove nothing
};

struct GcFile {
    std::string path;
    uint32_t pid = 0;
    uint64_t bytes = 0;
    WallTime last_sign = 0;  // the last sign of life
};

struct GcResult {
    std::vector<GcFile> removed;  // with dry_run: would be
    uint64_t kept_dead = 0, kept_dead_bytes = 0;
    uint64_t live = 0;
    std::vector<Error> errors;  // files that could not be removed
};

// Ledgers beyond the rule, oldest first. Files that are not readable ledgers count by their file times, and only with
// `all` are they removed; what no writer has finished making stays.
GcResult collect_garbage(const System& system, const GcRule& rule);

}  // namespace ttmem
