#include "src/apps/running/followed_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <set>
#include <thread>

#include "src/analysis/leaks/judgement.h"
#include "src/analysis/leaks/leaks.h"
#include "src/base/text.h"
#include "src/collector/ledger_watch.h"
#include "src/collector/run_id.h"

namespace ttmem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{50};
constexpr WallTime kFileTimeGrain = 100'000'000;  // times of files may lag behind the clock by that much
constexpr milliseconds kLockPatience{500};        // from the child's end until the kernel has taken its lock back

// For the ledgers of as many processes as there are at once. The program has started, with the limit that it inherits.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

FollowedRun::FollowedRun(const System& system, const OuterRun& outer, bool on_mock)
    : system_(system), started_at_(system.now()) {
    const std::optional<LedgerId> within = make_run_id(outer.id);
    id_ = within ? *within : make_run_id({}).value();
    interest_ = {.run = id_.value, .since = started_at_ - kFileTimeGrain};
    mark_.emplace(id_, outer);
    unfollowed_.emplace(id_, on_mock ? 10 : 100);
    begin_to_read();
}

// Of processes that have ended only what the report tells of them stays in memory.
void FollowedRun::begin_to_read() {
    collector_.emplace(system_, interest_);
    collector_->keep_only([](const Snapshot& snapshot, const Allocation& allocation) {
        return is_left(snapshot, allocation) || !is_judged(snapshot, allocation);
    });
}

void FollowedRun::record_into(CaptureSession& capture) {
    capture_ = &capture;
    capture.begin(interest_, {.past = true});
}

// An error of the capture ends it, and nothing else.
void FollowedRun::record(std::optional<Error> (CaptureSession::*step)()) {
    if (capture_ == nullptr) return;
    try {
        capture_error_ = (capture_->*step)();
    } catch (const std::bad_alloc&) {
        capture_error_ = std::move(no_memory_);  // made beforehand: there may be no memory for words either
    }
    if (capture_error_) capture_ = nullptr;
}

// A ledger is opened as soon as it is there, so that it can be read whatever becomes of the file; those of ended
// processes are read at once.
ChildEnd FollowedRun::follow(ChildProcess& child) {
    allow_many_descriptors();
    std::optional<LedgerWatch> watch;
    for (;;) {
        const std::optional<ChildEnd> end = child.wait(kPollInterval, watch ? watch->descriptor() : -1);
        try {
            if (!watch) watch.emplace();
            watch->renew();
            if (collector_) collector_->refresh();
            look_for_unfollowed();
        } catch (const std::exception&) {  // nothing that fails here ends the run
            collector_.reset();
            watch.reset();
        }
        record(&CaptureSession::tick);
        if (end) return *end;
    }
}

Snapshot FollowedRun::final_snapshot(pid_t child) {
    const bool was_lost = !collector_;
    if (was_lost) begin_to_read();
    Snapshot snapshot = read_at_the_end(child);
    Coverage missing;
    if (was_lost) {
        missing.note(
            "not every process could be followed, as for want of memory: of those that ended before the program, only "
            "what "
            "their ledgers still say is here");
    }
    const std::set<LedgerId> removed = note_removed(snapshot, missing);
    note_unfollowed(snapshot, removed, missing);
    if (capture_ != nullptr) capture_->lacks(missing);
    record(&CaptureSession::finish);
    note_untracked(missing);
    snapshot.coverage.merge(missing);
    const size_t known = snapshot.processes.size() + removed.size();
    if (known != 0) mark_->leave_end(known, snapshot.coverage.complete);  // else there is nothing to ask for later
    mark_.reset();
    if (snapshot.processes.empty()) snapshot.coverage.note("no process of this run has recorded anything");
    return snapshot;
}

// A ledger is read for good when its lock is free: right after the child's end, as a rule.
Snapshot FollowedRun::read_at_the_end(pid_t child) {
    const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
    for (;;) {
        collector_->refresh();
        const std::vector<LedgerSeen> ledgers = collector_->ledgers();
        const bool child_lives = std::any_of(ledgers.begin(), ledgers.end(), [&](const LedgerSeen& ledger) {
            return ledger.live && ledger.pid == static_cast<uint32_t>(child);
        });
        if (!child_lives || std::chrono::steady_clock::now() > deadline) return collector_->finish();
        std::this_thread::sleep_for(milliseconds(5));
    }
}

// Of a process that has ended, another may have its pid, or it has become another program.
void FollowedRun::look_for_unfollowed() {
    if (!collector_ || !unfollowed_->is_due()) return;
    std::set<uint32_t> followed;
    for (const LedgerSeen& ledger : collector_->ledgers()) {
        if (ledger.live) followed.insert(ledger.pid);
    }
    unfollowed_->look(followed);
}

// Processes that were seen to be there, or left word that their ledgers are elsewhere.
void FollowedRun::note_unfollowed(const Snapshot& snapshot, const std::set<LedgerId>& removed, Coverage& missing) {
    constexpr size_t kMostNamed = 3;
    for (const LedgerElsewhere& ledger : ledgers_elsewhere(system_, missing)) {
        if (!run_is_within(ledger.run, id_)) continue;
        unfollowed_->add(ledger);
        if (is_outermost(id_)) ::unlink(ledger.path.c_str());
    }
    const std::vector<std::string> sentences = unfollowed_->sentences(snapshot, removed);
    for (size_t i = 0; i < std::min(kMostNamed, sentences.size()); ++i) missing.note(sentences[i]);
    untracked_ += sentences.size();
    if (sentences.size() > kMostNamed)
        missing.note(counted(sentences.size() - kMostNamed, "other") + " of that kind not followed either");
}

// Processes that left word of why they recorded nothing: the answer is without them.
void FollowedRun::note_untracked(Coverage& coverage) {
    for (const UntrackedTrace& trace : untracked_traces(system_, coverage)) {
        if (!run_is_within(trace.run, id_)) continue;
        ++untracked_;
        coverage.note(untracked_sentence(trace));
        // These were left for the runs around them alone; the outermost is the last to see them.
        if (trace.reason == "nested" && is_outermost(id_)) ::unlink(trace.path.c_str());
    }
}

// Which ledgers had to give way to others, and were not read before.
std::set<LedgerId> FollowedRun::note_removed(const Snapshot& snapshot, Coverage& missing) const {
    std::set<LedgerId> read;
    for (const Process& process : snapshot.processes) read.insert(process.ledger);
    std::set<LedgerId> unread;
    for (const MissedLedger& missed : missed_ledgers(system_, missing)) {
        if (!run_is_within(missed.run, id_)) continue;
        if (!read.contains(missed.id)) unread.insert(missed.id);
        if (is_outermost(id_)) ::unlink(missed.path.c_str());
    }
    if (unread.empty()) return unread;
    missing.note(counted(unread.size(), "ledger") +
                 " of this run removed to make room before it could be read; a larger /dev/shm helps (docker "
                 "run --shm-size=256m), or a TTMEM_DIR on a larger tmpfs");
    return unread;
}

}  // namespace ttmem
