// What `ttmem` ends with. `run` passes the code of the program through.
#pragma once

namespace ttmem {

enum ExitCode : int {
    kOk = 0,
    kFailed = 1,
    kUsage = 2,
    kNothingTracked = 3,  // or no devices
    kCheckFailed = 10,    // leaks, with --fail-on-leak; failures in `doctor`
    kInconclusive = 12,   // a check that cannot be judged, because the coverage is incomplete
    kCannotExecute = 126,
    kNotFound = 127,
    kSignalBase = 128,  // + the number of the signal
};

}  // namespace ttmem
