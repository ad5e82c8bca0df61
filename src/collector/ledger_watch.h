// Wakes whoever waits for new ledgers of this user: so that one which is there for a moment only is opened in time.
//
// A help, no more: where the kernel has no room for it, looking often has to do.
#pragma once

#include <string>
#include <vector>

#include "src/base/fd.h"

namespace ttmem {

class LedgerWatch {
public:
    // `extra_directory`: as $TTMEM_DIR, "" for none.
    explicit LedgerWatch(std::string extra_directory);
    LedgerWatch();  // with $TTMEM_DIR of this process

    // Can be read when something has appeared; -1 where that cannot be known.
    int descriptor() const { return events_.get(); }

    // Takes what has been told, and watches directories that have appeared: before one looks for ledgers.
    void renew();

private:
    bool watch(const std::string& path);

    std::string extra_;
    ScopedFd events_;
    int shared_memory_ = -1;  // number of the watch on /dev/shm
};

}  // namespace ttmem
