// Snapshots of ledgers that are being written at full speed, compared with what was really live.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "tests/support/test_ledger.h"

namespace ttmem::ledger {
namespace {

using namespace std::chrono_literals;
constexpr auto kDuration = 300ms;

// An allocation of the truth, with moments of one clock: it became live between a0 and a1, and ended between f0 and f1.
struct Life {
    uint64_t handle, a0, a1, f0 = UINT64_MAX, f1 = UINT64_MAX;
};

// Two threads that allocate and free at random; each frees what the other one allocated as well, and takes over its
// slot.
class Writers {
public:
    explicit Writers(TestLedger& ledger, bool history) : ledger_(ledger) {
        for (uint32_t t = 0; t < 2; ++t) recorders_[t] = ledger.recorder(t, history);
        for (uint32_t t = 0; t < 2; ++t) threads_[t] = std::thread([this, t] { run(t); });
    }
    ~Writers() { stop(); }

    void stop() {
        stop_ = true;
        for (std::thread& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }
    uint64_t now() const { return clock_.load(); }

    // Requires: stopped.
    std::unordered_map<uint64_t, Life> lives() const {
        std::unordered_map<uint64_t, Life> lives;
        for (const auto& begun : begun_) {
            for (const Life& life : begun) lives[life.handle] = life;
        }
        for (const auto& ended : ended_) {
            for (const Life& end : ended) {
                lives[end.handle].f0 = end.f0;
                lives[end.handle].f1 = end.f1;
            }
        }
        return lives;
    }

private:
    void run(uint32_t t) {
        std::mt19937 random(t + 1);
        std::vector<uint32_t> free_slots;
        const auto slots = static_cast<uint32_t>(ledger_.map.geometry.slots);
        for (uint32_t i = 1 + t * (slots / 2); i < (t + 1) * (slots / 2); ++i) free_slots.push_back(i);
        std::vector<uint64_t> live;
        const auto allocate = [&] {
            const uint32_t slot = free_slots.back();
            free_slots.pop_back();
            const Body body = TestLedger::body(slot * 4096, 1 + random() % 100000);
            const uint64_t before = clock_.fetch_add(1);
            const uint64_t handle = ledger_.alloc(recorders_[t], slot, body);
            begun_[t].push_back({handle, before, clock_.fetch_add(1)});
            return handle;
        };
        for (int i = 0; i < 4; ++i) allocate();  // which stay: every look must show them, however long it takes
        while (!stop_ && begun_[t].size() < 2'000'000) {
            if (random() % 16 == 0) trade(live, random);
            if (!free_slots.empty() && (live.empty() || random() % 2 == 0)) {
                live.push_back(allocate());
            } else if (!live.empty()) {
                const size_t i = random() % live.size();
                const uint64_t handle = live[i];
                live[i] = live.back();
                live.pop_back();
                const uint64_t before = clock_.fetch_add(1);
                ledger_.free(recorders_[t], handle);
                ended_[t].push_back({handle, 0, 0, before, clock_.fetch_add(1)});
                free_slots.push_back(static_cast<uint32_t>(handle_slot(handle)));
            }
        }
    }

    // Puts one of its own on the table, and takes what lies there.
    void trade(std::vector<uint64_t>& live, std::mt19937& random) {
        const std::lock_guard guard(table_lock_);
        if (table_ != 0 && random() % 2 == 0) {
            live.push_back(std::exchange(table_, 0));
        } else if (table_ == 0 && !live.empty()) {
            table_ = live.back();
            live.pop_back();
        }
    }

    TestLedger& ledger_;
    std::atomic<uint64_t> clock_{1};
    std::atomic<bool> stop_{false};
    std::mutex table_lock_;
    uint64_t table_ = 0;
    Recorder recorders_[2];
    std::vector<Life> begun_[2], ended_[2];
    std::thread threads_[2];
};

// Lets the writers go on in the middle of a read, also where all threads share one processor. Threads may share it.
class HesitatingSource final : public ByteSource {
public:
    explicit HesitatingSource(const TestLedger& ledger) : whole_(ledger.source()) {}
    uint64_t size() const override { return whole_.size(); }
    bool read(uint64_t offset, void* into, size_t bytes) const override {
        if (++reads_ % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(30));
        return whole_.read(offset, into, bytes);
    }

private:
    MemorySource whole_;
    mutable std::atomic<uint64_t> reads_ = 0;
};

struct Cut {
    uint64_t c0, c1;
    std::vector<uint64_t> live;
};

// Reads until the time is over and a snapshot was of a moment, if one is expected; the writers end in the end, so that
// one will be. Then compares every snapshot with the truth.
void check_snapshots(bool history, uint64_t events_per_ring, bool expect_moments) {
    Geometry geometry = TestLedger::small();
    geometry.slots = 512;
    geometry.events_per_ring = events_per_ring;
    TestLedger ledger(geometry);
    ledger.set_chip(0, 1, 0);
    ledger.open(1, 1);
    if (!history) TestLedger::put(ledger.map.header->live.level, 1);
    TestLedger::put(ledger.map.header->live.slots_used, 512);
    TestLedger::put(ledger.map.header->live.rings_used, 2);

    const HesitatingSource source(ledger);
    LedgerReader reader;
    LedgerImage image;
    std::vector<Cut> cuts;
    uint64_t moments = 0, reads = 0;
    Writers writers(ledger, history);
    const auto end = std::chrono::steady_clock::now() + kDuration;
    while (std::chrono::steady_clock::now() < end || (expect_moments && moments == 0)) {
        Cut cut{writers.now(), 0, {}};
        const ReadOutcome outcome = reader.read(source, {.unique_ids = false}, image);
        cut.c1 = writers.now();
        ASSERT_TRUE(outcome.ok()) << outcome.reason;
        EXPECT_EQ(image.quality.torn_slots, 0u);
        EXPECT_EQ(image.quality.bad_slots, 0u);
        moments += image.quality.single_moment;
        ++reads;
        uint64_t requested = 0;
        for (const LiveSlot& slot : image.live) {
            requested += slot.body.requested_bytes();
            cut.live.push_back(slot.handle);
        }
        EXPECT_EQ(image.sessions[1].rows[0].live.requested, requested);
        EXPECT_EQ(image.sessions[1].rows[0].live.allocations, image.live.size());
        if (cuts.size() < 3000) cuts.push_back(std::move(cut));
    }
    writers.stop();

    const std::unordered_map<uint64_t, Life> by_handle = writers.lives();
    std::vector<std::vector<Life>> by_slot(geometry.slots);
    for (const auto& [handle, life] : by_handle) by_slot[handle_slot(handle)].push_back(life);
    for (std::vector<Life>& lives : by_slot) {
        std::sort(lives.begin(), lives.end(), [](const Life& a, const Life& b) { return a.handle < b.handle; });
    }
    uint64_t missing = 0, phantoms = 0, twice = 0, checked = 0;
    for (const Cut& cut : cuts) {
        std::unordered_set<uint64_t> seen, slots;
        for (const uint64_t handle : cut.live) {
            seen.insert(handle);
            twice += !slots.insert(handle_slot(handle)).second;
            const auto life = by_handle.find(handle);
            phantoms += life == by_handle.end() || life->second.f1 < cut.c0 || life->second.a0 > cut.c1;
        }
        for (const std::vector<Life>& lives : by_slot) {  // in order of time
            const auto later =
                std::partition_point(lives.begin(), lives.end(), [&](const Life& life) { return life.f0 <= cut.c1; });
            if (later == lives.end() || later->a1 >= cut.c0) continue;
            ++checked;
            missing += !seen.contains(later->handle);
        }
    }
    EXPECT_EQ(missing, 0u);
    EXPECT_EQ(phantoms, 0u);
    EXPECT_EQ(twice, 0u);
    EXPECT_GT(checked, 0u);
    ::testing::Test::RecordProperty("reads", static_cast<int>(reads));
    ::testing::Test::RecordProperty("moments", static_cast<int>(moments));
    ::testing::Test::RecordProperty("checked", static_cast<int>(checked));
}

TEST(Snapshot, MissesNothingAndInventsNothingWhileTwoThreadsWrite) { check_snapshots(true, 4096, true); }

TEST(Snapshot, MissesNothingAndInventsNothingWithTinyRings) { check_snapshots(true, 64, false); }

TEST(Snapshot, MissesNothingAndInventsNothingWithoutHistory) { check_snapshots(false, 16, false); }

// One thread that always has `kBlocks` or one more, once there are so many: any other number is of no single moment.
class SteadyWriter {
public:
    static constexpr uint64_t kBlocks = 200;
    static constexpr uint64_t kEvents = 65536;  // of the ring

    SteadyWriter(bool history, uint64_t slots) : ledger_(geometry(slots)) {
        ledger_.set_chip(0, 1, 0);
        ledger_.open(1, 1);
        if (!history) TestLedger::put(ledger_.map.header->live.level, 1);
        TestLedger::put(ledger_.map.header->live.slots_used, slots);
        recorder_ = ledger_.recorder(0, history);
        for (uint32_t i = 1; i < slots; ++i) free_slots_.push_back(i);
        std::shuffle(free_slots_.begin(), free_slots_.end(), random_);
        while (live_.size() < kBlocks) allocate();
        thread_ = std::thread([this] {
            while (!stop_) {
                if (trades_ < allowed_)
                    trade();
                else
                    std::this_thread::yield();
            }
        });
    }
    ~SteadyWriter() {
        stop_ = true;
        thread_.join();
    }

    const TestLedger& ledger() const { return ledger_; }

    // How often it may still allocate and free; then it waits, until it may again.
    void allow(uint64_t trades) { allowed_ = trades_ + trades; }
    void wait_for_it() const {
        while (trades_ < allowed_) std::this_thread::yield();
    }

private:
    static Geometry geometry(uint64_t slots) {
        Geometry geometry = TestLedger::small();
        geometry.slots = slots;
        geometry.events_per_ring = kEvents;
        return geometry;
    }

    void allocate() {
        std::swap(free_slots_[random_() % free_slots_.size()], free_slots_.back());
        live_.push_back(ledger_.alloc(recorder_, free_slots_.back(), TestLedger::body(4096, 100)));
        free_slots_.pop_back();
    }

    void trade() {
        allocate();
        std::swap(live_[random_() % live_.size()], live_.back());
        ledger_.free(recorder_, live_.back());
        free_slots_.push_back(static_cast<uint32_t>(handle_slot(live_.back())));
        live_.pop_back();
        ++trades_;
    }

    TestLedger ledger_;
    Recorder recorder_;
    std::mt19937 random_{5};
    std::vector<uint64_t> live_;
    std::vector<uint32_t> free_slots_;
    std::atomic<uint64_t> trades_{0}, allowed_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// Whether the next snapshot says that it is of a single moment, which it then is.
bool moment_of(LedgerReader& reader, const SteadyWriter& writer) {
    LedgerImage image;
    const ReadOutcome outcome = reader.read(HesitatingSource(writer.ledger()), {.threads = 3}, image);
    EXPECT_TRUE(outcome.ok()) << outcome.reason;
    if (!image.quality.single_moment) return false;
    const uint64_t blocks = image.live.size();
    EXPECT_TRUE(blocks == SteadyWriter::kBlocks || blocks == SteadyWriter::kBlocks + 1) << blocks;
    EXPECT_EQ(image.sessions[1].rows[0].live.requested, blocks * 100);
    return true;
}

// Reads while no more is written than half of what the ring keeps, so that no event is overwritten meanwhile.
void every_snapshot_is_of_a_moment(uint64_t slots) {
    SteadyWriter writer(true, slots);
    LedgerReader reader;
    const auto end = std::chrono::steady_clock::now() + kDuration;
    do {
        writer.allow(SteadyWriter::kEvents / 4);
        EXPECT_TRUE(moment_of(reader, writer));
    } while (std::chrono::steady_clock::now() < end);
}

TEST(Snapshot, WithHistoryIsOfASingleMoment) { every_snapshot_is_of_a_moment(8192); }

TEST(Snapshot, ThatSeveralThreadsTakeTogetherIsOfASingleMomentToo) { every_snapshot_is_of_a_moment(65536); }

TEST(Snapshot, WithoutHistorySaysWhetherItIsOfASingleMoment) {
    SteadyWriter writer(false, 8192);
    LedgerReader reader;
    const auto end = std::chrono::steady_clock::now() + kDuration;
    while (std::chrono::steady_clock::now() < end) {
        writer.allow(1'000'000);
        moment_of(reader, writer);  // most are of none
        writer.allow(1);
        moment_of(reader, writer);  // some are
        writer.wait_for_it();
        EXPECT_TRUE(moment_of(reader, writer));
    }
}

}  // namespace
}  // namespace ttmem::ledger
