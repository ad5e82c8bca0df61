// What `ttmem` ends with. `run` passes the code of the program through.
#pragma once

namespace ttmem {

enum ExitCode : int {
    kOk = 0,
    kFailed = 1,
    kUsage = 2,
    kNothingTracked = 3,  // or no devices
    kCheckFailed = 10,    // leaks, with --fail-on-leak; failures in `doctor`
    kInconclusive = 12,   // what cannot be told: a check, because the coverage is incomplete; any answer about no
                          // process, where ledgers could not be read
    kCannotExecute = 126,
    kNotFound = 127,
    kSignalBase = 128,  // + the number of the signal
};

}  // namespace ttmem
