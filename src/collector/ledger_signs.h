// Whether a ledger is as it was: what changes in it whenever its process does anything that a look without allocations
// would tell.
//
// Every operation on a slot changes its thread's ring, and what no ring knows of is a word of the header or in one of
// the small regions: their bytes are compared. Threads without a ring would go unseen, so of a ledger whose rings are
// all in use nothing is ever said to be unchanged.
#pragma once

#include <cstdint>
#include <vector>

#include "src/reader/source.h"
#include "src/reader/validate.h"

namespace ttmem {

class LedgerSigns {
public:
    // Reads them; whether they are those of the time before, byte for byte. What was read between the two is then what
    // would be read now, if it was of one moment with no operation under way. `regions`: of this ledger.
    bool are_as_before(const ledger::ByteSource& source, const ledger::Regions& regions);

    void forget() { is_known_ = false; }

private:
    bool read(const ledger::ByteSource& source, const ledger::Regions& regions);

    std::vector<uint64_t> now_, before_;
    bool is_known_ = false;
};

}  // namespace ttmem
