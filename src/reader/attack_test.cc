// A reader against somebody who changes the file: each bit of it, and everything at once while it is read.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/support/slow_build.h"
#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kStep = kSlowBuild ? 61 : 1;  // bits; all of them would take minutes

// As small as a ledger gets.
Geometry tiny() {
    Geometry geometry = TestLedger::small();
    geometry.slots = 8;
    geometry.rings = 1;
    geometry.events_per_ring = 4;
    geometry.text_bytes = 64;
    geometry.owners = 2;
    geometry.sessions = 2;
    geometry.failures = 1;
    geometry.plan_bytes = 64;
    geometry.pairs = geometry.holdings = geometry.traces = 2;
    geometry.trace_entries = 8;
    return geometry;
}

void fill_tiny(TestLedger& ledger) {
    ledger.set_chip(0, 1, 0, 12, 1 << 30, ledger.add_text("arch"));
    ledger.open(1, 1, 2, 0, ledger.add_text("mesh"));
    Recorder recorder = ledger.recorder(0);
    for (uint32_t slot = 1; slot < 8; ++slot) {
        const uint64_t handle = ledger.alloc(recorder, slot, TestLedger::body(slot * 4096, 4096));
        if (slot % 3 == 0) ledger.free(recorder, handle);
    }
}

// All that a reader can be asked.
uint64_t read_all(const ByteSource& source, bool writer_is_dead) {
    static LedgerReader reader;
    static LedgerImage image;
    if (!reader.read(source, {.writer_is_dead = writer_is_dead, .attempts = 2}, image).ok()) return 0;
    for (uint32_t ring = 0; ring < image.rings.size(); ++ring) {
        const History history = LedgerReader::history(source, image, ring);
        EXPECT_EQ(history.events.size() + history.lost, history.to - history.from);
    }
    for (const SessionImage& session : image.sessions) static_cast<void>(image.text(session.name).size());
    EXPECT_LE(image.live.size(), image.regions.slots.count);
    return 1;
}

TEST(Attack, EveryBitOfALedgerMayBeAnotherOne) {
    TestLedger ledger(tiny());
    fill_tiny(ledger);
    LedgerReader reader;
    LedgerImage right;
    ASSERT_TRUE(reader.read(ledger.source(), {.writer_is_dead = true}, right).ok());
    uint64_t toggled = 0, read = 0;
    for (uint64_t bit = 0; bit < ledger.bytes() * 8; bit += kStep, ++toggled) {
        unsigned char& byte = ledger.memory()[bit / 8];
        byte ^= static_cast<unsigned char>(1 << bit % 8);
        read += read_all(ledger.source(), true);
        byte ^= static_cast<unsigned char>(1 << bit % 8);
    }
    std::printf("%lu bits toggled, %lu such ledgers read\n", toggled, read);
    EXPECT_GT(read, 0u);
    EXPECT_LT(read, toggled);
    LedgerImage again;
    ASSERT_TRUE(reader.read(ledger.source(), {.writer_is_dead = true}, again).ok());
    EXPECT_EQ(again.live.size(), right.live.size());
}

// Writes garbage, makes the file shorter and longer, and whole again, as fast as it can.
[[noreturn]] void mutate(int fd, const TestLedger& whole) {
    std::minstd_rand random(1);
    for (;;) {
        const auto size = static_cast<off_t>(whole.bytes());
        for (int i = 0; i < 50; ++i) {
            const uint64_t garbage = static_cast<uint64_t>(random()) << 33 ^ static_cast<uint64_t>(random());
            if (pwrite(fd, &garbage, 1 + random() % 8, static_cast<off_t>(random()) % size) < 0) _exit(1);
        }
        if (random() % 4 == 0 && ftruncate(fd, static_cast<off_t>(random()) % size) != 0) _exit(1);
        if (ftruncate(fd, size) != 0 || pwrite(fd, whole.memory(), whole.bytes(), 0) != size) _exit(1);
    }
}

TEST(Attack, AFileThatIsChangedWhileItIsReadDoesNoHarm) {
    TestLedger ledger(tiny());
    fill_tiny(ledger);
    char name[] = "/dev/shm/attack-on-ttmem.XXXXXX";
    const int fd = mkstemp(name);
    ASSERT_GE(fd, 0);
    unlink(name);
    const pid_t mutator = fork();
    if (mutator == 0) mutate(fd, ledger);
    const char* full = std::getenv("TTMEM_TEST_FULL");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(full != nullptr && *full != '\0' ? 30 : 2);
    uint64_t looks = 0, read = 0;
    while (std::chrono::steady_clock::now() < end) {
        read += read_all(FdSource(fd), ++looks % 2 == 0);
    }
    EXPECT_EQ(waitpid(mutator, nullptr, WNOHANG), 0) << "it is still at it";
    kill(mutator, SIGKILL);
    waitpid(mutator, nullptr, 0);
    close(fd);
    std::printf("%lu looks, %lu times there was a ledger\n", looks, read);
    EXPECT_GT(read, 0u);
    EXPECT_LT(read, looks);
}

}  // namespace
}  // namespace ttmem::ledger
