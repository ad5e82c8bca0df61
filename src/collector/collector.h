// The door from ledgers to the model: finds the ledgers of a machine, reads them, and joins them into one Snapshot.
//
//   Snapshot snapshot = collect(*system, {});        everything, once, one ledger after the other
//
//   Collector collector(*system, {.run = id});       one run: the ledgers of its living processes stay open; those of
//   collector.refresh();                             ended ones are read for good, once, and closed
//   collector.finish();
//
// One bad ledger never spoils the rest: it is listed in refused(), and the coverage says so. Nothing of a dead process
// is ever in Snapshot::chips. One thread; reads only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/collector/discovery.h"
#include "src/collector/join.h"
#include "src/collector/remains.h"
#include "src/collector/system.h"
#include "src/model/snapshot.h"
#include "src/reader/reader.h"

namespace ttmem {

// Which processes. Everything that is set must fit.
struct Interest {
    std::optional<uint32_t> pid = std::nullopt;           // as the process says
    std::optional<unsigned __int128> run = std::nullopt;  // TTMEM_RUN, and runs within it; 0 fits none
    bool all_incarnations = false;  // of a pid: else those that live, and without any the one that began last
    WallTime since = 0;             // what ended before cannot be among them: a run's begin; 0 unknown
    bool live = true;
    bool dead = true;
    std::set<LedgerId> ended = {};  // these, though they are dead: who lived when somebody looked first
};

// Whether the process that says this of itself is one of those, but for its being alive or dead.
bool fits(const Interest& interest, const ledger::StaticHeader& header);

struct CollectOptions {
    bool allocations = true;  // false: figures of chips only; Snapshot::allocations and programs stay empty
    // Where it is set, every allocation is handed to it, once its process and places are there, and none is kept: of a
    // million this is half of the memory, and of the time. Unique ids are not read.
    EachAllocation each = {};
};

// A ledger as seen by the last refresh() or collect().
struct LedgerSeen {
    LedgerId id;
    std::string path;
    uint32_t pid = 0, uid = 0;
    bool live = false;
    bool life_is_known = true;  // else it is taken for live
    uint64_t bytes = 0;         // of memory that it takes
};

// The raw history of one process.
struct RawHistory {
    ledger::LedgerImage image;           // read at the same time; texts, owners, sessions for the events
    std::vector<ledger::History> rings;  // by ring
};

class Collector {
public:
    // `system` must outlive it.
    explicit Collector(const System& system, Interest interest = {}, DiscoveryLimits limits = {});
    ~Collector();
    Collector(Collector&&) noexcept;

    // Of ended processes of a run only allocations that `keeps` are kept (remains.h); before the first refresh().
    void keep_only(Keeps keeps);

    // Looks for new ledgers. Those of living processes stay open, also when their names are gone. Ledgers of ended
    // processes of a run are read and closed: neither descriptors nor memory grow with their number, but for what they
    // left.
    void refresh();

    // What was read for good, and all that is open, read now; refresh() must have been called once. A process that
    // ended during the read is read once more, so that what it says at its end is what is returned.
    Snapshot collect(const CollectOptions& options = {});

    // The last collect(): what was read for good is handed over, not copied. The collector is not used again.
    Snapshot finish(const CollectOptions& options = {});

    // refresh() and finish(), one ledger after the other where possible: the collector is not used again.
    Snapshot once(const CollectOptions& options = {});

    // What refresh() found and has open, live or not, whatever `interest` says of that.
    std::vector<LedgerSeen> ledgers() const;
    bool any_live() const;
    const std::vector<RefusedLedger>& refused() const;
    // Sentences on what the last refresh() could not look into: directories, and ledgers that a limit left out.
    std::vector<std::string> unread() const;

    // The history of one process, from the given position of each ring on (0 where there is none).
    Result<RawHistory> history(LedgerId ledger, const std::vector<uint64_t>& from = {});

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One look: refresh and collect.
Snapshot collect(const System& system, const Interest& interest = {}, const CollectOptions& options = {});

}  // namespace ttmem
