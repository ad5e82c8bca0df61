// What the environment asks of the library. Read once, when the library is loaded; a forked child keeps it in memory,
// whatever it did to its environment. Set-user-id programs ignore the environment.
#pragma once

#include <cstdint>

#include "src/ledger/geometry.h"

namespace ttmem::client {

struct Config {
    uint32_t level;             // ttmem_level
    char directory[1024];       // TTMEM_DIR; "" without
    uint8_t run_id[16];         // TTMEM_RUN; zeros without
    char run_directory[1024];   // TTMEM_RUN_DIR: one in which its `ttmem run` looks; "" without
    char iterations_by[256];    // TTMEM_ITERATIONS_BY: the name of an operation; "" without
    ledger::Geometry geometry;  // as asked for, made to fit into the largest ledger
};

// A wrong value counts as absent: there is nobody to tell.
void read_config(Config& config);

}  // namespace ttmem::client
