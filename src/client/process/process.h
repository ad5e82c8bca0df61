// The library's state of this process: whether there is a ledger, and where.
//
// The gate is what every call compares first. It stands in a page that the kernel fills with zeros in a forked child
// (MADV_WIPEONFORK), so one comparison with the thread's copy finds out that there is no ledger yet, that this thread
// is new, and that this process is a forked child, by whatever system call, whose ledger is still to be made. The
// ledger's mapping does not exist in a child: nothing may touch `map` before the gate was compared.
//
// Life: off ----------------------------> for ever
//       no ledger --attach_process()--> ledger --fork--> no ledger (child)
//                 \--failed once------> not tracked
#pragma once

#include <atomic>
#include <cstdint>

#include "include/ttmem/ttmem.h"
#include "src/client/process/clock.h"
#include "src/client/process/config.h"
#include "src/client/process/lock.h"
#include "src/ledger/geometry.h"

namespace ttmem::client {

constexpr int kShards = 32;
constexpr auto kRelaxed = std::memory_order_relaxed, kRelease = std::memory_order_release;

// All of it is 0 in a forked child, the locks therefore free.
struct GatePage {
    std::atomic<uint64_t> gate;    // 0: no ledger; else the number of this ledger among those of this line of processes
    std::atomic<uint32_t> failed;  // this process tried, and cannot have one
    alignas(64) Lock attach;
    alignas(64) Lock book;       // texts, chips, places, sessions, failures
    alignas(64) Lock plans;      // CB plans, holdings, traces; taken after the book's where both are
    alignas(64) Lock rows;       // who writes them; taken last
    alignas(64) Lock slots;      // memory for more of them; taken last, too
    alignas(64) Lock owners;     // likewise
    alignas(64) Lock untracked;  // what found no room; taken last, too
    alignas(64) Lock anchor;
    struct alignas(64) Shard {
        Lock lock;
    };
    Shard shards[kShards];  // of the address index
};
static_assert(sizeof(GatePage) <= 4096);

struct Process {
    constexpr explicit Process(GatePage* zeros) : page(zeros) {}

    GatePage* page;  // never nullptr: before and without the real one a page of zeros
    std::atomic<uint32_t> level{TTMEM_LEVEL_COUNTS};
    std::atomic<bool> by_address{false};  // the address index has been used

    // Of the ledger: valid for threads whose gate is this page's.
    Clock clock;
    ledger::WriterMap map;
    bool events_are_lazy = false;
    bool is_forked = false;  // the parent had a ledger
    uint64_t first_generation = 0;
    uint8_t ledger_id[16] = {};  // of the parent, in a child without a ledger
    std::atomic<uint32_t> threads{0};
    ttmem_text iterations_by = 0;  // the operation that iterations begin with; 0 none

    Config config{};
};

extern constinit Process process;

inline ledger::LiveHeader& live_header() { return process.map.header->live; }

// One more of something that could not be recorded or was wrong.
inline void count(ledger::Word& word, uint64_t number = 1) { word.fetch_add(number, std::memory_order_relaxed); }

// An argument is wrong: counts it.
ttmem_result refuse();

// A page of this process that the kernel wipes in its children. False: there is none to be had. Once, before any other
// thread knows the library.
bool make_gate_page();

// Makes the ledger of this process if there is none and none was refused. Takes about a millisecond the first time.
// All rooms have a part in it: it stands above them, in start.cc.
bool attach_process();

// At level off: a process of a run leaves word of it, so that its run does not pass for complete.
void say_off();

// Brings the later of the two anchors of the ledger's clock up to date, unless somebody is at it.
void refresh_anchor();

}  // namespace ttmem::client
