// Threads of the client library as fibers of one real thread, and a crash point after each of their stores.
//
// What the library keeps per thread is exchanged whenever another fiber runs; the two system calls with which its locks
// wait let another fiber run. A process makes one ledger in its life, so each object needs a (forked) process of its
// own that has not called the library before, and there is never more than one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "src/client/threads/thread.h"
#include "src/ledger/geometry.h"
#include "src/reader/reader.h"
#include "tests/crash/fibers.h"

namespace ttmem::crash {

class ClientFibers {
public:
    // A ledger in `directory`. What the caller does with the library after this and before run() is its set-up.
    ClientFibers(uint64_t seed, const std::string& directory, const ledger::Geometry& geometry);

    // `live(thread)` is what each thread does; `check()` gives a flaw, or "" after a good crash point. The first flaw,
    // or "" when all threads have ended.
    std::string run(int threads, const std::function<void(int)>& live, const std::function<std::string()>& check);

    uint64_t crash_points() const { return crash_points_; }
    // The ledger as it is now.
    ledger::MemorySource source() const;
    ledger::ReadOutcome read(ledger::LedgerImage& image);
    // The number of the ring of a thread that does not run now; -1 without.
    int ring_of(int thread) const;

private:
    void end_set_up(int threads);
    void resume(int thread);

    Fibers fibers_;
    std::unique_ptr<client::Thread[]> of_;  // by thread
    std::mt19937_64 schedule_;
    ledger::LedgerReader reader_;
    uint64_t crash_points_ = 0;
};

}  // namespace ttmem::crash
