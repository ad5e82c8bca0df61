// Compares a ledger that the library writes, as read between two stores, with the truth about the calls.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.h"
#include "tests/crash/library_truth.h"

namespace ttmem::crash {

struct LibraryView {
    const ledger::LedgerImage& image;
    std::vector<ledger::History> histories;  // by ring
    std::vector<int> ring_of_thread;         // -1: none
    std::vector<ttmem_place> places;         // by index
};

// Empty when all is right; else what is wrong, in words.
std::string find_flaw(const LibraryView& view, const Truth& truth);

}  // namespace ttmem::crash
