// For the tests of this folder: a body in a process of its own, and its ledger as plain bytes.
//
// The library reads its environment when it is loaded and has one ledger per process, so every test body runs in a new
// process of this program with the environment it asks for, and with a directory for ledgers of its own. A body uses
// CHECK and CHECK_EQ; the first that fails ends it and is shown by the test.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "include/ttmem/ttmem.h"
#include "src/ledger/geometry.h"
#include "src/ledger/recorder.h"

namespace ttmem::client::testing {

#if defined(__SANITIZE_THREAD__)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif

using Environment = std::vector<std::pair<std::string, std::string>>;
using Body = void (*)();

int add_body(const char* name, Body body);
// Runs the body; for TEST. Exit code 77 of a body skips the test, with what it printed as the reason.
void run_body(const char* name, const Environment& environment);

// CLIENT_TEST(Suite, DoesSomething, {{"TTMEM_LEVEL", "events"}}) { ...body... }
#define CLIENT_TEST(suite, name, ...)                                                                        \
    static void suite##_##name##_body();                                                                     \
    [[maybe_unused]] static const int suite##_##name##_added =                                               \
        ttmem::client::testing::add_body(#suite "." #name, suite##_##name##_body);                           \
    TEST(suite, name) {                                                                                      \
        ttmem::client::testing::run_body(#suite "." #name, ttmem::client::testing::Environment __VA_ARGS__); \
    }                                                                                                        \
    static void suite##_##name##_body()

[[noreturn]] void fail(const char* file, int line, const std::string& what);
[[noreturn]] void skip(const std::string& why);

#define CHECK(condition)                                                                \
    do {                                                                                \
        if (!(condition)) ttmem::client::testing::fail(__FILE__, __LINE__, #condition); \
    } while (false)
#define CHECK_EQ(left, right) \
    ttmem::client::testing::check_equal((left), (right), __FILE__, __LINE__, #left " == " #right)

inline void check_equal(uint64_t left, uint64_t right, const char* file, int line, const char* what) {
    if (left != right)
        fail(file, line, std::string(what) + ": " + std::to_string(left) + " and " + std::to_string(right));
}

// A copy of a ledger's bytes, at one moment.
class Bytes {
public:
    // The ledger of the process; fails the body if there is none in TTMEM_DIR.
    static Bytes of(pid_t pid);
    static Bytes mine();

    const ledger::StaticHeader& fixed() const { return map_.header->fixed; }
    const ledger::LiveHeader& live() const { return map_.header->live; }
    const ledger::WriterMap& map() const { return map_; }
    ledger::Body body(uint64_t handle) const;
    const ledger::Slot& slot(uint64_t handle) const { return map_.slots[ledger::handle_slot(handle)]; }
    std::string text(uint32_t number) const;

    // The number of the only open session of a place, 0 if none.
    uint32_t session_of(ttmem_place place) const;
    const ledger::Row& row(ttmem_place place, ttmem_pool pool) const;
    uint64_t live_slots() const;
    uint64_t events() const;  // positions of all rings

    // Writes to the ledger itself, as somebody else may who has this user's rights. `word` is one of this copy.
    void overwrite(const ledger::Word& word, uint64_t value) const;

    // Everything that must hold when no call is under way: check words, rows against slots, rings at rest.
    void check_consistent() const;

private:
    std::string path_;
    std::shared_ptr<void> memory_;  // a page more than the file has, which has holes
    ledger::WriterMap map_;
};

// The names of the ledgers in TTMEM_DIR.
std::vector<std::string> ledger_names();

// Whether it stands in a slot: what found no room has a handle, too.
constexpr bool is_recorded(ttmem_handle handle) { return ledger::handle_slot(handle) != 0; }

// A chip with 12 DRAM banks, registered, and a place for it.
ttmem_place make_chip_place(uint64_t chip_id = 77, uint32_t number = 0);
// A mesh of that chip alone, or a part of one; the chip is registered already.
ttmem_place make_place(uint32_t kind, uint32_t number, std::vector<uint64_t> chips, ttmem_place parent = 0);
ttmem_place make_mesh(uint32_t number, ttmem_place parent = 0);
ttmem_place make_place_in_use();  // a chip's, with one live allocation
ttmem_allocation make_allocation(ttmem_place place, uint64_t requested = 4096, uint64_t bytes_per_bank = 2048);

// One circular buffer on 64 cores at this address.
ttmem_result plan(ttmem_handle program, ttmem_place place, uint64_t address);

// Runs `child` in a child made by fork(), or by the bare system call, and gives its exit status.
int in_child(void (*child)(), bool bare = false);

// A mount namespace of our own, with a /dev/shm of this size ("size=1m"), and ledgers at their usual place.
void enter_private_shm(const char* options);
// By a limit of file sizes, before the first call: the ledger has slots and tables only as they are at the start.
void make_tables_short();
// Takes all the memory that /dev/shm has left, by a file "filler" in it.
void fill_shm();

}  // namespace ttmem::client::testing
