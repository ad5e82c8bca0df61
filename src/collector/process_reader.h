// One process: its ledger read, and what it says of itself joined into a Snapshot.
//
// One object per thread. It keeps what it read last.
#pragma once

#include <set>

#include "src/collector/discovery.h"
#include "src/collector/join.h"
#include "src/collector/system.h"
#include "src/model/snapshot.h"
#include "src/reader/reader.h"

namespace ttmem {

class ProcessReader {
public:
    explicit ProcessReader(const System& system) : system_(system) {}

    // `lives` tells afterwards whether it did when the read ended: of one that died meanwhile it is what it says at its
    // end that was read.
    ledger::ReadOutcome read(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives);

    // What was read last.
    const ledger::LedgerImage& image() const { return image_; }
    ledger::LedgerImage take_image();

    // Of the process that was read last: its clock against the wall.
    ledger::TickConverter times(bool lives) const;

    // The process that was read last becomes one of `snapshot`, with its coverage.
    void join(const FoundLedger& found, bool lives, Snapshot& snapshot, Joiner& joiner, bool with_allocations);

private:
    Process describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives);

    const System& system_;
    ledger::LedgerReader reader_;
    ledger::LedgerImage image_;
    std::set<LedgerId> verified_;  // pids that were seen to be right while their process lived
};

}  // namespace ttmem
