#include "tests/crash/client_fibers.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>

#include "include/ttmem/ttmem.h"
#include "src/client/plans/program_tables.h"
#include "src/client/process/process.h"
#include "tests/crash/store_trap.h"

// The library's locks wait with these two calls: here another fiber has to run, for it is the one that holds the lock.
extern "C" long syscall(long number, ...) noexcept {
    using ttmem::crash::Fibers;
    if ((number == SYS_sched_yield || number == SYS_nanosleep) && Fibers::current() != Fibers::kNone) {
        Fibers::yield();
        return 0;
    }
    va_list list;
    va_start(list, number);
    const long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    register long d asm("r10") = va_arg(list, long);
    register long e asm("r8") = va_arg(list, long);
    register long f asm("r9") = va_arg(list, long);
    va_end(list);
    long result;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d), "r"(e), "r"(f)
                 : "rcx", "r11", "memory");
    if (result >= 0 || result < -4095) return result;
    errno = static_cast<int>(-result);
    return -1;
}

namespace ttmem::crash {

ClientFibers::ClientFibers(uint64_t seed, const std::string& directory, const ledger::Geometry& geometry)
    : schedule_(seed * 77 + 1) {
    client::Config& config = client::process.config;
    strncpy(config.directory, directory.c_str(), sizeof config.directory - 1);
    config.geometry = geometry;
    client::process.level.store(TTMEM_LEVEL_EVENTS);
}

// The set-up was a thread of its own and is over: its ring is free again. All memory of the ledger is there, since the
// library cannot ask the kernel for it while the ledger is shut.
void ClientFibers::end_set_up(int threads) {
    const ledger::WriterMap& map = client::process.map;
    client::Thread& self = client::this_thread;
    self.recorder.ring->thread.store(1);
    memset(static_cast<void*>(&self), 0, sizeof self);
    self.gate = client::kNoGate;
    of_ = std::make_unique<client::Thread[]>(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) memcpy(static_cast<void*>(&of_[i]), &self, sizeof self);
    client::process.events_are_lazy = false;
    const auto* bytes = reinterpret_cast<char*>(map.header);
    for (uint64_t at = 0; at < map.geometry.total_bytes(); at += 4096) {
        reinterpret_cast<ledger::Word*>(const_cast<char*>(bytes) + at)->fetch_add(0);
    }
    client::prepare_program_tables();
    StoreTrap::set(map.header, map.geometry.total_bytes(), Fibers::yield);
}

std::string ClientFibers::run(int threads, const std::function<void(int)>& live,
                              const std::function<std::string()>& check) {
    end_set_up(threads);
    for (int thread = 0; thread < threads; ++thread) {
        fibers_.add([&live, thread] { live(thread); });
    }
    const uint64_t patience = 1 + schedule_() % 32;
    int thread = Fibers::kNone;
    while (fibers_.alive() > 0) {
        if (thread == Fibers::kNone || fibers_.ended(thread) || schedule_() % patience == 0) {
            do thread = static_cast<int>(schedule_() % static_cast<uint64_t>(threads));
            while (fibers_.ended(thread));
        }
        resume(thread);
        if (StoreTrap::stores() == crash_points_) {
            thread = Fibers::kNone;  // it waits for a lock
            continue;
        }
        crash_points_ = StoreTrap::stores();
        const std::string flaw = check();
        if (!flaw.empty()) return fmt::format("{} threads, after store {}: {}", threads, crash_points_, flaw);
    }
    return {};
}

void ClientFibers::resume(int thread) {
    client::Thread& tls = client::this_thread;
    memcpy(static_cast<void*>(&tls), &of_[thread], sizeof tls);
    fibers_.resume(thread);
    memcpy(static_cast<void*>(&of_[thread]), &tls, sizeof tls);
}

ledger::MemorySource ClientFibers::source() const {
    return ledger::MemorySource(client::process.map.header, client::process.map.geometry.total_bytes());
}

ledger::ReadOutcome ClientFibers::read(ledger::LedgerImage& image) {
    return reader_.read(source(), {.writer_is_dead = true}, image);
}

int ClientFibers::ring_of(int thread) const {
    const ledger::WriterMap& map = client::process.map;
    const ledger::RingHeader* ring = of_[thread].recorder.ring;
    const bool in_ledger = ring >= map.rings && ring < map.rings + map.geometry.rings;
    return in_ledger ? static_cast<int>(ring - map.rings) : -1;
}

}  // namespace ttmem::crash
