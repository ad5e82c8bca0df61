// The collector on a simulated machine: processes come, record, close, die and are overwritten, files lose their names,
// clocks jump, collectors and garbage collectors come and go, all from one seed. After any of it the collector says
// what is true.
//
// 2,000 seeds are usual, 20,000 with TTMEM_TEST_FULL, a tenth in slow builds; TTMEM_SIMULATION_SEED tries one alone. A
// failure names its seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/collector/collector.h"
#include "src/collector/gc.h"
#include "tests/support/fake_system.h"
#include "tests/support/slow_build.h"

namespace ttmem {
namespace {

using ledger::TestLedger;

constexpr uint64_t kUsualSeeds = kSlowBuild ? 200 : 2'000;
constexpr int kSteps = 60;
constexpr uint64_t kChips = 2;
constexpr uint32_t kUsers[] = {1000, 1001};
constexpr int64_t kJump = 24ll * 3600 * 1'000'000'000;

std::string directory_of(uint32_t user) { return "/run/ttmem/" + std::to_string(user); }

// What is true of one process and its ledger.
struct Actor {
    std::shared_ptr<FakeLedger> ledger;
    std::string name;
    uint32_t user = 0, pid = 0;
    uint64_t chips = 0;  // a bit each
    bool has_name = true;
    bool refusable = false;  // its header was overwritten: nobody can read it
    bool wild = false;       // it was overwritten anywhere: nothing is known of what it says
    bool open = true, clean = false;
    std::map<uint32_t, uint64_t> live;  // handle's slot -> bytes
    std::map<uint32_t, uint64_t> handles;

    uint64_t bytes() const {
        uint64_t sum = 0;
        for (const auto& [slot, size] : live) sum += size;
        return sum;
    }
    uint64_t id() const { return ledger->facts.inode; }
};

struct SimulationTally {
    uint64_t looks = 0, dead_seen = 0, refused = 0, removed = 0, mid_read = 0, restarts = 0;
};

class Simulation {
public:
    Simulation(uint64_t seed, SimulationTally& tally) : random_(seed), tally_(tally) {
        for (const uint32_t user : kUsers) system_.directory(directory_of(user)).owner = user;
        restart();
    }

    // Empty when the collector was right all the time.
    std::string run() {
        for (int step = 0; step < kSteps; ++step) {
            act();
            if (pick(3) != 0) continue;
            if (std::string flaw = look(); !flaw.empty()) return "step " + std::to_string(step) + ": " + flaw;
        }
        return look();
    }

private:
    uint64_t pick(uint64_t count) { return random_() % count; }

    void restart() {
        collector_.emplace(system_);
        known_.clear();
        ++tally_.restarts;
    }

    Actor* any(bool alive) {
        std::vector<Actor*> fit;
        for (const auto& actor : actors_) {
            if (!alive || (actor->ledger->lives && !actor->refusable && !actor->wild)) fit.push_back(actor.get());
        }
        return fit.empty() ? nullptr : fit[pick(fit.size())];
    }

    void act() {
        const uint64_t choice = pick(20);
        if (choice < 4) return give_birth();
        if (choice < 9) return allocate();
        if (choice < 11) return free();
        if (choice < 12) return close();
        if (choice < 14) return die();
        if (choice < 15) return lose_name();
        if (choice < 16) return overwrite();
        if (choice < 17) return jump();
        if (choice < 18) return collect_garbage();
        if (choice < 19) return restart();
        die_during_the_next_read();
    }

    void give_birth() {
        if (actors_.size() >= 40) return;
        auto actor = std::make_unique<Actor>();
        const auto id = static_cast<uint8_t>(actors_.size() + 1);
        actor->user = kUsers[pick(2)];
        actor->pid = static_cast<uint32_t>(100 + pick(8));  // numbers come again
        actor->chips = 1 + pick(3);
        const std::string path = directory_of(actor->user);
        FakeLedger& ledger = system_.add(path, id, actor->pid);
        for (auto& [name, made] : system_.directory(path).ledgers) {
            if (made.get() == &ledger) actor->name = name, actor->ledger = made;
        }
        for (uint32_t chip = 0; chip < kChips; ++chip) ledger.bytes.set_chip(chip, 0x10 + chip, chip);
        ledger.bytes.open(1, actor->chips);
        actors_.push_back(std::move(actor));
    }

    void allocate() {
        Actor* actor = any(true);
        if (actor == nullptr || !actor->open) return;
        const auto slot = static_cast<uint32_t>(1 + pick(60));
        if (actor->live.contains(slot)) return;
        ledger::Recorder recorder = actor->ledger->bytes.recorder(static_cast<uint32_t>(pick(2)));
        const uint64_t bytes = 1 + pick(100'000);
        actor->handles[slot] = actor->ledger->bytes.alloc(recorder, slot, TestLedger::body(4096 * slot, bytes));
        actor->live[slot] = bytes;
    }

    void free() {
        Actor* actor = any(true);
        if (actor == nullptr || actor->live.empty()) return;
        const auto chosen = std::next(actor->live.begin(), static_cast<long>(pick(actor->live.size())));
        ledger::Recorder recorder = actor->ledger->bytes.recorder(static_cast<uint32_t>(pick(2)));
        actor->ledger->bytes.free(recorder, actor->handles.at(chosen->first));
        actor->live.erase(chosen);
    }

    void close() {
        Actor* actor = any(true);
        if (actor == nullptr || !actor->open) return;
        actor->ledger->bytes.close(1);
        actor->open = false;
    }

    void die() {
        Actor* actor = any(true);
        if (actor == nullptr) return;
        actor->clean = pick(2) == 0;
        if (actor->clean) {
            TestLedger::put(actor->ledger->bytes.map.header->live.state,
                            static_cast<uint64_t>(ledger::LedgerState::kClosed));
        }
        actor->ledger->lives = false;
    }

    void die_during_the_next_read() {
        if (Actor* actor = any(true)) actor->ledger->ends_after_asks = 1, ++tally_.mid_read;
    }

    void lose_name() {
        Actor* actor = any(false);
        if (actor == nullptr) return;
        system_.directory(directory_of(actor->user)).ledgers.erase(actor->name);
        actor->has_name = false;
    }

    void overwrite() {
        Actor* actor = any(false);
        if (actor == nullptr) return;
        unsigned char* memory = actor->ledger->bytes.memory();
        if (pick(2) == 0) {
            actor->refusable = true;
            memory[pick(8)] = 0xff;  // of the magic number
        } else {
            actor->wild = true;
            for (uint64_t i = 0; i < 1 + pick(200); ++i) {
                const uint64_t at = ledger::kHeaderBytes + pick(actor->ledger->bytes.bytes() - ledger::kHeaderBytes);
                memory[at] ^= static_cast<unsigned char>(1u << pick(8));
            }
        }
    }

    void jump() { system_.time += static_cast<int64_t>(pick(2 * kJump)) - kJump; }

    void collect_garbage() {
        const GcRule rule{.uid = kUsers[pick(2)], .all = pick(2) == 0, .keep_ledgers = pick(4), .force = pick(2) == 0};
        for (const GcFile& file : ttmem::collect_garbage(system_, rule).removed) {
            ++tally_.removed;
            for (const auto& actor : actors_) {
                if (directory_of(actor->user) + "/" + actor->name != file.path) continue;
                if (actor->ledger->lives || actor->user != rule.uid)
                    gc_flaw_ = "what lives, or is another's, was removed";
                actor->has_name = false;
            }
        }
    }

    // ---- what the collector must say
    // ---------------------------------------------------------------------------------

    std::string look() {
        if (!gc_flaw_.empty()) return gc_flaw_;
        collector_->refresh();
        for (const auto& actor : actors_) {
            if (actor->has_name && !actor->refusable) known_.insert(actor.get());  // and kept open from now on
        }
        const Snapshot snapshot = collector_->collect();
        ++tally_.looks;
        std::map<uint64_t, uint64_t> chip_bytes;
        bool exact = true;
        size_t expected = 0;
        for (const auto& actor : actors_) {
            if (actor->refusable) known_.erase(actor.get());
            if (!known_.contains(actor.get())) continue;
            if (actor->wild) {
                exact = false;
                continue;
            }
            ++expected;
            if (std::string flaw = check(*actor, snapshot); !flaw.empty()) {
                return "ledger " + std::to_string(actor->id()) + ": " + flaw;
            }
            if (!actor->ledger->lives || !actor->open) continue;
            for (uint64_t chip = 0; chip < kChips; ++chip) {
                if ((actor->chips >> chip & 1) != 0) chip_bytes[0x10 + chip] += actor->bytes();
            }
        }
        tally_.refused += collector_->refused().size();
        if (!exact) return "";
        if (snapshot.processes.size() != expected) return "there are processes that are not";
        for (const ChipUse& chip : snapshot.chips) {
            if (chip.pool(Pool::kDram).requested_bytes.value_or(0) != chip_bytes[chip.chip.id.value]) {
                return "the sum of a chip is wrong";
            }
        }
        return "";
    }

    std::string check(const Actor& actor, const Snapshot& snapshot) {
        const auto is_it = [&](const Process& process) { return process.ledger.value % 256 == actor.id(); };
        const auto found = std::find_if(snapshot.processes.begin(), snapshot.processes.end(), is_it);
        if (found == snapshot.processes.end()) return "it is missing";
        if (std::count_if(snapshot.processes.begin(), snapshot.processes.end(), is_it) != 1) return "it is there twice";
        const ProcessState state = actor.ledger->lives ? ProcessState::kLive
                                   : actor.clean       ? ProcessState::kExited
                                                       : ProcessState::kKilled;
        if (found->state != state) return "it is in another state";
        if (found->pid != actor.pid || found->uid != actor.user) return "it is somebody else's";
        tally_.dead_seen += state != ProcessState::kLive;
        const auto index = static_cast<uint32_t>(found - snapshot.processes.begin());
        uint64_t bytes = 0, count = 0;
        for (const Allocation& allocation : snapshot.allocations) {
            if (allocation.process.value != index) continue;
            bytes += allocation.requested_bytes, ++count;
            if (allocation.released == actor.open) return "its place is open and is not, or is closed and is not";
        }
        if (bytes != actor.bytes() || count != actor.live.size()) return "it has other allocations";
        const uint64_t held = actor.ledger->lives || !actor.open ? 0 : actor.live.size();
        if (found->held_allocations != held) return "it held something else at its end";
        return "";
    }

    std::mt19937_64 random_;
    SimulationTally& tally_;
    FakeSystem system_;
    std::vector<std::unique_ptr<Actor>> actors_;
    std::optional<Collector> collector_;
    std::set<const Actor*> known_;  // ledgers that this collector keeps open
    std::string gc_flaw_;
};

TEST(Simulation, TheCollectorIsRightWhateverHappens) {
    const char* one = std::getenv("TTMEM_SIMULATION_SEED");
    const char* full = std::getenv("TTMEM_TEST_FULL");
    const uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
    const uint64_t count = one != nullptr ? 1 : full != nullptr && *full != '\0' ? 10 * kUsualSeeds : kUsualSeeds;
    SimulationTally tally;
    for (uint64_t seed = first; seed < first + count; ++seed) {
        const std::string flaw = Simulation(seed, tally).run();
        ASSERT_EQ(flaw, "") << "TTMEM_SIMULATION_SEED=" << seed;
    }
    std::printf("%lu seeds: %lu looks, %lu dead seen, %lu ledgers refused, %lu removed, %lu ends during a read\n",
                count, tally.looks, tally.dead_seen, tally.refused, tally.removed, tally.mid_read);
    if (count == 1) return;
    EXPECT_GT(tally.looks, count * 10);
    EXPECT_GT(tally.dead_seen, count);
    EXPECT_GT(tally.refused, count / 2);
    EXPECT_GT(tally.removed, count / 2);
    EXPECT_GT(tally.mid_read, count / 2);
    EXPECT_GT(tally.restarts, count);
}

}  // namespace
}  // namespace ttmem
