// The ledger of this process, from nothing to its name: what the first call makes, and a forked child's first call
// again.
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/client/file/directory.h"
#include "src/client/file/expiry.h"
#include "src/client/file/ledger_file.h"
#include "src/client/file/no_room.h"
#include "src/client/plans/program_tables.h"
#include "src/client/process/description.h"
#include "src/client/process/process.h"
#include "src/client/registry/notes.h"
#include "src/client/sessions/sessions.h"
#include "src/client/tables/address_index.h"
#include "src/client/tables/chips.h"
#include "src/client/tables/free_slots.h"
#include "src/client/tables/owners.h"
#include "src/client/tables/retired.h"
#include "src/client/tables/texts.h"
#include "src/client/tables/untracked.h"
#include "src/client/threads/outside.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {
namespace {

constexpr char kElsewhere[] =
    "its TTMEM_DIR cannot be used, so its ledger is in the usual directory: `ttmem doctor` with its environment says "
    "why";

pthread_once_t once = PTHREAD_ONCE_INIT;
uint64_t last_gate = kNoGate;  // goes on in children: a gate never comes twice in a line of processes

void initialise() {
    read_config(process.config);
    process.level.store(process.config.level, std::memory_order_relaxed);
    if (process.config.level == TTMEM_LEVEL_OFF) return;
    if (!watch_thread_ends() || !make_gate_page()) process.page->failed.store(1, std::memory_order_relaxed);
}

// A signal handler that calls the library in the middle of this would wait for itself: it is turned away.
__attribute__((constructor)) void initialise_at_load() {
    this_thread.busy = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    pthread_once(&once, initialise);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    this_thread.busy = false;
}

struct Random {
    uint8_t id[16];
    uint64_t generation;
};

bool draw(Random& random) {
    return getrandom(&random, sizeof random, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof random);
}

// Everything that stands in the ledger before it has a name.
void write_ledger(void* memory, const ledger::Geometry& geometry, const uint8_t (&parent)[16], uint64_t expired) {
    process.map = ledger::map_ledger(memory, geometry);
    ledger::format(process.map, process.first_generation);
    ledger::StaticHeader& fixed = process.map.header->fixed;
    memcpy(fixed.parent_ledger_id, parent, sizeof parent);
    describe_process(fixed);
    ledger::seal(fixed);

    ledger::LiveHeader& live = live_header();
    live.level.store(process.level.load(std::memory_order_relaxed), std::memory_order_relaxed);
    live.expired_ledgers.store(expired, std::memory_order_relaxed);
    // Both of one moment. They tell the rate by what passes after it, which of a short process is little: a millisecond
    // between them was enough for times that no one could believe.
    process.clock.first_ticks = process.clock.ticks();
    const uint64_t wall = Clock::nanoseconds(CLOCK_REALTIME);
    live.first_ticks.store(process.clock.first_ticks, std::memory_order_relaxed);
    live.first_wall_ns.store(wall, std::memory_order_relaxed);
    live.latest_ticks.store(process.clock.first_ticks, std::memory_order_relaxed);
    live.latest_wall_ns.store(wall, std::memory_order_relaxed);

    LockGuard guard(process.page->book);
    texts.write_to_ledger();
    notes.write_to_ledger();
    chips.write_to_ledger();
    owners.reset();
    reset_sessions();
    untracked.reset();
    reset_program_tables();
    live.state.store(static_cast<uint64_t>(ledger::LedgerState::kReady), std::memory_order_release);
}

// A geometry that the machine has no room for, or a limit of the process forbids, is given up for a smaller one: first
// slots and other tables, then history.
bool create(LedgerFile& file, int directory, ledger::Geometry& geometry) {
    if (file.create(directory, geometry)) return true;
    geometry.shorten_tables();
    if (file.create(directory, geometry)) return true;
    ledger::Geometry least;
    least.shorten_tables();
    if (geometry.total_bytes() <= least.total_bytes()) return false;
    geometry = least;
    return file.create(directory, geometry);
}

// Its ledger, and the history of its first thread.
uint64_t bytes_needed(const ledger::Geometry& geometry) {
    const bool history = process.level.load(std::memory_order_relaxed) >= TTMEM_LEVEL_EVENTS;
    return geometry.start_bytes() + (history ? geometry.events_per_ring * sizeof(ledger::Event) : 0);
}

// Makes room if need be, more than once: others that start at the same time may take it.
// In a directory that nobody chose it takes what room there is: nobody's evidence goes because of a wrong TTMEM_DIR.
bool create_in_room(LedgerFile& file, int directory, bool is_elsewhere, ledger::Geometry& geometry, uint64_t& expired) {
    if (is_elsewhere) {
        geometry = process.config.geometry;
        return create(file, directory, geometry);
    }
    constexpr int kAttempts = 4;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {  // GCOV_EXCL_BR_LINE: a race, others took it each time
        geometry = process.config.geometry;
        const uint64_t removed = expire_dead_ledgers(directory, {bytes_needed(geometry), process.config.run_id});
        expired += removed;
        if (create(file, directory, geometry)) return true;
        if (attempt > 0 && removed == 0) return false;  // GCOV_EXCL_BR_LINE: a race, others took what was made free
    }
    return false;
}

// Its `ttmem run` does not look in that directory: the run learns of it where it does.
void tell_run(int directory) {
    const Config& config = process.config;
    const int of_run = open_run_directory(config.run_directory, config.run_id);
    if (of_run < 0) return;
    leave_ledger_elsewhere(of_run, directory, process.ledger_id, config.run_id);
    close(of_run);
}

// Where whoever misses this process looks first, if that is not `directory`.
void leave_word(int directory, const Refusal& refusal) {
    const Config& config = process.config;
    const int of_run = open_run_directory(config.run_directory, config.run_id);
    leave_untracked_process(of_run < 0 ? directory : of_run, start_ticks(), config.run_id, refusal);
    if (of_run >= 0) close(of_run);
}

// Requires: errno says why the least of ledgers could not be made.
void leave_trace(int directory) {
    const int error = errno;
    ledger::Geometry least;
    least.shorten_tables();
    Refusal refusal{NoRoom::kError, error, least.start_bytes(), file_system_of(directory).free};
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < least.total_bytes()) {
        refusal = {NoRoom::kLimit, 0, least.total_bytes(), limit.rlim_cur};
    } else if (refusal.free < refusal.needed || error == ENOSPC) {
        refusal.why = NoRoom::kRoom;
    }
    leave_word(directory, refusal);
}

// Where its user looks for it, it is not.
void say_elsewhere(bool is_elsewhere) {
    const ttmem_text said = is_elsewhere ? texts.intern(kElsewhere) : 0;
    if (said == 0) return;
    LockGuard guard(process.page->book);
    notes.add(said, 0);
}

// Whoever reads the ledger later knows what was asked for, though it never ran.
void name_iterations() {
    process.iterations_by = texts.intern(process.config.iterations_by);
    if (process.iterations_by == 0) return;
    LockGuard guard(process.page->book);
    notes.add(process.iterations_by, ledger::kNoteIterationsBy);
}

bool make_ledger() {
    Random random;
    if (!draw(random)) return false;
    bool is_elsewhere = false;
    const int directory = open_ledger_directory(process.config.directory, is_elsewhere);
    if (directory < 0) return false;
    uint64_t expired = 0;
    ledger::Geometry geometry;
    LedgerFile file;
    bool made = false;
    if (create_in_room(file, directory, is_elsewhere, geometry, expired)) {
        if (free_slots.reset(geometry.slots) && address_index.reset(geometry.slots) && retired.reset(geometry.slots) &&
            owners.prepare()) {
            uint8_t parent[16];
            memcpy(parent, process.ledger_id, sizeof parent);
            memcpy(process.ledger_id, random.id, sizeof random.id);
            static const uint8_t none[16] = {};
            process.is_forked = memcmp(parent, none, sizeof none) != 0;
            process.clock = choose_clock();
            process.events_are_lazy = file.events_are_lazy();
            process.by_address.store(false, std::memory_order_relaxed);
            process.threads.store(0, std::memory_order_relaxed);
            forget_barrier();
            // Half of the range is left, so that generations do not come round; 0 is none.
            process.first_generation = random.generation % (ledger::kGenerations / 2) + 1;
            write_ledger(file.memory(), geometry, parent, expired);
            name_iterations();
            say_elsewhere(is_elsewhere);
            made = file.publish(process.ledger_id);
            if (made) tell_run(directory);
            if (!made) memcpy(process.ledger_id, parent, sizeof parent);
        }
        if (!made) file.discard();
    } else {
        leave_trace(directory);
    }
    close(directory);
    return made;
}

// The process ends by itself: said last, after everybody who may still free something in its own destructors.
__attribute__((destructor(101))) void say_closed() {
    if (process.page->gate.load(std::memory_order_acquire) == 0) return;
    refresh_anchor();
    live_header().state.store(static_cast<uint64_t>(ledger::LedgerState::kClosed), std::memory_order_release);
}

}  // namespace

bool attach_process() {
    pthread_once(&once, initialise);
    GatePage& page = *process.page;
    const auto is_attached = [&page] { return page.gate.load(std::memory_order_acquire) != 0; };
    const auto is_hopeless = [&page] { return page.failed.load(std::memory_order_relaxed) != 0; };
    if (process.level.load(std::memory_order_relaxed) == TTMEM_LEVEL_OFF) return false;
    if (is_attached()) return true;
    if (is_hopeless()) return false;

    LockGuard guard(page.attach);
    if (is_attached()) return true;   // GCOV_EXCL_BR_LINE: a race
    if (is_hopeless()) return false;  // GCOV_EXCL_BR_LINE: a race
    if (!make_ledger()) {
        page.failed.store(1, std::memory_order_relaxed);
        return false;
    }
    page.gate.store(++last_gate, std::memory_order_release);
    return true;
}

void say_off() {
    static std::atomic<pid_t> said{0};
    static const uint8_t none[16] = {};
    pthread_once(&once, initialise);
    const Config& config = process.config;
    if (memcmp(config.run_id, none, sizeof none) == 0 || said.exchange(getpid(), kRelaxed) == getpid()) return;
    bool is_elsewhere = false;
    const int directory = open_ledger_directory(config.directory, is_elsewhere);
    if (directory < 0) return;
    leave_word(directory, {NoRoom::kOff, 0, 0, 0});
    close(directory);
}

}  // namespace ttmem::client
