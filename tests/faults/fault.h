// One call of the C library that fails, or in which the process is killed: the n-th one of a function.
//
// A program with fault.cc in it has its own versions of the functions that the client library calls. They do what the
// real ones do, but for the one call that $TTMEM_FAULT names as FUNCTION:N:WHAT, where WHAT is an error number, or
// `kill-before`, or `kill-after`. It is read at the first call, which is before main().
#pragma once

namespace ttmem::faults {

constexpr const char* kFaultVariable = "TTMEM_FAULT";

// Whether the call that was to fail has been made.
bool has_happened();

}  // namespace ttmem::faults
