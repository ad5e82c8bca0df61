// Threads of the client library as fibers of one real thread, and a crash point after each of their stores.
//
// What the library keeps per thread is exchanged whenever another fiber runs; the two system calls with which its locks
// wait let another fiber run. A process makes one ledger in its life, so each object needs a (forked) process of its
// own that has not called the library before, and there is never more than one.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "src/client/threads/thread.h"
#include "src/ledger/geometry.h"
#include "src/reader/reader.h"
#include "tests/crash/fibers.h"
#include "ttmem/ttmem.h"

namespace ttmem::crash {

// The ledger as read between two stores.
struct LedgerView {
    const ledger::LedgerImage& image;
    std::vector<ttmem_place> places;         // by index
    std::vector<ledger::History> histories;  // by ring
    std::vector<int> ring_of_thread;         // -1: none

    // The first flaw that `check(thread, its history)` finds, or "".
    std::string find_flaw(const std::function<std::string(int, const ledger::History&)>& check) const;
};

// What each harness has: two chips, a mesh of both, and a part of it. `parents[i]`: what place i is a part of, or i
// itself.
const std::vector<uint32_t> kParents = {0, 1, 2, 2};
std::vector<ttmem_place> register_places();

// A small ledger. With few session records they are used again all the time. A runtime does not close a place while it
// allocates there; if one does, an allocation that was overtaken by the close and by enough opens may find its session
// used again. So half of the schedules have few records and no such races, the others have the races and many records.
ledger::Geometry small_geometry(bool few_sessions);

class ClientFibers {
public:
    // A ledger in `directory`. What the caller does with the library after this and before run() is its set-up.
    ClientFibers(uint64_t seed, const std::string& directory, const ledger::Geometry& geometry);

    // `live(thread)` is what each thread does; `check()` gives a flaw, or "" after a good crash point. The first flaw,
    // or "" when all threads have ended.
    std::string run(int threads, const std::function<void(int)>& live, const std::function<std::string()>& check);

    uint64_t crash_points() const { return crash_points_; }
    // The ledger as it is now, while no thread runs.
    ledger::ReadOutcome read(ledger::LedgerImage& image);
    LedgerView view(const ledger::LedgerImage& image, const std::vector<ttmem_place>& places) const;

private:
    void end_set_up(int threads);
    void resume(int thread);
    ledger::MemorySource source() const;
    int ring_of(const client::Thread& thread) const;  // -1: none

    Fibers fibers_;
    std::vector<client::Thread> threads_;
    std::mt19937_64 schedule_;
    ledger::LedgerReader reader_;
    uint64_t crash_points_ = 0;
};

}  // namespace ttmem::crash
