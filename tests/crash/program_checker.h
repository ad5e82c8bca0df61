// Compares the programs, circular buffers and traces of a ledger, as read between two stores, with the truth.
#pragma once

#include <string>
#include <vector>

#include "src/reader/reader.h"
#include "tests/crash/program_truth.h"

namespace ttmem::crash {

struct ProgramView {
    const ledger::LedgerImage& image;
    std::vector<ledger::History> histories;  // by ring
    std::vector<int> ring_of_thread;         // -1: none
    std::vector<ttmem_place> places;         // by index
    std::vector<ledger::PlanImage> plans;    // by number; 0 is none
};

// Empty when all is right; else what is wrong, in words.
std::string find_flaw(const ProgramView& view, const ProgramTruth& truth);

}  // namespace ttmem::crash
