// Which ledgers of dead processes a new process of the same user removes.
#include "src/client/file/expiry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/client_test_support.h"

using namespace ttmem::client::testing;
using namespace ttmem::ledger;

namespace {

constexpr off_t kLive = offsetof(Header, live);
constexpr time_t kMinute = 60, kDay = 24 * 3600;

std::string path_of(const std::string& name) { return std::string(getenv("TTMEM_DIR")) + "/" + name; }

std::string ledger_name(int number) {
    std::string digits = std::to_string(number);
    return std::string(32 - digits.size(), '0') + digits + ".ledger";
}

void set_age(const std::string& name, time_t age, long nanoseconds) {
    const time_t then = time(nullptr) - age;
    const timespec times[2] = {{then, 0}, {then, nanoseconds}};
    CHECK_EQ(utimensat(AT_FDCWD, path_of(name).c_str(), times, AT_SYMLINK_NOFOLLOW), 0);
}

// A dead process's file, as the header says it ended.
void make_dead(const std::string& name, LedgerState state, uint64_t wall_ns, time_t age, long nanoseconds = 0) {
    const int fd = open(path_of(name).c_str(), O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0);
    const auto word = static_cast<uint64_t>(state);
    CHECK_EQ(pwrite(fd, &word, 8, kLive + offsetof(LiveHeader, state)), 8);
    CHECK_EQ(pwrite(fd, &wall_ns, 8, kLive + offsetof(LiveHeader, latest_wall_ns)), 8);
    close(fd);
    set_age(name, age, nanoseconds);
}

bool exists(const std::string& name) { return std::filesystem::exists(std::filesystem::symlink_status(path_of(name))); }

uint64_t expired_at_start() {
    CHECK(ttmem_intern("x") != 0);
    return Bytes::mine().live().expired_ledgers;
}

}  // namespace

CLIENT_TEST(Expiry, OldLedgersOfDeadProcessesGoWhenThereAreTooMany, {}) {
    for (int i = 0; i < 70; ++i) CHECK_EQ(in_child([] { CHECK(ttmem_intern("x") != 0); }), 0);
    CHECK_EQ(ledger_names().size(), 70);  // they died just now
    int aged = 0;
    for (const std::string& name : ledger_names()) {
        if (aged++ < 50) set_age(name, 60 * kMinute, ttmem::client::kSeenDead);
    }
    CHECK_EQ(expired_at_start(), 6);
    CHECK_EQ(ledger_names().size(), 64 + 1);
}

CLIENT_TEST(Expiry, ALedgerOfAWeekAgoGoesAndALivingOneStays, {}) {
    CHECK_EQ(in_child([] { CHECK(ttmem_intern("x") != 0); }), 0);
    const std::string dead = ledger_names().at(0);
    CHECK(ttmem_intern("x") != 0);
    for (const std::string& name : ledger_names()) set_age(name, 8 * kDay, ttmem::client::kSeenDead);
    CHECK_EQ(in_child([] { CHECK_EQ(expired_at_start(), 1); }), 0);
    CHECK(!exists(dead));
    CHECK_EQ(Bytes::mine().live_slots(), 0);  // ours is still there
}

CLIENT_TEST(Expiry, OfThoseThatWereSeenDeadAtOneMomentTheOldestGo, {}) {
    constexpr int kLedgers = 70;
    const auto lived_at = [](int number) { return static_cast<uint64_t>(1 + number * 37 % kLedgers); };
    const timespec seen[2] = {{time(nullptr) - 60 * kMinute, 0},
                              {time(nullptr) - 60 * kMinute, ttmem::client::kSeenDead}};
    for (int i = 0; i < kLedgers; ++i) {
        make_dead(ledger_name(i), LedgerState::kReady, lived_at(i), 0);
        CHECK_EQ(utimensat(AT_FDCWD, path_of(ledger_name(i)).c_str(), seen, 0), 0);
    }
    CHECK_EQ(expired_at_start(), 6);
    for (int i = 0; i < kLedgers; ++i) CHECK_EQ(exists(ledger_name(i)), lived_at(i) > 6);
}

CLIENT_TEST(Expiry, WhatIsNoLedgerOfThisUserStays, {}) {
    const std::string other = std::string(32, '0') + ".ledges", link = ledger_name(1), folder = ledger_name(2);
    make_dead(other, LedgerState::kClosed, 1, 30 * kDay, ttmem::client::kSeenDead);
    CHECK_EQ(symlink(path_of(other).c_str(), path_of(link).c_str()), 0);
    CHECK_EQ(mkdir(path_of(folder).c_str(), 0700), 0);
    set_age(link, 30 * kDay, ttmem::client::kSeenDead);
    set_age(folder, 30 * kDay, ttmem::client::kSeenDead);
    const std::string foreign = ledger_name(3), old = ledger_name(4);
    make_dead(foreign, LedgerState::kClosed, 1, 30 * kDay, ttmem::client::kSeenDead);
    const bool is_foreign = chown(path_of(foreign).c_str(), 4711, 4711) == 0;  // may root alone
    make_dead(old, LedgerState::kClosed, 1, 30 * kDay, ttmem::client::kSeenDead);
    CHECK_EQ(expired_at_start(), is_foreign ? 1 : 2);
    CHECK(!exists(old) && exists(other) && exists(link) && exists(folder));
    CHECK_EQ(exists(foreign), is_foreign);
    CHECK_EQ(rmdir(path_of(folder).c_str()), 0);
}

CLIENT_TEST(Expiry, AProcessThatDoesNotSayWhenItEndedIsDeadFromNowOn, {}) {
    const uint64_t week_ago = static_cast<uint64_t>(time(nullptr) - 8 * kDay) * 1'000'000'000;
    make_dead(ledger_name(1), LedgerState::kClosed, week_ago, 8 * kDay);                 // it says so
    make_dead(ledger_name(2), LedgerState::kReady, week_ago, 8 * kDay);                  // killed
    make_dead(ledger_name(3), LedgerState::kClosed, 0, 8 * kDay);                        // at no time
    make_dead(ledger_name(4), LedgerState::kClosed, week_ago + (1ull << 62), 8 * kDay);  // in the future
    const std::string empty = ledger_name(5);
    close(open(path_of(empty).c_str(), O_CREAT | O_WRONLY, 0600));
    set_age(empty, 8 * kDay, 0);
    make_dead(ledger_name(6), LedgerState::kClosed, week_ago, 8 * kDay);
    CHECK_EQ(truncate(path_of(ledger_name(6)).c_str(), kLive + offsetof(LiveHeader, state) + 8), 0);
    set_age(ledger_name(6), 8 * kDay, 0);
    static_assert(offsetof(LiveHeader, state) < offsetof(LiveHeader, latest_wall_ns));
    CHECK_EQ(expired_at_start(), 1);
    CHECK(!exists(ledger_name(1)));
    for (int i = 2; i <= 6; ++i) {
        struct stat status {};
        CHECK_EQ(stat(path_of(ledger_name(i)).c_str(), &status), 0);
        CHECK_EQ(status.st_mtim.tv_nsec, ttmem::client::kSeenDead);
        CHECK(status.st_mtim.tv_sec > time(nullptr) - kMinute);
    }
}

CLIENT_TEST(Expiry, OfVeryManyAThousandAreLookedAt, {}) {
    for (int i = 0; i < 1100; ++i) {
        make_dead(ledger_name(i), LedgerState::kClosed, 1, kDay, ttmem::client::kSeenDead);
    }
    CHECK_EQ(expired_at_start(), 1024 - 64);
    CHECK_EQ(in_child([] { CHECK_EQ(expired_at_start(), 1100 - 1024); }), 0);  // and the rest by the next one
}
