// A process without the memory, files, descriptors or rights that the library asks for: it goes on as if nothing were.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/client_test_support.h"
#include "tests/support/test_exit.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

ttmem_place used_place;

void use_a_place() { used_place = make_place_in_use(); }

// Everything that takes memory of the ledger.
void use_all_of_it() {
    std::vector<ttmem_handle> handles;
    const ttmem_allocation a = make_allocation(used_place);
    for (int i = 0; i < 9000; ++i) handles.push_back(ttmem_record_alloc(&a));
    for (int i = 0; i < 3000; ++i) ttmem_intern(("text" + std::to_string(i)).c_str());
    for (const ttmem_handle handle : handles) ttmem_record_free(handle);
    const ttmem_core_range cores{0, 0, 7, 7};
    const ttmem_circular_buffer buffer{0, 0, 1, 0, 100000, 4096, &cores};
    for (uint64_t i = 1; i <= 500; ++i) {
        const ttmem_handle program = ttmem_program_created(0, i);
        ttmem_program_planned(program, used_place, &buffer, 1);
        ttmem_program_dispatched(program, used_place);
    }
}

size_t descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<size_t>(std::distance(begin(all), end(all)));
}

// From here on every system call but these, and those that end a test, kills the process.
void allow_only(std::vector<unsigned> calls) {
    calls.insert(calls.end(), {SYS_exit_group, SYS_write, SYS_exit});
    std::vector<sock_filter> filter = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (size_t i = 0; i < calls.size(); ++i) {
        filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], static_cast<uint8_t>(calls.size() - i), 0));
    }
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
    CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) skip("this kernel has no seccomp filters");
}

}  // namespace

CLIENT_TEST(Trouble, ErrnoStaysAsItWas, {}) {
    errno = 4711;
    use_a_place();
    ttmem_close(used_place);
    CHECK_EQ(errno, 4711);
}

CLIENT_TEST(Trouble, ASmallLimitForFilesMeansNotTracked, {}) {
    rlimit before{};
    CHECK_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit limit{4096, before.rlim_max};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);  // more would be answered with SIGXFSZ
    ttmem_chip_info chip{};
    CHECK_EQ(ttmem_register_chip(&chip), TTMEM_NOT_TRACKED);
    const ttmem_allocation a = make_allocation(1);
    CHECK_EQ(ttmem_record_alloc(&a), 0);
    CHECK_EQ(ttmem_record_free(1), TTMEM_NOT_TRACKED);
    CHECK_EQ(ledger_names().size(), 0);
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
}

CLIENT_TEST(Trouble, ALedgerThatDoesNotFitIsMadeInTheUsualSize, {{"TTMEM_LEDGER_SLOTS", "1000000"}}) {
    const rlimit limit{8 << 20, 8 << 20};
    CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    use_a_place();
    CHECK_EQ(Bytes::mine().map().geometry.slots, 8192);
}

CLIENT_TEST(Trouble, NoDescriptorsMeansNotTracked, {}) {
    if (kAddressSanitizer) skip("the sanitizer needs descriptors");
    const rlimit limit{3, 3};
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
}

CLIENT_TEST(Trouble, AFullDevShmMeansNotTracked, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64k");
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
}

CLIENT_TEST(Trouble, AReadOnlyDevShmMeansNotTracked, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m");
    CHECK_EQ(mount("tmpfs", "/dev/shm", "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
}

CLIENT_TEST(Trouble, WithoutRoomForHistoryEverythingElseIsRecorded,
            {{"TTMEM_LEVEL", "events"}, {"TTMEM_DIR", "/dev/shm/here"}, {"TTMEM_HISTORY_BYTES", "1048576"}}) {
    enter_private_shm("size=1600k");  // the ledger without events, and not much more
    use_a_place();
    const ttmem_allocation a = make_allocation(used_place);
    for (int i = 0; i < 100; ++i) CHECK_EQ(ttmem_record_free(ttmem_record_alloc(&a)), TTMEM_OK);
    const Bytes bytes = Bytes::mine();
    CHECK_EQ(bytes.live().history_refused, 1);
    CHECK(bytes.live().ring_misses > 200);
    CHECK_EQ(bytes.events(), 0);
    CHECK_EQ(bytes.live_slots(), 1);
    bytes.check_consistent();
}

CLIENT_TEST(Trouble, ASquattedDirectoryIsNotUsed, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m");
    CHECK_EQ(mkdir("/dev/shm/ttmem-0", 0777), 0);
    CHECK_EQ(chown("/dev/shm/ttmem-0", 1000, 1000), 0);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(in_child([] { CHECK(ttmem_intern("x") != 0); }), 0);  // finds the same one again
    CHECK_EQ(rmdir("/dev/shm/ttmem-0"), 0);                        // it is empty
    CHECK_EQ(
        system("test $(ls -d /dev/shm/ttmem-0-???????? | wc -l) = 1 && test $(ls /dev/shm/ttmem-0-*/ | wc -l) = 2"), 0);
}

CLIENT_TEST(Trouble, BesideASquattedDirectoryNoOtherSquattedOneIsUsed, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m");
    for (const char* path : {"/dev/shm/ttmem-0", "/dev/shm/ttmem-0-12345678", "/dev/shm/ttmem-0-short"}) {
        CHECK_EQ(mkdir(path, 0777), 0);
        CHECK_EQ(chown(path, 1000, 1000), 0);
    }
    CHECK_EQ(mkdir("/dev/shm/ttmem-01", 0700), 0);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(system("test $(ls -d /dev/shm/ttmem-0-???????? | wc -l) = 2 && test $(ls /dev/shm/ttmem-*/ -1 |"
                    " grep -c ledger$) = 1"),
             0);
}

CLIENT_TEST(Trouble, ADirectoryInRunComesBeforeTheOneInDevShm, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m");
    CHECK_EQ(mount("tmpfs", "/run", "tmpfs", 0, "size=64m"), 0);
    CHECK_EQ(mkdir("/run/ttmem", 0755), 0);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(system("test $(ls /run/ttmem/0 | wc -l) = 1 && test $(ls /dev/shm | wc -l) = 0"), 0);
}

CLIENT_TEST(Trouble, NoDevShmMeansNotTracked, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m");
    CHECK_EQ(mount("tmpfs", "/dev", "tmpfs", 0, nullptr), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
}

CLIENT_TEST(Trouble, ADirectoryThatIsNotMemoryIsNotUsed, {{"TTMEM_DIR", TTMEM_BIN_DIR}}) {
    struct statfs system {};
    if (statfs(TTMEM_BIN_DIR, &system) == 0 && system.f_type == TMPFS_MAGIC) skip("all of this machine is memory");
    ttmem_intern("x");  // wherever it went
    CHECK(ledger_names().empty());
}

CLIENT_TEST(Trouble, AnotherUserHasAnotherDirectory, {{"TTMEM_DIR", ""}}) {
    enter_private_shm("size=64m,mode=1777");
    CHECK_EQ(seteuid(4711), 0);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(system("test $(ls /dev/shm/ttmem-4711 | wc -l) = 1"), 0);
}

CLIENT_TEST(Trouble, DeadLedgersThatFillTheMemoryGoAtOnce, {{"TTMEM_DIR", "/dev/shm/here"}}) {
    enter_private_shm("size=200m");
    CHECK_EQ(in_child([] { CHECK(ttmem_intern("x") != 0); }), 0);
    const std::string dead = "/dev/shm/here/" + ledger_names().at(0);
    const int fd = open(dead.c_str(), O_WRONLY);
    CHECK_EQ(posix_fallocate(fd, 0, 140 << 20), 0);
    close(fd);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(access(dead.c_str(), F_OK), -1);
    CHECK_EQ(Bytes::mine().live().expired_ledgers, 1);
}

CLIENT_TEST(Trouble, AnOpenDirectoryOfTheUsersChoiceIsNotUsed, {}) {
    const std::string open_to_all = std::string(getenv("TTMEM_DIR"));
    CHECK_EQ(chmod(open_to_all.c_str(), 0777), 0);
    ttmem_intern("x");  // wherever it went
    CHECK_EQ(ledger_names().size(), 0);
}

// It put its ledger among those of others, without a word, and removed old ones of theirs for it.
CLIENT_TEST(Trouble, AWrongDirectoryIsSaidAndCostsNobodyHisEvidence, {{"TTMEM_DIR", "/dev/shm/nothing/here"}}) {
    enter_private_shm("size=200m");
    setenv("TTMEM_DIR", "/dev/shm/ttmem-0", 1);  // where the test looks: the library has read it before
    CHECK_EQ(in_child([] { CHECK(ttmem_intern("x") != 0); }), 0);
    const std::string dead = "/dev/shm/ttmem-0/" + ledger_names().at(0);
    const int fd = open(dead.c_str(), O_WRONLY);
    CHECK_EQ(posix_fallocate(fd, 0, 140 << 20), 0);
    close(fd);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(access(dead.c_str(), F_OK), 0);
    const Bytes mine = Bytes::mine();
    CHECK_EQ(mine.live().expired_ledgers, 0);
    const uint64_t note = mine.live().notes[0];
    CHECK_EQ(note_flags(note), 0);
    CHECK(mine.text(note_text(note)).find("TTMEM_DIR cannot be used") != std::string::npos);
    CHECK_EQ(mine.live().notes[1], 0);
}

CLIENT_TEST(Trouble, ADevShmThatIsFilledLaterKillsNobody, {{"TTMEM_LEVEL", "events"}, {"TTMEM_DIR", ""}}) {
    enter_private_shm("size=16m");
    use_a_place();
    fill_shm();
    use_all_of_it();
    CHECK_EQ(system("test $(ls /dev/shm/ttmem-0/*.ledger | wc -l) = 1"), 0);
}

// What the test above is about: memory that is mapped, and not there when it is written to.
CLIENT_TEST(Trouble, AFileWithHolesInAFullDevShmWouldKill, {{"TTMEM_DIR", ""}}) {
    if (kAddressSanitizer || kThreadSanitizer) skip("sanitizers handle the signal themselves");
    enter_private_shm("size=1m");
    const int fd = open("/dev/shm/holes", O_CREAT | O_RDWR, 0600);
    CHECK_EQ(ftruncate(fd, 1 << 16), 0);
    void* memory = mmap(nullptr, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    fill_shm();
    static char* hole;
    hole = static_cast<char*>(memory);
    const int status = in_child([] { *hole = 1; });
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

CLIENT_TEST(Trouble, NoAddressSpaceMeansNotTracked, {}) {
    if (kAddressSanitizer || kThreadSanitizer) skip("sanitizers need address space");
    const rlimit limit{1 << 20, 1 << 20};  // less than is in use
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_NOT_TRACKED);
    CHECK_EQ(ttmem_intern("x"), 0);
}

CLIENT_TEST(Trouble, LockedMemoryIsNotNeeded, {}) {
    const rlimit limit{0, 0};
    CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
    use_a_place();
    CHECK_EQ(Bytes::mine().live_slots(), 1);
}

CLIENT_TEST(Trouble, ManyOpenFilesAreNoTrouble, {}) {
    for (int i = 0; i < 120; ++i) CHECK(open("/dev/null", O_RDONLY) >= 0);
    CHECK(ttmem_intern("x") != 0);
}

CLIENT_TEST(Trouble, NoDescriptorIsKept, {}) {
    const size_t before = descriptors();
    use_a_place();
    CHECK_EQ(descriptors(), before);
    CHECK_EQ(in_child([] { use_a_place(); }), 0);
    CHECK_EQ(descriptors(), before);
}

// The list is documented in docs/security.md: what a sandbox has to allow.
CLIENT_TEST(Trouble, NoOtherSystemCallsAreMade, {{"TTMEM_LEVEL", "events"}}) {
    if (kAddressSanitizer || kThreadSanitizer || ttmem::kMeasuresCoverage) skip("there are others of the tools");
    allow_only({SYS_getrandom,  SYS_mkdirat,     SYS_openat,    SYS_close,         SYS_newfstatat, SYS_fstatfs,
                SYS_faccessat2, SYS_access,      SYS_geteuid,   SYS_getdents64,    SYS_prlimit64,  SYS_ftruncate,
                SYS_fallocate,  SYS_fcntl,       SYS_mmap,      SYS_munmap,        SYS_mremap,     SYS_madvise,
                SYS_fchmod,     SYS_linkat,      SYS_read,      SYS_pread64,       SYS_getpid,     SYS_getuid,
                SYS_gettid,     SYS_membarrier,  SYS_prctl,     SYS_brk,           SYS_unlinkat,   SYS_utimensat,
                SYS_renameat2,  SYS_sched_yield, SYS_nanosleep, SYS_clock_gettime, SYS_lseek});
    use_a_place();
    use_all_of_it();
    ttmem_close(used_place);
    CHECK_EQ(ttmem_open(used_place), TTMEM_OK);
}

// A write beyond the ledger hits a page that nobody may touch.
CLIENT_TEST(Trouble, TheLedgerHasGuardsOnBothSides, {}) {
    use_a_place();
    struct stat status {};
    CHECK_EQ(stat((std::string(getenv("TTMEM_DIR")) + "/" + ledger_names().at(0)).c_str(), &status), 0);
    std::ifstream maps("/proc/self/maps");
    std::vector<std::string> lines;
    for (std::string line; std::getline(maps, line);) lines.push_back(line);
    const auto is_guard = [](const std::string& line) { return line.find(" ---p ") != std::string::npos; };
    for (size_t i = 1; i + 1 < lines.size(); ++i) {
        std::istringstream words(lines[i]);
        std::string range, rights, offset, device, inode;
        words >> range >> rights >> offset >> device >> inode;
        if (inode != std::to_string(status.st_ino)) continue;
        CHECK(is_guard(lines[i - 1]));
        CHECK(is_guard(lines[i + 1]));
        return;
    }
    CHECK(false);
}

CLIENT_TEST(Trouble, AHistoryThatDoesNotFitIsMadeInTheUsualSize, {{"TTMEM_HISTORY_BYTES", "4194304"}}) {
    make_tables_short();
    use_a_place();
    CHECK_EQ(Bytes::mine().map().geometry.events_per_ring, Geometry().events_per_ring);
}
