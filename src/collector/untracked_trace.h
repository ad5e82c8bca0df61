// What a process leaves that did not record: an empty file in a ledger directory, with everything in its name
// (docs/ledger-format.md). Whoever misses the process finds out why.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/base/fd.h"
#include "src/collector/system.h"
#include "src/model/coverage.h"
#include "src/model/ids.h"

namespace ttmem {

struct UntrackedTrace {
    std::string path;
    uint32_t pid = 0;
    uint64_t start_ticks = 0;  // of the process: when the kernel says it began
    LedgerId run;              // TTMEM_RUN; 0 without
    std::string reason;  // "room", "limit", "error<errno>", "off"; "nested" of a `ttmem run` within the run that it
                         // does not see, as too deep
    uint64_t needed_bytes = 0, free_bytes = 0;
};

// All that can be read, of any user. `coverage` is told what could not be.
std::vector<UntrackedTrace> untracked_traces(const System& system, Coverage& coverage);

// A ledger that had to give way to others while a `ttmem run` may not have read it.
struct MissedLedger {
    std::string path;  // of what it left
    LedgerId id, run;
};
std::vector<MissedLedger> missed_ledgers(const System& system, Coverage& coverage);

// A ledger of a run that lies where its `ttmem run` may not look.
struct LedgerElsewhere {
    std::string path;  // of what it left
    LedgerId id, run;
    uint32_t pid = 0;
};
std::vector<LedgerElsewhere> ledgers_elsewhere(const System& system, Coverage& coverage);

// "process 7 has ended, and was last heard of at ...; its ledger was removed at ..., to make room", where its ledger
// gave way to others, of late: that is known for a day. Of several the latest.
std::optional<std::string> removed_sentence(const System& system, uint32_t pid);

// "3 processes ended at ..., and their ledgers were removed since" of a run whose end `ttmem run` has left word of.
std::optional<std::string> run_end_sentence(const System& system, LedgerId run);

// Whether the process may still run, under this pid or, seen from another namespace, under another one: false only when
// no process that may be seen from here began when it did and knows itself by this pid; true also where that cannot be
// found out.
bool may_live(const UntrackedTrace& trace);

// "process 7 recorded nothing: ...", with what helps.
std::string untracked_sentence(const UntrackedTrace& trace);

// For an answer about these: processes that could not record, and said why. Of those that are known to have ended only
// where ended ones are asked for, or they said so after `since` (0: none).
struct AskedProcesses {
    std::optional<uint32_t> pid;
    std::optional<LedgerId> run;
    bool ended = false;
    WallTime since = 0;
};
void note_recorded_nothing(const System& system, const AskedProcesses& asked, Coverage& coverage);

// The run around another one, and where it looks for what is left for it: "" not known.
struct OuterRun {
    LedgerId id;
    std::string directory;
};

// While it lives, ledgers of the run's ended processes are the last to be removed by programs that need room. `outer`
// is the run around this one (id 0: none): where that cannot see what is started from here, it learns so. In vain where
// there is no directory for it.
class RunMark {
public:
    RunMark(LedgerId run, const OuterRun& outer);
    ~RunMark();

    // Where processes of the run leave word whose ledgers are elsewhere, for TTMEM_RUN_DIR; "" nowhere.
    std::string directory() const;

    RunMark(const RunMark&) = delete;
    RunMark& operator=(const RunMark&) = delete;

    // At the end, before it goes: how many processes of the run are known of, and whether everything of them was seen.
    // An empty file says so for a week; nothing more of the run need be left then.
    void leave_end(uint64_t processes, bool all_seen) const;

private:
    ScopedFd directory_, locked_;
    LedgerId run_;
    std::string name_;
};

// What that says: <32 hex of the run>.<processes>.<all or some>.ended.
struct RunEnd {
    std::string path;
    LedgerId run;
    uint64_t processes = 0;
    bool all_seen = false;
};

// For an answer about a run, made of the ledgers that are still there: whatever of it is not there any more, or cannot
// be known to have been. `read`: whose ledgers they are.
void note_missing_of_run(const System& system, LedgerId run, const std::set<LedgerId>& read, Coverage& coverage);

}  // namespace ttmem
