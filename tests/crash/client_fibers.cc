#include "tests/crash/client_fibers.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

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

std::string LedgerView::find_flaw(const std::function<std::string(int, const ledger::History&)>& check) const {
    for (size_t thread = 0; thread < ring_of_thread.size(); ++thread) {
        if (ring_of_thread[thread] < 0) continue;
        const ledger::History& history = histories[static_cast<size_t>(ring_of_thread[thread])];
        const std::string flaw = history.lost != 0 ? fmt::format("{} events are lost", history.lost)
                                                   : check(static_cast<int>(thread), history);
        if (!flaw.empty()) return fmt::format("thread {}: {}", thread, flaw);
    }
    return {};
}

std::vector<ttmem_place> register_places() {
    ttmem_chip_info chip{};
    chip.arch = "wormhole_b0";
    chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
    chip.pools[TTMEM_POOL_L1] = {64, 0, 1 << 20};
    const uint64_t ids[] = {11, 12};
    for (const uint64_t id : ids) {
        chip.chip_id = id;
        if (ttmem_register_chip(&chip) != TTMEM_OK) std::abort();
    }
    std::vector<ttmem_place> places;
    const ttmem_place_info infos[] = {{TTMEM_PLACE_CHIP, 0, 0, 1, ids, nullptr},
                                      {TTMEM_PLACE_CHIP, 1, 0, 1, ids + 1, nullptr},
                                      {TTMEM_PLACE_MESH, 0, 0, 2, ids, nullptr},
                                      {TTMEM_PLACE_MESH_PART, 0, 0, 1, ids + 1, nullptr}};
    for (ttmem_place_info info : infos) {
        if (info.kind == TTMEM_PLACE_MESH_PART) info.parent = places[2];
        places.push_back(ttmem_register_place(&info));
        if (places.back() == 0) std::abort();
    }
    return places;
}

ledger::Geometry small_geometry(bool few_sessions) {
    ledger::Geometry geometry;
    geometry.slots = 64;
    geometry.rings = 3;
    geometry.events_per_ring = 256;
    geometry.sessions = few_sessions ? 5 : 64;
    geometry.failures = 4;
    return geometry;
}

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
    threads_ = std::vector<client::Thread>(static_cast<size_t>(threads));
    for (client::Thread& thread : threads_) memcpy(static_cast<void*>(&thread), &self, sizeof self);
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
    memcpy(static_cast<void*>(&tls), &threads_[static_cast<size_t>(thread)], sizeof tls);
    fibers_.resume(thread);
    memcpy(static_cast<void*>(&threads_[static_cast<size_t>(thread)]), &tls, sizeof tls);
}

ledger::MemorySource ClientFibers::source() const {
    return ledger::MemorySource(client::process.map.header, client::process.map.geometry.total_bytes());
}

ledger::ReadOutcome ClientFibers::read(ledger::LedgerImage& image) {
    return reader_.read(source(), {.writer_is_dead = true}, image);
}

LedgerView ClientFibers::view(const ledger::LedgerImage& image, const std::vector<ttmem_place>& places) const {
    LedgerView view{image, places, {}, {}};
    for (uint32_t ring = 0; ring < image.rings.size(); ++ring) {
        view.histories.push_back(ledger::LedgerReader::history(source(), image, ring));
    }
    for (const client::Thread& thread : threads_) view.ring_of_thread.push_back(ring_of(thread));
    return view;
}

int ClientFibers::ring_of(const client::Thread& thread) const {
    const ledger::WriterMap& map = client::process.map;
    const ledger::RingHeader* ring = thread.recorder.ring;
    const bool in_ledger = ring >= map.rings && ring < map.rings + map.geometry.rings;
    return in_ledger ? static_cast<int>(ring - map.rings) : -1;
}

}  // namespace ttmem::crash
