// One call of the C library that fails, or in which the process is killed: the n-th one of a function.
//
// A program with fault.cc in it has its own versions of the functions that the client library calls. They do what the
// real ones do, but for the one call that $TTMEM_FAULT names as FUNCTION:N:WHAT, where WHAT is an error number, or
// `kill-before`, `kill-after`, `call-back` (the library is called in the middle of its own call, as a signal handler
// may do), `thread-calls` (another thread calls it meanwhile), or `garbage` (read() gives other bytes, from this call
// on). Every call of FUNCTION fails where $TTMEM_FAULT_ALWAYS is FUNCTION:ERROR. Both are read at the first call, which
// is before main(). Some calls have names by what they ask for: `openat_unnamed` (O_TMPFILE), `madvise_populate`,
// `madvise_wipe` (MADV_WIPEONFORK), `renameat2`, `getdents64`, `membarrier`.
#pragma once

namespace ttmem::faults {

constexpr const char *kFaultVariable = "TTMEM_FAULT", *kAlwaysVariable = "TTMEM_FAULT_ALWAYS";

// Whether the call that was to fail has been made.
bool has_happened();

}  // namespace ttmem::faults
