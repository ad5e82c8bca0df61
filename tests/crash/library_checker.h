// Compares a ledger that the library writes, as read between two stores, with the truth about the calls.
#pragma once

#include <string>

#include "tests/crash/client_fibers.h"
#include "tests/crash/library_truth.h"

namespace ttmem::crash {

// Empty when all is right; else what is wrong, in words.
std::string find_flaw(const LedgerView& view, const Truth& truth);

}  // namespace ttmem::crash
