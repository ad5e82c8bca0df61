#include "src/collector/discovery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/fake_system.h"

namespace ttmem {
namespace {

bool everything(const ledger::StaticHeader&) { return true; }

std::vector<uint32_t> pids(const Discovery& discovery) {
    std::vector<uint32_t> pids;
    for (const auto& found : discovery.ledgers()) pids.push_back(found->header.pid);
    std::sort(pids.begin(), pids.end());
    return pids;
}

TEST(Discovery, FindsTheLedgersOfAllDirectories) {
    FakeSystem system;
    system.add("/a", 1, 11);
    system.add("/b", 2, 12);
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{11, 12}));
}

TEST(Discovery, TakesAFileThatIsSeenTwiceOnce) {
    FakeSystem system;
    FakeLedger& first = system.add("/a", 1, 11);
    FakeLedger& same = system.add("/b", 2, 11);
    same.facts = first.facts;
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{11}));
    EXPECT_TRUE(discovery.refused().empty());
}

TEST(Discovery, RefusesACopyUnderTheSameId) {
    FakeSystem system;
    system.add("/a", 1, 11);
    FakeLedger& copy = system.add("/b", 2, 12);
    copy.bytes.map.header->fixed.ledger_id[15] = 1;
    copy.bytes.reseal();
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{11}));
    ASSERT_EQ(discovery.refused().size(), 1u);
    EXPECT_EQ(discovery.refused()[0].reason, "another ledger has the same id");
}

TEST(Discovery, KeepsWhatItHasWhenTheNameGoes) {
    FakeSystem system;
    system.add("/a", 1, 11);
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    system.directory("/a").ledgers.clear();
    system.add("/a", 2, 12);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{11, 12}));
}

TEST(Discovery, TakesLiveLedgersBeforeDeadOnesWhenAUserHasTooMany) {
    FakeSystem system;
    for (uint8_t i = 1; i <= 6; ++i) {
        FakeLedger& ledger = system.add("/a", i, i);
        ledger.facts.modified_at = 100 + i;
        ledger.lives = i <= 2;  // the oldest live
    }
    system.directory("/other").owner = 1001;
    system.add("/other", 9, 99);
    Discovery discovery(system, {.ledgers_per_user = 3}, everything);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{1, 2, 6, 99})) << "the live ones, then the newest";
    ASSERT_EQ(discovery.left_out().size(), 1u);
    EXPECT_NE(discovery.left_out()[0].sentence.find("3 ledgers of user 1000 ("), std::string::npos);
    discovery.refresh();
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{1, 2, 6, 99}));
    EXPECT_EQ(discovery.left_out().size(), 1u);
}

TEST(Discovery, KeepsToTheBytesOfAUser) {
    FakeSystem system;
    for (uint8_t i = 1; i <= 4; ++i) system.add("/a", i, i);
    const uint64_t bytes = system.directory("/a").ledgers.begin()->second->facts.bytes;
    Discovery discovery(system, {.bytes_per_user = 2 * bytes + 1}, everything);
    discovery.refresh();
    EXPECT_EQ(discovery.ledgers().size(), 2u);
}

TEST(Discovery, HasNoLimitForTheUserWhoLooks) {
    FakeSystem system;
    system.me = 1000;
    for (uint8_t i = 1; i <= 6; ++i) system.add("/a", i, i);
    Discovery discovery(system, {.names_per_directory = 1, .ledgers_per_user = 1, .bytes_per_user = 1}, everything);
    discovery.refresh();
    EXPECT_EQ(discovery.ledgers().size(), 6u);
    EXPECT_TRUE(discovery.left_out().empty());
}

TEST(Discovery, CountsTheMemoryThatLedgersTakeAndNotTheirSize) {
    FakeSystem system;
    for (uint8_t i = 1; i <= 4; ++i) {
        FakeLedger& ledger = system.add("/a", i, i);
        ledger.facts.bytes_taken = 100;
    }
    Discovery discovery(system, {.bytes_per_user = 300}, everything);
    discovery.refresh();
    EXPECT_EQ(discovery.ledgers().size(), 3u);
    ASSERT_EQ(discovery.left_out().size(), 1u);
    EXPECT_EQ(
        discovery.left_out()[0].sentence,
        "1 ledger of user 1000 (100 B) not read: of another user's, at most 300 B of ledgers are; --pid and --run "
        "have no limit");
}

TEST(Discovery, ClosesWhatIsDoneAndDoesNotLookAtItAgain) {
    FakeSystem system;
    for (uint8_t i = 1; i <= 4; ++i) system.add("/a", i, i).lives = i <= 2;
    std::vector<uint32_t> done;
    Discovery discovery(system, {}, everything, [&](const FoundLedger& found) {
        if (found.file->writer_lives()) return false;
        done.push_back(found.header.pid);
        return true;
    });
    discovery.refresh();
    EXPECT_EQ(done, (std::vector<uint32_t>{3, 4}));
    EXPECT_EQ(pids(discovery), (std::vector<uint32_t>{1, 2}));
    system.directory("/a").ledgers.begin()->second->lives = false;
    discovery.refresh();
    EXPECT_EQ(done.size(), 3u);
    EXPECT_EQ(discovery.ledgers().size(), 1u);
    EXPECT_TRUE(discovery.refused().empty());
}

TEST(Discovery, SaysThatADirectoryWasNotListedInFull) {
    FakeSystem system;
    system.add("/a", 1, 11);
    system.directory("/a").listing_error = "Input/output error";
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    ASSERT_EQ(discovery.left_out().size(), 1u);
    EXPECT_EQ(discovery.left_out()[0].sentence, "not all of /a was listed: Input/output error");
}

TEST(Discovery, LooksAtNoMoreNamesThanItShould) {
    FakeSystem system;
    for (uint8_t i = 1; i <= 5; ++i) system.add("/a", i, i);
    Discovery discovery(system, {.names_per_directory = 2}, everything);
    discovery.refresh();
    EXPECT_EQ(discovery.ledgers().size(), 2u);
    ASSERT_EQ(discovery.left_out().size(), 1u);
    EXPECT_EQ(discovery.left_out()[0].sentence,
              "3 ledgers in /a not looked at: of another user's directory, at most 2 names are");
}

TEST(Discovery, TellsWhatIsSpecialAboutADirectory) {
    FakeSystem system;
    system.directory("/a").note = "not on tmpfs";
    Discovery discovery(system, {}, everything);
    discovery.refresh();
    EXPECT_EQ(discovery.notes(), std::vector<std::string>{"not on tmpfs"});
}

}  // namespace
}  // namespace ttmem
