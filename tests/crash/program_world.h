// One schedule of the calls for programs, circular buffers and traces: a few threads that call the public API at random
// on one small ledger, so that every store of the library as it was compiled may be the last one (client_fibers.h).
#pragma once

#include <cstdint>
#include <string>

namespace ttmem::crash {

struct ProgramOutcome {
    uint64_t crash_points = 0, calls = 0, refused = 0, replays = 0, left_behind = 0, reused_sessions = 0, resident = 0;
    char flaw[240] = {};  // "" when all was right
};

// `directory`: for the ledger. Never more than once in a process.
ProgramOutcome run_program_schedule(uint64_t seed, int threads, const std::string& directory);

}  // namespace ttmem::crash
