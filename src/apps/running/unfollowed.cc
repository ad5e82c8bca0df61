#include "src/apps/running/unfollowed.h"

#include <time.h>

#include <algorithm>

#include "src/base/read_text.h"
#include "src/collector/run_id.h"
#include "src/collector/written_ledgers.h"
#include "src/machine/descendants.h"

namespace ttmem {
namespace {

using std::chrono::nanoseconds;

constexpr const char* kNoLibrary = "it has tt-metal loaded, and what started it took LD_PRELOAD from its environment";
constexpr const char* kElsewhere =
    "its ledger lies where this run does not look: what started it set another TTMEM_DIR, or mounted something over "
    "the folder";
constexpr const char* kOfNoRun = "its ledger is not of this run: what started it took or changed TTMEM_RUN";

// By this thread: on a busy machine a look takes longer, and is no dearer.
nanoseconds used_processor() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

bool is_read(const Snapshot& snapshot, uint32_t pid, LedgerId ledger) {
    return std::ranges::any_of(snapshot.processes, [&](const Process& process) {
        return ledger.value != 0 ? process.ledger == ledger : process.pid == pid;
    });
}

// What a process has in its memory.
struct Signs {
    std::vector<WrittenLedger> ledgers;
    bool has_metal = false, has_library = false;

    explicit Signs(uint32_t pid) {
        const std::string maps = read_text("/proc/" + std::to_string(pid) + "/maps").value_or("");
        ledgers = written_ledgers(pid, maps);
        has_metal = maps.find("/libtt_metal") != std::string::npos;
        has_library = maps.find("/libttmem") != std::string::npos;
    }
    bool lacks_library() const { return ledgers.empty() && has_metal && !has_library; }
    bool is_doubtful() const {
        return lacks_library() || std::ranges::any_of(ledgers, [](const auto& ledger) { return ledger.id.value == 0; });
    }
};

}  // namespace

void UnfollowedProcesses::look(const std::set<uint32_t>& followed) {
    const nanoseconds begin = used_processor();
    for (const RunningProcess& process : living_descendants()) {
        if (followed.contains(process.pid)) continue;
        Signs signs(process.pid);
        // A child that was becoming another program, or ended, showed half of what its parent has: now it does not.
        if (signs.is_doubtful()) signs = Signs(process.pid);
        for (const WrittenLedger& ledger : signs.ledgers) {
            const bool is_elsewhere = ledger.id.value == 0 || run_is_within(ledger.run, run_);
            seen_.try_emplace({process.pid, ledger.id}, process, ledger.id, is_elsewhere ? kElsewhere : kOfNoRun);
        }
        if (signs.lacks_library()) seen_.try_emplace({process.pid, LedgerId{}}, process, LedgerId{}, kNoLibrary);
    }
    next_ = std::chrono::steady_clock::now() + (used_processor() - begin) * share_;
}

void UnfollowedProcesses::add(const LedgerElsewhere& ledger) {
    seen_.try_emplace({ledger.pid, ledger.id}, RunningProcess{ledger.pid, ""}, ledger.id, kElsewhere);
}

std::vector<std::string> UnfollowedProcesses::sentences(const Snapshot& snapshot,
                                                        const std::set<LedgerId>& removed) const {
    std::vector<std::string> sentences;
    for (const auto& [key, seen] : seen_) {
        if (removed.contains(seen.ledger) || is_read(snapshot, seen.process.pid, seen.ledger)) continue;
        const std::string name = seen.process.comm.empty() ? "" : " (" + seen.process.comm + ")";
        sentences.push_back("process " + std::to_string(seen.process.pid) + name + " was not followed: " + seen.why +
                            "; what it had on a device is not known");
    }
    return sentences;
}

}  // namespace ttmem
