// The life of the library in a process: loading, forks, ends. Threads are in thread_test.cc, a lack of memory, files or
// rights in trouble_test.cc.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/client_test_support.h"
#include "tests/support/test_exit.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

extern "C" int use_ttmem_from_c(void);  // c_api_test.c

namespace {

// What children compare with; global because a child of fork() is a plain function here.
ttmem_place the_place;
ttmem_handle the_handle;
ttmem_text the_text;
uint8_t the_ledger_id[16];

void set_up() {
    the_place = make_chip_place();
    const ttmem_allocation a = make_allocation(the_place);
    the_handle = ttmem_record_alloc(&a);
    the_text = ttmem_intern("matmul");
    memcpy(the_ledger_id, Bytes::mine().fixed().ledger_id, sizeof the_ledger_id);
}

void check_in_child() {
    clearenv();  // what was read at load still holds
    setenv("TTMEM_DIR", "", 1);
    CHECK_EQ(ttmem_record_free(the_handle), TTMEM_UNKNOWN);
    CHECK_EQ(ttmem_intern("matmul"), the_text);
    const ttmem_allocation a = make_allocation(the_place);
    CHECK(ttmem_record_alloc(&a) != 0);
    CHECK_EQ(make_chip_place(), the_place);
}

void forked_child_has_its_own(bool bare) {
    set_up();
    std::string directory = getenv("TTMEM_DIR");
    static std::string kept;
    kept = directory;
    const int status = in_child(
        [] {
            check_in_child();
            setenv("TTMEM_DIR", kept.c_str(), 1);
            const Bytes mine = Bytes::mine();
            CHECK_EQ(memcmp(mine.fixed().parent_ledger_id, the_ledger_id, 16), 0);
            CHECK(memcmp(mine.fixed().ledger_id, the_ledger_id, 16) != 0);
            CHECK_EQ(mine.fixed().run_id[0], 0x01);
            CHECK_EQ(mine.fixed().run_id[15], 0xef);
            CHECK_EQ(mine.live().foreign_free, 1);
            CHECK_EQ(mine.live_slots(), 1);
            CHECK(mine.text(the_text) == "matmul");
            mine.check_consistent();
        },
        bare);
    CHECK_EQ(status, 0);
    const Bytes parent = Bytes::mine();
    CHECK_EQ(parent.live_slots(), 1);
    CHECK_EQ(parent.live().unknown_free + parent.live().double_free + parent.live().foreign_free, 0);
    CHECK_EQ(ttmem_record_free(the_handle), TTMEM_OK);
    CHECK_EQ(ledger_names().size(), 2);
}

bool is_locked(const std::string& name) {
    const int fd = open((std::string(getenv("TTMEM_DIR")) + "/" + name).c_str(), O_RDONLY);
    CHECK(fd >= 0);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 1;
    CHECK_EQ(fcntl(fd, F_OFD_GETLK, &lock), 0);
    close(fd);
    return lock.l_type != F_UNLCK;
}

}  // namespace

CLIENT_TEST(Load, TheHeaderSaysWhoWeAre, {{"TTMEM_RUN", "0123456789abcdef0123456789ABCDEF"}}) {
    set_up();
    const Bytes bytes = Bytes::mine();
    const StaticHeader& fixed = bytes.fixed();
    CHECK_EQ(fixed.magic, kMagic);
    CHECK_EQ(fixed.uid, getuid());
    CHECK_EQ(fixed.run_id[1], 0x23);
    CHECK_EQ(fixed.run_id[15], 0xef);
    CHECK(fixed.start_ticks > 0 && fixed.pid_namespace > 0);
    CHECK(strstr(fixed.command_line, "--body Load.TheHeader") != nullptr);
    CHECK(strlen(fixed.comm) > 0 && strchr(fixed.comm, '\n') == nullptr);
    const uint8_t none[16] = {};
    CHECK(memcmp(fixed.ledger_id, none, 16) != 0 && memcmp(fixed.boot_id, none, 16) != 0);
    CHECK_EQ(memcmp(fixed.parent_ledger_id, none, 16), 0);
    CHECK_EQ(bytes.live().state, static_cast<uint64_t>(LedgerState::kReady));
    CHECK(bytes.live().first_wall_ns > 1'600'000'000'000'000'000);
    CHECK(bytes.live().latest_ticks >= bytes.live().first_ticks);
    StaticHeader copy = fixed;
    seal(copy);
    CHECK_EQ(copy.check, fixed.check);
    struct stat status {};
    CHECK_EQ(stat((std::string(getenv("TTMEM_DIR")) + "/" + ledger_names().at(0)).c_str(), &status), 0);
    CHECK_EQ(status.st_mode & 07777, 0400);
    CHECK_EQ(status.st_nlink, 1);
}

CLIENT_TEST(Load, OffIsFinalAndLeavesNoTrace, {{"TTMEM_LEVEL", "off"}, {"TT_ALLOC_TRACKING_ENABLED", "1"}}) {
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_OFF);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_EVENTS), TTMEM_INVALID);
    const ttmem_allocation a = make_allocation(1);
    CHECK_EQ(ttmem_record_alloc(&a), 0);
    CHECK_EQ(ttmem_record_free(1), TTMEM_OFF);
    CHECK_EQ(ttmem_open(1), TTMEM_OFF);
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(ttmem_op_begin(0), TTMEM_OFF);
    CHECK_EQ(ledger_names().size(), 0);
}

namespace {
ttmem_text early;
// Before the library itself was made ready, where both are in one program.
__attribute__((constructor(101))) void call_early() {
    if (getenv("TTMEM_TEST_CALLS_EARLY") != nullptr) early = ttmem_intern("early");
}
}  // namespace

CLIENT_TEST(Load, CallsBeforeMainAreRecorded, {{"TTMEM_TEST_CALLS_EARLY", "1"}}) {
    CHECK(early != 0);
    CHECK(Bytes::mine().text(early) == "early");
}

CLIENT_TEST(Load, CallsBeforeMainKnowThatTrackingIsOff, {{"TTMEM_TEST_CALLS_EARLY", "1"}, {"TTMEM_LEVEL", "off"}}) {
    CHECK_EQ(early, 0);
    CHECK(ledger_names().empty());
}

CLIENT_TEST(Fork, AChildMayEndItsThreadWithoutACall, {}) {
    if (kThreadSanitizer) skip("a thread of the sanitizer goes on");
    make_place_in_use();
    CHECK_EQ(in_child([] { pthread_exit(nullptr); }), 0);
    CHECK_EQ(ledger_names().size(), 1);
    CHECK_EQ(Bytes::mine().live_slots(), 1);
}

CLIENT_TEST(Load, AllocationTrackingOfTtMetalMeansEvents, {{"TT_ALLOC_TRACKING_ENABLED", "1"}}) {
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_EVENTS);
}

CLIENT_TEST(Load, AProcessThatNeverCallsHasNoLedger, {}) {
    CHECK_EQ(ttmem_get_level(), TTMEM_LEVEL_COUNTS);
    CHECK_EQ(ttmem_version(), 1u);
    CHECK_EQ(ledger_names().size(), 0);
}

CLIENT_TEST(Load, HistoryIsMadeToFit, {{"TTMEM_LEVEL", "events"}, {"TTMEM_HISTORY_BYTES", "99999999999"}}) {
    set_up();
    const Bytes bytes = Bytes::mine();
    CHECK(bytes.fixed().total_bytes <= kMaxLedgerBytes);
    CHECK(bytes.map().geometry.events_per_ring >= 1 << 18);
    CHECK_EQ(bytes.map().rings[0].capacity, bytes.map().geometry.events_per_ring);
}

CLIENT_TEST(Level, SwitchingLeavesAGapInHistoryOnly, {}) {
    set_up();
    const ttmem_allocation a = make_allocation(the_place);
    const auto pair = [&a] { CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK); };
    pair();
    CHECK_EQ(Bytes::mine().events(), 0);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_EVENTS), TTMEM_OK);
    pair();
    const uint64_t events = Bytes::mine().events();
    CHECK(events >= 3);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_COUNTS), TTMEM_OK);
    const uint64_t at_counts = Bytes::mine().events();
    pair();
    CHECK_EQ(Bytes::mine().events(), at_counts);
    CHECK_EQ(ttmem_set_level(TTMEM_LEVEL_OFF), TTMEM_INVALID);
    CHECK_EQ(ttmem_set_level(static_cast<ttmem_level>(9)), TTMEM_INVALID);
    CHECK_EQ(Bytes::mine().live().level, TTMEM_LEVEL_COUNTS);
    Bytes::mine().check_consistent();
}

CLIENT_TEST(Fork, AChildHasALedgerOfItsOwn, {{"TTMEM_RUN", "01000000000000000000000000000eef"}}) {
    forked_child_has_its_own(false);
}

CLIENT_TEST(Fork, SoHasAChildOfTheBareSystemCall, {{"TTMEM_RUN", "01000000000000000000000000000eef"}}) {
    if (kThreadSanitizer) skip("the sanitizer does not survive a bare fork");
    forked_child_has_its_own(true);
}

CLIENT_TEST(Fork, ChildrenOfABusyProcessAreExact, {{"TTMEM_LEVEL", "events"}}) {
    if (kThreadSanitizer) skip("the sanitizer does not survive forks of a process with threads");
    set_up();
    std::atomic<bool> stop{false};
    std::atomic<int> busy{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&stop, &busy] {
            ttmem_allocation a = make_allocation(the_place);
            for (uint64_t i = 0; !stop; ++i) {
                a.flags = i % 4 == 0 ? TTMEM_BY_ADDRESS : 0;
                ttmem_record_free(ttmem_record_alloc(&a));
                if (i % 64 == 0) ttmem_intern(("text" + std::to_string(i % 512)).c_str());
                if (i == 1) ++busy;
            }
        });
    }
    // A thread that starts takes memory of the sanitizer's allocator, whose locks a child does not get back: a child
    // made meanwhile would wait for ever in the first string of this test.
    while (busy < 3) std::this_thread::yield();
    for (int i = 0; i < 200; ++i) {
        const int status = in_child(
            [] {
                ttmem_allocation a = make_allocation(the_place);
                a.flags = TTMEM_BY_ADDRESS;
                for (int k = 0; k < 1000; ++k) {
                    const ttmem_handle handle = ttmem_record_alloc(&a);
                    CHECK_EQ(ttmem_record_free(handle), TTMEM_OK);
                }
                CHECK(ttmem_intern("a text of the child") != 0);
                CHECK(ttmem_record_alloc(&a) != 0);
                const Bytes mine = Bytes::mine();
                CHECK_EQ(mine.live_slots(), 1);
                mine.check_consistent();
            },
            i % 2 == 1);
        CHECK_EQ(status, 0);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live_slots(), 1);
    bytes.check_consistent();
}

CLIENT_TEST(Hot, NoCallUnderWayEntersTheKernel, {{"TTMEM_LEVEL", "events"}}) {
    if (kThreadSanitizer || kAddressSanitizer) skip("sanitizers make system calls of their own");
    set_up();
    const ttmem_allocation a = make_allocation(the_place);
    std::vector<ttmem_handle> handles(3000);
    const auto run = [&] {
        for (int round = 0; round < 50; ++round) {
            ttmem_op_begin(the_text);
            ttmem_set_tag(the_text);
            for (ttmem_handle& handle : handles) handle = ttmem_record_alloc(&a);
            ttmem_record_view(&a);
            for (const ttmem_handle handle : handles) ttmem_record_free(handle);
            ttmem_set_tag(0);
            ttmem_op_end();
        }
    };
    run();
    // From here on every system call but exit kills this process.
    sock_filter filter[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 0, 1),
                            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
    const sock_fprog program{4, filter};
    CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) skip("this kernel has no seccomp filters");
    run();
    syscall(SYS_exit, 0);
}

CLIENT_TEST(End, ACleanExitIsToldFromAKill, {}) {
    set_up();
    const pid_t exits = fork();
    if (exits == 0) {
        static const auto free_at_exit = [] { ttmem_record_free(the_handle); };
        const ttmem_allocation a = make_allocation(the_place);
        the_handle = ttmem_record_alloc(&a);
        atexit([] { free_at_exit(); });  // still recorded
        exit(0);
    }
    const pid_t killed = fork();
    if (killed == 0) {
        const ttmem_allocation a = make_allocation(the_place);
        ttmem_record_alloc(&a);
        raise(SIGKILL);
    }
    int status;
    CHECK_EQ(waitpid(exits, &status, 0), exits);
    CHECK_EQ(status, 0);
    CHECK_EQ(waitpid(killed, &status, 0), killed);
    CHECK_EQ(Bytes::of(exits).live().state, static_cast<uint64_t>(LedgerState::kClosed));
    CHECK_EQ(Bytes::of(exits).live_slots(), 0);
    CHECK_EQ(Bytes::of(killed).live().state, static_cast<uint64_t>(LedgerState::kReady));
    CHECK_EQ(Bytes::of(killed).live_slots(), 1);
}

CLIENT_TEST(End, TheLockLivesAsLongAsTheProcess, {}) {
    set_up();
    CHECK_EQ(ledger_names().size(), 1);
    const std::string mine = ledger_names()[0];
    CHECK(is_locked(mine));
    for (int fd = 3; fd < 256; ++fd) close(fd);  // as daemons do
    CHECK(is_locked(mine));
    const pid_t child = fork();  // holds nothing of its parent
    if (child == 0) {
        pause();
        ttmem::exit_test_process(0);
    }
    auto* orphan = static_cast<pid_t*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    const pid_t grandparent = fork();
    if (grandparent == 0) {
        const ttmem_allocation a = make_allocation(the_place);
        ttmem_record_alloc(&a);
        const pid_t pid = fork();
        if (pid == 0) {
            pause();
            ttmem::exit_test_process(0);
        }
        *orphan = pid;
        raise(SIGKILL);
    }
    int status;
    CHECK_EQ(waitpid(grandparent, &status, 0), grandparent);
    CHECK_EQ(ledger_names().size(), 2);
    for (const std::string& other : ledger_names()) {
        if (other != mine) CHECK(!is_locked(other));  // although its child lives
    }
    CHECK_EQ(kill(*orphan, SIGKILL), 0);
    CHECK_EQ(kill(child, SIGKILL), 0);
    CHECK(is_locked(mine));
}

CLIENT_TEST(C, TheHeaderIsPlainC, {}) { CHECK_EQ(use_ttmem_from_c(), 0); }
