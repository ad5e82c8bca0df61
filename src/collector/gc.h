// Removes ledgers of dead processes: the evidence of what they held goes with them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/collector/system.h"
#include "src/model/coverage.h"

namespace ttmem {

struct GcRule {
    uint32_t uid = 0;            // whose ledgers; nobody else's are touched
    std::string directory = "";  // only in this one; "" in all of the user's
    bool all = false;            // every dead one; else as a client does when it starts:
    size_t keep_ledgers = 64;
    uint64_t keep_bytes = 128ull << 20;
    int64_t keep_ns = 7ll * 24 * 3600 * 1'000'000'000;
    int64_t young_ns = 10ll * 60 * 1'000'000'000;  // died less than this ago: stays, unless `force`
    bool force = false;
    bool dry_run = false;                                       // tell, but remove nothing
    std::optional<std::set<std::string>> named = std::nullopt;  // paths: nothing else, whatever else has died meanwhile
};

struct GcFile {
    std::string path;
    std::optional<uint32_t> pid = std::nullopt;  // none: it cannot be read as a ledger
    uint64_t bytes = 0;
    WallTime last_sign = 0;  // the last sign of life
};

struct GcResult {
    std::vector<GcFile> removed;  // with dry_run: would be
    uint64_t kept_dead = 0, kept_dead_bytes = 0;
    uint64_t kept_young = 0;       // of these: because they died less than young_ns ago
    uint64_t kept_unreadable = 0;  // of these: they cannot be read as ledgers
    uint64_t live = 0;
    Coverage coverage;          // what could not be read as a ledger: whose it was, and since when, is not known
    std::vector<Error> errors;  // files that could not be removed
};

// Ledgers beyond the rule, oldest first. Files that are not readable ledgers count by their file times, and only with
// `all` are they removed; what no writer has finished making stays.
GcResult collect_garbage(const System& system, const GcRule& rule);

}  // namespace ttmem
