// Real processes with real threads, killed with SIGKILL in the middle of what they record: the library as compiled, the
// kernel's own death. What the dead left behind is read and compared with what they said that they were doing.
//
// 500 kills are usual (seeds.h).
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "include/ttmem/ttmem.h"
#include "src/client/process/process.h"
#include "src/reader/reader.h"
#include "tests/crash/kill_truth.h"
#include "tests/crash/schedule_process.h"
#include "tests/crash/seeds.h"

namespace ttmem::crash {
namespace {

using ledger::Op;

// ---- the process that is killed -------------------------------------------------------------------------------------

class Victim {
public:
    Victim(KillTruth& truth, uint64_t seed, const std::string& directory) : truth_(truth), seed_(seed) {
        client::Config& config = client::process.config;
        strncpy(config.directory, directory.c_str(), sizeof config.directory - 1);
        config.geometry.slots = 1024;
        config.geometry.rings = KillTruth::kThreads + 1;
        config.geometry.events_per_ring = 256u << (seed % 4);
        client::process.level.store(TTMEM_LEVEL_EVENTS);
    }

    [[noreturn]] void run(int threads) {
        ttmem_chip_info chip{};
        chip.chip_id = 11;
        chip.arch = "wormhole_b0";
        chip.pools[TTMEM_POOL_DRAM] = {12, 0, 1 << 30};
        chip.pools[TTMEM_POOL_L1] = {64, 0, 1 << 20};
        const ttmem_place_info info{TTMEM_PLACE_CHIP, 0, 0, 1, &chip.chip_id, nullptr};
        if (ttmem_register_chip(&chip) != TTMEM_OK || (place_ = ttmem_register_place(&info)) == 0) _exit(3);
        op_ = ttmem_intern("ttnn.matmul");
        std::vector<std::thread> others;
        for (int i = 0; i < threads; ++i) others.emplace_back([this, i] { live(i); });
        for (std::thread& other : others) other.join();  // never
        _exit(4);
    }

private:
    void live(int number) {
        KillThread& self = truth_.threads[number];
        self.tid = static_cast<uint64_t>(::syscall(SYS_gettid));
        std::minstd_rand random(static_cast<uint32_t>(seed_ * 8 + static_cast<uint64_t>(number) + 1));
        for (int i = 0; i < 20; ++i) step(self, random);
        truth_.ready.fetch_add(1);
        for (;;) step(self, random);
    }

    void step(KillThread& self, std::minstd_rand& random) {
        const uint64_t number = random() % KillTruth::kEntries;
        KillEntry& entry = truth_.entries[number];
        Life life = entry.life;
        if (life == Life::kNone && entry.life.compare_exchange_strong(life, Life::kBeginning)) {
            begin(self, entry, number, random() % 8 == 0, random());
        } else if (life == Life::kLive && random() % 8 == 0 &&
                   entry.life.compare_exchange_strong(life, Life::kMarking)) {
            if (entry.is_program == 0) mark(self, entry);
            entry.life = Life::kLive;
        } else if (life == Life::kLive && entry.life.compare_exchange_strong(life, Life::kEnding)) {
            end(self, entry, number, random() % 4 == 0);
        } else {
            ++self.begun, ttmem_op_begin(op_), ++self.finished;
            ++self.begun, ttmem_op_end(), ++self.finished;
        }
    }

    void begin(KillThread& self, KillEntry& entry, uint64_t number, bool is_program, uint64_t random) {
        const uint64_t times = ++entry.times;
        const uint64_t identity = KillTruth::identity(number, times);
        entry.is_program = is_program;
        entry.marked = 0;
        ttmem_allocation allocation{};
        allocation.place = place_;
        allocation.pool = random % 2 == 0 ? TTMEM_POOL_DRAM : TTMEM_POOL_L1;
        allocation.kind = TTMEM_CLASS_TENSOR;
        allocation.flags = TTMEM_BY_ADDRESS;
        allocation.address = identity;
        allocation.requested_bytes = 1 + random % 100'000;
        allocation.bytes_per_bank = 32 * (1 + random % 4096);
        allocation.banks = allocation.pool == TTMEM_POOL_DRAM ? 12 : 64;
        allocation.data_banks = allocation.banks;
        entry.requested = allocation.requested_bytes, entry.per_bank = allocation.bytes_per_bank;
        entry.pool = allocation.pool;
        ++self.begun;
        entry.handle = is_program ? ttmem_program_created(op_, identity) : ttmem_record_alloc(&allocation);
        ++self.finished;
        if (entry.handle == 0) _exit(5);
        entry.life = Life::kLive;
    }

    static void mark(KillThread& self, KillEntry& entry) {
        if (entry.marked == 1) return;
        ++self.begun;
        if (ttmem_mark_persistent(entry.handle) != TTMEM_OK) _exit(7);
        ++self.finished;
        entry.marked = 1;
    }

    void end(KillThread& self, KillEntry& entry, uint64_t number, bool by_address) {
        ++self.begun;
        const ttmem_result result = entry.is_program != 0 ? ttmem_program_destroyed(entry.handle)
                                    : by_address
                                        ? ttmem_record_free_at(place_, static_cast<ttmem_pool>(entry.pool.load()),
                                                               KillTruth::identity(number, entry.times))
                                        : ttmem_record_free(entry.handle);
        ++self.finished;
        if (result != TTMEM_OK) _exit(6);
        entry.life = Life::kNone;
    }

    KillTruth& truth_;
    const uint64_t seed_;
    ttmem_place place_ = 0;
    ttmem_text op_ = 0;
};

// ---- what it left ---------------------------------------------------------------------------------------------------

struct Corpse {
    ledger::LedgerImage image;
    std::vector<ledger::History> histories;
};

struct KillTally {
    uint64_t kills = 0, calls = 0, threads_in_a_call = 0, redone = 0, ignored = 0, live = 0;
};

class Autopsy {
public:
    Autopsy(const KillTruth& truth, const Corpse& corpse, KillTally& tally)
        : truth_(truth), corpse_(corpse), tally_(tally) {}

    // Empty when the ledger has what the dead said.
    std::string flaw() {
        const auto& quality = corpse_.image.quality;
        if (quality.torn_slots + quality.bad_slots + quality.bad_records != 0) return "a record is damaged";
        for (auto check : {&Autopsy::blocks, &Autopsy::rows, &Autopsy::history}) {
            if (std::string flaw = (this->*check)(); !flaw.empty()) return flaw;
        }
        return {};
    }

private:
    std::string blocks() {
        std::set<uint64_t> seen;
        for (const ledger::LiveSlot& slot : corpse_.image.live) {
            const bool is_program = slot.body.op() == Op::kProgram;
            const uint64_t identity = is_program ? program_of(slot.body).unique_id : slot.body.address();
            const uint64_t number = KillTruth::entry_of(identity);
            if (number >= KillTruth::kEntries) return fmt::format("a phantom: {:#x}", identity);
            if (!seen.insert(number).second) return fmt::format("entry {} is there twice", number);
            if (std::string flaw = block(slot, truth_.entries[number], identity); !flaw.empty()) {
                return fmt::format("entry {}: {}", number, flaw);
            }
        }
        for (uint64_t number = 0; number < KillTruth::kEntries; ++number) {
            const Life life = truth_.entries[number].life;
            if ((life == Life::kLive || life == Life::kMarking) && !seen.contains(number)) {
                return fmt::format("entry {} is lost", number);
            }
        }
        tally_.live += seen.size();
        return {};
    }

    static std::string block(const ledger::LiveSlot& slot, const KillEntry& truth, uint64_t identity) {
        const bool is_program = slot.body.op() == Op::kProgram;
        if (truth.life == Life::kNone) return "it is live, and has ended";
        if (truth.times != KillTruth::times_of(identity)) return "an earlier life of it is live";
        if (is_program != (truth.is_program != 0)) return "it is of another kind";
        if (truth.life != Life::kBeginning && slot.handle != truth.handle) return "it has another handle";
        if (is_program) return {};
        if (slot.body.requested_bytes() != truth.requested || slot.body.bytes_per_bank() != truth.per_bank ||
            slot.body.pool() != truth.pool)
            return "it has other figures";
        if (truth.life == Life::kLive && slot.persistent() != (truth.marked != 0)) return "its mark is wrong";
        return {};
    }

    std::string rows() {
        for (size_t session = 1; session < corpse_.image.sessions.size(); ++session) {
            for (uint32_t pool = 0; pool < ledger::kPools; ++pool) {
                uint64_t requested = 0, allocations = 0;
                for (const ledger::LiveSlot& slot : corpse_.image.live) {
                    if (slot.body.op() != Op::kAlloc || slot.body.session() != session || slot.body.pool() != pool)
                        continue;
                    requested += slot.body.requested_bytes(), ++allocations;
                }
                const ledger::RowImage& row = corpse_.image.sessions[session].rows[pool];
                if (row.live.requested != requested || row.live.allocations != allocations)
                    return "a row is not the sum of its slots";
                if (row.peak_requested < requested) return "a peak is below what is live";
            }
        }
        return {};
    }

    // Each call of a thread is one event, the one in flight perhaps; what was overwritten is counted, and the rest
    // there.
    std::string history() {
        for (const KillThread& thread : truth_.threads) {
            if (thread.tid == 0) continue;
            const auto& rings = corpse_.image.rings;
            const auto ring = std::find_if(rings.begin(), rings.end(), [&](const ledger::RingImage& candidate) {
                return candidate.thread == thread.tid;
            });
            tally_.calls += thread.finished;
            tally_.threads_in_a_call += thread.begun != thread.finished;
            if (ring == rings.end()) {
                if (thread.finished != 0) return "a thread that recorded has no ring";
                continue;
            }
            tally_.redone += ring->was_in_flight && ring->committed;
            tally_.ignored += ring->was_in_flight && !ring->committed;
            if (std::string flaw = events(thread, corpse_.histories[static_cast<size_t>(ring - rings.begin())]);
                !flaw.empty())
                return flaw;
        }
        return {};
    }

    static std::string events(const KillThread& thread, const ledger::History& history) {
        if (history.from != 0 || history.events.size() + history.lost != history.to)
            return "events are unaccounted for";
        uint64_t of_no_call = 0;
        for (const ledger::HistoryEvent& event : history.events) {
            of_no_call += event.body.op() == Op::kThread || event.body.op() == Op::kSessionOpen;
        }
        // A thread's first event is its arrival, the first of all the place's opening; both may be overwritten.
        const uint64_t most = history.to - of_no_call, least = most - (history.lost != 0 ? 2 - of_no_call : 0);
        if (most < thread.finished || least > thread.begun) {
            return fmt::format("{} to {} events of {} to {} calls", least, most, thread.finished.load(),
                               thread.begun.load());
        }
        return {};
    }

    const KillTruth& truth_;
    const Corpse& corpse_;
    KillTally& tally_;
};

std::string read_corpse(const std::string& directory, Corpse& corpse) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) files.push_back(entry.path());
    if (files.size() != 1) return fmt::format("{} files instead of one ledger", files.size());
    const int fd = ::open(files[0].c_str(), O_RDONLY | O_CLOEXEC);
    const ledger::FdSource source(fd);
    ledger::LedgerReader reader;
    const ledger::ReadOutcome read = reader.read(source, {.writer_is_dead = true}, corpse.image);
    if (read.ok()) {
        corpse.histories.clear();
        for (uint32_t ring = 0; ring < corpse.image.rings.size(); ++ring) {
            corpse.histories.push_back(ledger::LedgerReader::history(source, corpse.image, ring));
        }
    }
    ::close(fd);
    return read.ok() ? "" : "not readable: " + read.reason;
}

// Kills one process and reads what it left. Empty when it could be read.
std::string kill_one(KillTruth& truth, uint64_t seed, const LedgerDirectory& directory, Corpse& corpse) {
    new (&truth) KillTruth();
    std::mt19937_64 random(seed);
    const int threads = 1 + static_cast<int>(random() % KillTruth::kThreads);
    const pid_t child = ::fork();
    if (child == 0) Victim(truth, seed, directory.path()).run(threads);
    while (truth.ready < static_cast<uint32_t>(threads) && ::waitpid(child, nullptr, WNOHANG) == 0) ::sched_yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 3000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return fmt::format("it ended by itself: {:#x}", status);
    std::string flaw = read_corpse(directory.path(), corpse);
    directory.empty();
    return flaw;
}

class Killed : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_FALSE(directory_.path().empty());
        void* shared = ::mmap(nullptr, sizeof(KillTruth), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(shared, MAP_FAILED);
        truth_ = static_cast<KillTruth*>(shared);
    }
    void TearDown() override { ::munmap(truth_, sizeof(KillTruth)); }

    const LedgerDirectory directory_;
    KillTruth* truth_ = nullptr;
    Corpse corpse_;
};

TEST_F(Killed, ProcessesLeaveWhatTheyHeldAndNothingElse) {
    KillTally tally;
    const uint64_t first = first_seed(), count = schedule_count(500);
    for (uint64_t seed = first; seed < first + count; ++seed) {
        ASSERT_EQ(kill_one(*truth_, seed, directory_, corpse_), "") << "seed " << seed;
        ASSERT_EQ(Autopsy(*truth_, corpse_, tally).flaw(), "") << "seed " << seed;
        ++tally.kills;
    }
    fmt::print("{} kills after {} calls, {} threads in the middle of one; {} operations redone, {} ignored; {} live\n",
               tally.kills, tally.calls, tally.threads_in_a_call, tally.redone, tally.ignored, tally.live);
    ASSERT_EQ(tally.kills, count);
    if (count < 100) return;  // a replay
    EXPECT_GT(tally.threads_in_a_call, count / 4);
    EXPECT_GT(tally.redone + tally.ignored, 0u);
    EXPECT_GT(tally.live, count);
}

// The harness is worth what it notices.
TEST_F(Killed, WhatIsMissingWrongOrTooMuchIsNoticed) {
    ASSERT_EQ(kill_one(*truth_, 1, directory_, corpse_), "");
    const auto flaw = [&] {
        KillTally tally;
        return Autopsy(*truth_, corpse_, tally).flaw();
    };
    ASSERT_EQ(flaw(), "");
    const auto expect_noticed = [&](auto& figure, auto wrong) {
        const auto right = std::exchange(figure, wrong);
        EXPECT_NE(flaw(), "");
        figure = right;
    };
    for (ledger::LiveSlot& slot : corpse_.image.live) {
        const KillEntry& entry = truth_->entries[KillTruth::entry_of(slot.body.address())];
        if (slot.body.op() != Op::kAlloc || entry.life != Life::kLive) continue;
        expect_noticed(slot.body.where, slot.body.where + (1u << 24));  // another one's address
        expect_noticed(slot.body.taken, slot.body.taken + (1u << 24));
        expect_noticed(slot.handle, slot.handle + 1);
    }
    expect_noticed(corpse_.image.sessions[1].rows[0].live.requested, uint64_t{1});
    for (size_t ring = 0; ring < corpse_.histories.size(); ++ring) {
        uint64_t& lost = corpse_.histories[ring].lost;
        if (corpse_.image.rings[ring].thread == truth_->threads[0].tid) expect_noticed(lost, lost + 1);
    }
    EXPECT_EQ(flaw(), "");
}

}  // namespace
}  // namespace ttmem::crash
