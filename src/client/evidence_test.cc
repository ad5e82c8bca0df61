// A small file system, as a container's /dev/shm: evidence of ended processes gives way to those that start, and who
// finds no room says so.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

std::string file_at(const std::string& name) { return std::string(getenv("TTMEM_DIR")) + "/" + name; }

// A file system of its own for the ledgers, in a mount namespace of our own.
void make_directory_small(const std::string& size) {
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0) skip("only root may mount: run this test as root");
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        skip("mounts cannot be made private in a chroot");
    if (mount("tmpfs", getenv("TTMEM_DIR"), "tmpfs", 0, ("mode=0700,size=" + size).c_str()) != 0)
        skip("tmpfs cannot be mounted here");
}

void take_all_room() {
    const int fd = open(file_at("filler").c_str(), O_CREAT | O_RDWR, 0600);
    for (off_t size = 1 << 20, at = 0; size >= 4096; size /= 2) {
        while (posix_fallocate(fd, at, size) == 0) at += size;
    }
    close(fd);
}

// The names of the files that processes without room have left.
std::vector<std::string> traces_left() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(getenv("TTMEM_DIR"))) {
        const std::string name = entry.path().filename();
        if (name.starts_with("untracked.")) names.push_back(name);
    }
    return names;
}

uint64_t bytes_of_ledgers() {
    uint64_t bytes = 0;
    for (const std::string& name : ledger_names()) {
        struct stat status {};
        CHECK_EQ(stat(file_at(name).c_str(), &status), 0);
        bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    }
    return bytes;
}

// 0 when this process is tracked. Its first thread has its history then.
int live_once() {
    if (ttmem_intern("x") == 0) return 3;
    make_place_in_use();
    return 0;
}

// A dead process of this run (all bytes of its id alike; 0 none), that died so many seconds ago and has 1.5 MiB.
std::string make_corpse(int number, int run, int seconds, off_t bytes = 3 << 19) {
    std::string digits = std::to_string(number);
    const std::string name = std::string(32 - digits.size(), '0') + digits + ".ledger";
    const int fd = open(file_at(name).c_str(), O_CREAT | O_RDWR, 0600);
    CHECK_EQ(posix_fallocate(fd, 0, bytes), 0);
    const std::string id(16, static_cast<char>(run));
    CHECK_EQ(pwrite(fd, id.data(), 16, offsetof(StaticHeader, run_id)), 16);
    const timespec then{time(nullptr) - seconds, 1};
    const timespec times[2] = {then, then};
    CHECK_EQ(futimens(fd, times), 0);
    close(fd);
    return name;
}

bool is_there(const std::string& name) { return std::filesystem::exists(file_at(name)); }

}  // namespace

CLIENT_TEST(Evidence, GivesWayToHundredsThatRunOneAfterTheOther,
            {{"TTMEM_LEVEL", "events"}, {"TTMEM_HISTORY_BYTES", "4194304"}}) {
    make_directory_small("64m");
    for (int i = 0; i < 200; ++i) CHECK_EQ(in_child([] { CHECK_EQ(live_once(), 0); }), 0);
    CHECK(traces_left().empty());
    CHECK(bytes_of_ledgers() <= (64 << 20) / 4 + (6 << 20));  // the newest has ended since
    CHECK(make_place_in_use() != 0);
    CHECK(Bytes::mine().live().expired_ledgers > 0);
}

CLIENT_TEST(Evidence, OfManyThatStartAtOnceEachIsTrackedOrNamed,
            {{"TTMEM_LEVEL", "events"}, {"TTMEM_HISTORY_BYTES", "4194304"}}) {
    make_directory_small("24m");
    constexpr int kProcesses = 32;
    int ready[2], go[2];
    CHECK(pipe(ready) == 0 && pipe(go) == 0);
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
        children.push_back(fork());
        if (children.back() != 0) continue;
        const int answer = live_once();
        CHECK_EQ(write(ready[1], "r", 1), 1);
        char byte;
        close(go[1]);
        CHECK_EQ(read(go[0], &byte, 1), 0);  // until all have started
        _exit(answer);
    }
    char byte;
    for (int i = 0; i < kProcesses; ++i) CHECK_EQ(read(ready[0], &byte, 1), 1);
    close(go[1]);
    size_t untracked = 0;
    for (const pid_t child : children) {
        int status = 0;
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFEXITED(status));
        untracked += WEXITSTATUS(status) == 3;
    }
    CHECK(untracked > 0);  // a MiB each, and history for the first ones
    CHECK_EQ(traces_left().size(), untracked);
    CHECK_EQ(ledger_names().size() + untracked, kProcesses);
}

CLIENT_TEST(Evidence, WhoFindsNoRoomLeavesAFileThatTakesNone, {{"TTMEM_RUN", "000102030405060708090a0b0c0d0e0f"}}) {
    make_directory_small("2m");
    take_all_room();
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(traces_left().size(), 1);
    const std::string name = traces_left().at(0);
    CHECK(name.starts_with("untracked." + std::to_string(getpid()) + "."));
    CHECK(name.find(".000102030405060708090a0b0c0d0e0f.room.") != std::string::npos);
    Geometry least;
    least.slots = kSlotStep;
    CHECK(name.ends_with("." + std::to_string(least.start_bytes()) + ".0"));
    CHECK_EQ(std::filesystem::file_size(file_at(name)), 0);
}

CLIENT_TEST(Evidence, TracesOlderThanADayGoWithTheNextOne, {}) {
    make_directory_small("2m");
    const std::string old = "untracked.1.2.00000000000000000000000000000000.room.3.4", young = old + "5";
    for (const std::string& name : {old, young}) std::ofstream(file_at(name)).flush();
    const timespec then[2] = {{time(nullptr) - 25 * 3600, 0}, {time(nullptr) - 25 * 3600, 0}};
    CHECK_EQ(utimensat(AT_FDCWD, file_at(old).c_str(), then, 0), 0);
    take_all_room();
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK(!is_there(old) && is_there(young));
    CHECK_EQ(traces_left().size(), 2);
}

// Dozens that end at one moment, before their run has read the first of them.
CLIENT_TEST(Evidence, ThatItsRunHasNotReadMayBeMoreWhereThereIsRoom,
            {{"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    make_directory_small("4g");  // a sixteenth is 256 MiB
    std::vector<std::string> mine;
    for (int i = 1; i <= 4; ++i) mine.push_back(make_corpse(i, 1, 100, 40 << 20));
    const std::string of_none = make_corpse(5, 0, 100);
    CHECK(ttmem_intern("x") != 0);
    CHECK(!is_there(of_none));  // 160 MiB are too much for it
    for (const std::string& name : mine) CHECK(is_there(name));
}

CLIENT_TEST(Evidence, ThatItsRunHasNotReadGoesLast, {{"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    make_directory_small("24m");  // a quarter is 6 MiB
    const std::string mine = make_corpse(1, 1, 500), of_a_run = make_corpse(2, 2, 400), ended = make_corpse(3, 3, 300);
    const std::string of_none = make_corpse(4, 0, 200), youngest = make_corpse(5, 0, 100);
    const int held =
        open(file_at(std::string("02020202020202020202020202020202") + ".run").c_str(), O_CREAT | O_RDWR, 0600);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 1;
    CHECK_EQ(fcntl(held, F_OFD_SETLK, &lock), 0);
    CHECK_EQ(ttmem_intern("x") != 0, true);
    CHECK(!is_there(ended));  // 7.5 MiB were too much
    CHECK(is_there(mine) && is_there(of_a_run) && is_there(of_none) && is_there(youngest));
    CHECK_EQ(Bytes::mine().live().expired_ledgers, 1);
}

CLIENT_TEST(Evidence, OfARunAroundItsOwnGoesLast, {{"TTMEM_RUN", "01010101010101020202020200000000"}}) {
    make_directory_small("24m");  // a quarter is 6 MiB
    const std::string of_outer = make_corpse(1, 1, 500), of_another = make_corpse(2, 3, 400);
    for (int i = 3; i < 6; ++i) make_corpse(i, 0, 300);
    CHECK(ttmem_intern("x") != 0);
    CHECK(is_there(of_outer) && !is_there(of_another));
    CHECK(traces_left().empty());  // nobody awaited that
}

CLIENT_TEST(Evidence, ThatGoesBeforeItsRunHasReadItLeavesWord, {{"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    make_directory_small("24m");  // a quarter is 6 MiB
    for (int i = 1; i < 6; ++i) make_corpse(i, 1, 900 - i);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(Bytes::mine().live().expired_ledgers, 1);
    CHECK_EQ(traces_left().size(), 1);
    CHECK(traces_left().at(0) == "untracked." + std::string(31, '0') + "1.01010101010101010101010101010101.removed");
}

CLIENT_TEST(Evidence, ThatGivesWayLeavesWordOfItsProcessForADay, {}) {
    make_directory_small("24m");  // a quarter is 6 MiB
    const std::string name = make_corpse(1, 0, 900);
    const int fd = open(file_at(name).c_str(), O_WRONLY);
    const uint32_t pid = 4711;
    const uint64_t lived_at = 1'700'000'000'123'456'789;
    CHECK_EQ(pwrite(fd, &pid, sizeof pid, offsetof(StaticHeader, pid)), 4);
    constexpr size_t kAt = offsetof(ttmem::ledger::Header, live) + offsetof(ttmem::ledger::LiveHeader, latest_wall_ns);
    CHECK_EQ(pwrite(fd, &lived_at, sizeof lived_at, kAt), 8);
    const timespec then[2] = {{time(nullptr) - 900, 1}, {time(nullptr) - 900, 1}};
    CHECK_EQ(futimens(fd, then), 0);
    close(fd);
    const std::string old = std::string(32, '1') + ".5.6.removed";
    std::ofstream(file_at(old)).flush();
    const timespec long_ago[2] = {{time(nullptr) - 25 * 3600, 0}, {time(nullptr) - 25 * 3600, 0}};
    CHECK_EQ(utimensat(AT_FDCWD, file_at(old).c_str(), long_ago, 0), 0);
    for (int i = 2; i < 6; ++i) make_corpse(i, 0, 300);
    CHECK(ttmem_intern("x") != 0);
    CHECK(!is_there(name) && !is_there(old));
    CHECK(is_there(name.substr(0, 32) + ".4711.1700000000.removed"));
    CHECK(traces_left().empty());
}

CLIENT_TEST(Evidence, AProcessThatIsOffLeavesWordInARunOnce,
            {{"TTMEM_LEVEL", "off"}, {"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    make_directory_small("2m");
    for (int i = 0; i < 2; ++i) CHECK_EQ(ttmem_open(1), TTMEM_OFF);
    CHECK_EQ(traces_left().size(), 1);
    CHECK(traces_left().at(0).ends_with(".01010101010101010101010101010101.off.0.0"));
    CHECK_EQ(in_child([] { CHECK_EQ(ttmem_open(1), TTMEM_OFF); }), 0);
    CHECK_EQ(traces_left().size(), 2);
}

CLIENT_TEST(Evidence, AProcessThatIsOffAndHasNoDirectoryLeavesNone,
            {{"TTMEM_LEVEL", "off"}, {"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    make_directory_small("2m");
    for (const char* path : {static_cast<const char*>(getenv("TTMEM_DIR")), "/dev/shm"})
        CHECK_EQ(mount("tmpfs", path, "tmpfs", MS_RDONLY, nullptr), 0);
    CHECK_EQ(ttmem_open(1), TTMEM_OFF);
}

constexpr const char* kRun = "01010101010101010101010101010101";

// The directory of its run is then one below that of the ledgers: "/proc/self/cwd/run".
void make_run_directory(bool is_marked) {
    CHECK_EQ(chdir(getenv("TTMEM_DIR")), 0);
    CHECK_EQ(mkdir("run", 0700), 0);
    if (is_marked) std::ofstream(std::string("run/") + kRun + ".run").flush();
}

std::vector<std::string> words_for_run() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator("run"))
        if (entry.path().extension() != ".run") names.push_back(entry.path().filename());
    return names;
}

CLIENT_TEST(Evidence, OfALedgerThatItsRunDoesNotLookForIsLeftWhereItLooks,
            {{"TTMEM_RUN", kRun}, {"TTMEM_RUN_DIR", "/proc/self/cwd/run"}}) {
    make_run_directory(true);
    CHECK(ttmem_intern("x") != 0);
    CHECK_EQ(words_for_run().size(), 1);
    CHECK(words_for_run().at(0) == "untracked." + ledger_names().at(0).substr(0, 32) + "." + kRun + "." +
                                       std::to_string(getpid()) + ".elsewhere");
    CHECK_EQ(in_child([] { CHECK(ttmem_intern("y") != 0); }), 0);
    CHECK_EQ(words_for_run().size(), 2);
    CHECK(traces_left().empty());
}

CLIENT_TEST(Evidence, OfALedgerWhereItsRunLooksIsNone, {{"TTMEM_RUN", kRun}, {"TTMEM_RUN_DIR", "/proc/self/cwd/."}}) {
    CHECK_EQ(chdir(getenv("TTMEM_DIR")), 0);
    std::ofstream(std::string(kRun) + ".run").flush();
    CHECK(ttmem_intern("x") != 0);
    CHECK(traces_left().empty());
}

CLIENT_TEST(Evidence, IsNotLeftForARunThatHasEnded, {{"TTMEM_RUN", kRun}, {"TTMEM_RUN_DIR", "/proc/self/cwd/run"}}) {
    make_run_directory(false);
    CHECK(ttmem_intern("x") != 0);
    CHECK(words_for_run().empty());
}

CLIENT_TEST(Evidence, IsNotLeftWhereThereIsNoDirectory,
            {{"TTMEM_RUN", kRun}, {"TTMEM_RUN_DIR", "/proc/self/cwd/run"}}) {
    CHECK_EQ(chdir(getenv("TTMEM_DIR")), 0);
    CHECK(ttmem_intern("x") != 0);
    CHECK(!is_there("run"));
}

CLIENT_TEST(Evidence, OfAProcessThatIsOffIsLeftWhereItsRunLooks,
            {{"TTMEM_LEVEL", "off"}, {"TTMEM_RUN", kRun}, {"TTMEM_RUN_DIR", "/proc/self/cwd/run"}}) {
    make_run_directory(true);
    CHECK_EQ(ttmem_open(1), TTMEM_OFF);
    CHECK_EQ(words_for_run().size(), 1);
    CHECK(words_for_run().at(0).ends_with(std::string(".") + kRun + ".off.0.0"));
    CHECK(traces_left().empty());
}

CLIENT_TEST(Evidence, ThatIsInTheWayGoesWhateverItsAge, {}) {
    make_directory_small("8m");
    const std::string dead = make_corpse(1, 0, 1);
    const int fd = open(file_at("filler").c_str(), O_CREAT | O_RDWR, 0600);
    CHECK_EQ(posix_fallocate(fd, 0, (8 << 20) - (3 << 19) - 4096), 0);
    close(fd);
    CHECK(ttmem_intern("x") != 0);  // in its place
    CHECK(!is_there(dead));
}

CLIENT_TEST(Evidence, IsNotDestroyedWhereThatWouldMakeNoRoom,
            {{"TTMEM_LEVEL", "events"}, {"TTMEM_HISTORY_BYTES", "4194304"}}) {
    make_directory_small("8m");
    const std::string dead = make_corpse(1, 0, 1);
    const int fd = open(file_at("filler").c_str(), O_CREAT | O_RDWR, 0600);
    CHECK_EQ(posix_fallocate(fd, 0, (8 << 20) - (5 << 19)), 0);  // room for a ledger, and never for its history
    close(fd);
    CHECK(ttmem_intern("x") != 0);
    CHECK(is_there(dead));
}

// Two ended processes, whose files are found before and after those of the own run, in whatever order that is.
static void check_that_both_go_first(int seconds_of_one, int seconds_of_other) {
    make_directory_small("24m");  // a quarter is 6 MiB
    const std::string one = make_corpse(1, 3, seconds_of_one);
    for (int i = 2; i < 6; ++i) make_corpse(i, 1, 900);
    const std::string other = make_corpse(6, 3, seconds_of_other);
    CHECK(ttmem_intern("x") != 0);
    CHECK(!is_there(one) && !is_there(other));
    CHECK_EQ(Bytes::mine().live().expired_ledgers, 2);
}

CLIENT_TEST(Evidence, OfAnotherRunGoesFirstFoundFirst, {{"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    check_that_both_go_first(200, 100);
}

CLIENT_TEST(Evidence, OfAnotherRunGoesFirstFoundLast, {{"TTMEM_RUN", "01010101010101010101010101010101"}}) {
    check_that_both_go_first(100, 200);
}

CLIENT_TEST(Evidence, IsKeptOnAFileSystemWithoutALimit, {}) {
    make_directory_small("0");
    const std::string dead = make_corpse(1, 0, 1);
    CHECK(ttmem_intern("x") != 0);
    CHECK(is_there(dead));
}

CLIENT_TEST(Evidence, WhereNotEvenAnEmptyFileFindsRoomThereIsNone, {}) {
    make_directory_small("64m,nr_inodes=1");
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK(traces_left().empty());
}

CLIENT_TEST(Evidence, OfVeryManyOldTracesAThousandGoAndNoLinkDoes, {}) {
    make_directory_small("4m");
    const std::string link = "untracked.link";
    CHECK_EQ(symlink("nowhere", file_at(link).c_str()), 0);
    const timespec then[2] = {{time(nullptr) - 25 * 3600, 0}, {time(nullptr) - 25 * 3600, 0}};
    const auto leave = [&](int number) {
        const std::string name = file_at("untracked." + std::to_string(number));
        std::ofstream(name).flush();
        CHECK_EQ(utimensat(AT_FDCWD, name.c_str(), then, 0), 0);
    };
    for (int i = 0; i < 500; ++i) leave(i);
    take_all_room();
    CHECK_EQ(ttmem_intern("x"), 0);
    CHECK_EQ(traces_left().size(), 2);  // the link, and one that says so
    for (int i = 0; i < 1100; ++i) leave(i);
    CHECK_EQ(in_child([] { CHECK_EQ(ttmem_intern("x"), 0); }), 0);
    CHECK(traces_left().size() >= 1100 - 1024 + 2);
    CHECK(std::filesystem::is_symlink(file_at(link)));
}
