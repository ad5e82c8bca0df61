// Makes allocation streams (see stream.h) for places where no real ones are.
#pragma once

#include <cstdint>
#include <ostream>

namespace ttmem::sim {

// A model of two programs: one prepares constants from inputs, the other runs layers on them, in DRAM and in sharded
// L1; each frees what it allocates. Exactly `events` lines; the same seed gives the same stream. It fits every built-in
// machine. Requires: events > 0.
void make_stream(std::ostream& output, uint64_t seed, uint64_t events);

}  // namespace ttmem::sim
