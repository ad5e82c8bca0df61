// For tests: the end of a forked child, which must not run the destructors of its parent.
#pragma once

#include <unistd.h>

#if defined(TTMEM_COVERAGE)
extern "C" void __gcov_dump(void);
#endif

namespace ttmem {

// Whether this program counts which branches it takes, and writes files at its end.
#if defined(TTMEM_COVERAGE)
constexpr bool kMeasuresCoverage = true;
#else
constexpr bool kMeasuresCoverage = false;
#endif

// As _exit(), after writing down what was counted.
[[noreturn]] inline void exit_test_process(int code) {
#if defined(TTMEM_COVERAGE)
    __gcov_dump();
#endif
    _exit(code);
}

}  // namespace ttmem
