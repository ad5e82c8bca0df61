// One schedule of the whole client library: a few threads that call the public API at random on one small ledger, under
// StoreTrap, so that every store of the library as it was compiled may be the last one.
//
// The threads are fibers of one real thread; what the library keeps per thread is exchanged whenever another one runs.
// A process makes one ledger in its life, so each schedule needs a (forked) process of its own that has not called the
// library before.
#pragma once

#include <cstdint>
#include <string>

namespace ttmem::crash {

struct LibraryOutcome {
    uint64_t crash_points = 0, calls = 0, redone = 0, ignored = 0, refused_ends = 0, reused_sessions = 0, retired = 0;
    uint64_t torn_descriptions =
        0;                // crash points in the middle of a chip's description: only its id and its peaks are known
    char flaw[240] = {};  // "" when all was right
};

// `directory`: for the ledger. Never more than once in a process.
LibraryOutcome run_library_schedule(uint64_t seed, int threads, const std::string& directory);

}  // namespace ttmem::crash
