// The ledger of docs/ledger-format.md's worked example, made with the product's own recorder.
//
// One process on one chip: two allocations in one session of a mesh, and a thread that was killed while it freed the
// first one, right after the store that commits it.
#pragma once

#include <cstdint>
#include <vector>

namespace ttmem::ledger {

std::vector<uint8_t> make_example_ledger();

}  // namespace ttmem::ledger
