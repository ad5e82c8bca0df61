// One process: its ledger read, and what it says of itself joined into a Snapshot.
//
// One object per thread. It keeps what it read last.
#pragma once

#include <map>
#include <set>

#include "src/collector/cb_figures.h"
#include "src/collector/discovery.h"
#include "src/collector/join.h"
#include "src/collector/ledger_signs.h"
#include "src/collector/system.h"
#include "src/model/snapshot.h"
#include "src/reader/reader.h"

namespace ttmem {

class ProcessReader {
public:
    explicit ProcessReader(const System& system) : system_(system) {}
    ProcessReader(const ProcessReader&) = delete;
    ProcessReader& operator=(const ProcessReader&) = delete;

    // `lives` tells afterwards whether it did when the read ended: of one that died meanwhile it is what it says at its
    // end that was read.
    ledger::ReadOutcome read(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives);

    // As read(), by one who looks again and again: what a process that lives and has done nothing since said then is
    // kept, and its ledger hardly read. Requires: options.live_slots is false.
    ledger::ReadOutcome look(const FoundLedger& found, const ledger::ReadOptions& options, bool& lives);

    // What was read last.
    const ledger::LedgerImage& image() const { return *latest_; }
    ledger::LedgerImage take_image();

    // Of the process that was read last: its clock against the wall.
    ledger::TickConverter times(bool lives) const;

    // The process that was read last becomes one of `snapshot`, with its coverage.
    void join(const FoundLedger& found, bool lives, Snapshot& snapshot, Joiner& joiner, bool with_allocations);

private:
    Process describe(const FoundLedger& found, const CbFiguresOfProcess& cbs, bool lives);

    const System& system_;
    ledger::LedgerReader reader_;
    struct Kept {
        LedgerSigns signs;
        ledger::LedgerImage image;
        CbFiguresOfProcess cbs;
        bool is_of_one_moment = false;
    };
    ledger::LedgerImage image_;
    const ledger::LedgerImage* latest_ = &image_;     // image_, or that of one of `kept_`
    const CbFiguresOfProcess* latest_cbs_ = nullptr;  // of it, where they are kept
    std::map<LedgerId, Kept> kept_;
    std::set<LedgerId> verified_;  // pids that were seen to be right while their process lived
};

}  // namespace ttmem
