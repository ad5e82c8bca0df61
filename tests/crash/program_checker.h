// Compares the programs, circular buffers and traces of a ledger, as read between two stores, with the truth.
#pragma once

#include <string>
#include <vector>

#include "tests/crash/client_fibers.h"
#include "tests/crash/program_truth.h"

namespace ttmem::crash {

// `plans`: by number; 0 is none. Empty when all is right; else what is wrong, in words.
std::string find_flaw(const LedgerView& view, const std::vector<ledger::PlanImage>& plans, const ProgramTruth& truth);

}  // namespace ttmem::crash
