// Snapshots of a ledger: 8,192 and about a million live allocations, of a process that stands still and of one that
// writes all the time.
//
// The ledger lies in a memory file and is read with pread, as by `ttmem`. bytes_per_live is what the reader keeps.
// Counters: single_moment, the part of the reads that are of one moment; writer_Mops_s, operations that the writer got
// done meanwhile.
#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "src/base/fd.h"
#include "src/ledger/geometry.h"
#include "src/ledger/recorder.h"
#include "src/reader/reader.h"

namespace ttmem::ledger {
namespace {

constexpr uint64_t kSpare = 64;  // slots that the writer uses

class MappedLedger {
public:
    explicit MappedLedger(uint64_t slots) {
        Geometry geometry;
        geometry.slots = slots;
        geometry.events_per_ring = 65536;  // 4 MiB, as `ttmem run` sets it
        geometry.rings = 2;
        bytes_ = geometry.total_bytes();
        fd_.reset(::memfd_create("ledger", MFD_CLOEXEC));
        if (!fd_ || ::ftruncate(fd_.get(), static_cast<off_t>(bytes_)) != 0) return;
        memory_ = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
        if (memory_ == MAP_FAILED) return;
        map_ = map_ledger(memory_, geometry);
        format(map_, 1);
        make_slots_ready(map_, 0, geometry.slots, 1);
        map_.header->fixed.clock_kind = static_cast<uint32_t>(ClockKind::kTsc);
        map_.header->fixed.check = check_of(map_.header->fixed);
        fill();
        good_ = true;
    }
    ~MappedLedger() {
        if (memory_ != MAP_FAILED) ::munmap(memory_, bytes_);
    }

    bool good() const { return good_; }
    FdSource source() const { return FdSource(fd_.get()); }
    uint64_t live() const { return map_.geometry.slots - 1 - kSpare; }

    // One allocation and its free.
    void write_pair() {
        const auto slot = static_cast<uint32_t>(map_.geometry.slots - 1 - pairs_++ % kSpare);
        const uint64_t handle =
            record_begin<RealStore, true>(recorder_, slot, body(slot), SlotState::kLive, row(), 0, 0);
        const auto rows = [this](uint32_t, uint32_t) { return row(); };
        record_end<RealStore, true>(recorder_, handle, map_.slots[slot].control.load(), Op::kFree, 1, rows);
    }

private:
    static Body body(uint32_t slot) {
        return {pack_where(slot * 4096ull, 12, 12),
                pack_requested(4096, 0),
                pack_taken(352, 0),
                pack_who(0, 2048),
                pack_order(0, 1, 0),
                pack_time(1, 1, Op::kAlloc)};
    }
    Row* row() { return &map_.sessions[1].rows[0]; }

    void fill() {
        LiveHeader& live = map_.header->live;
        live.level.store(2);
        live.slots_used.store(map_.geometry.slots);
        live.rings_used.store(1);
        SessionRecord& session = map_.sessions[1];
        const uint64_t words[] = {1ull << 32, 0, 0, 0, 0, 1};
        session.place.store(words[0]);
        session.opened.store(1);
        session.check.store(check_sum(words, 6));
        session.control.store(1ull << 8 | static_cast<uint64_t>(SessionState::kOpen));
        live.session_clock.store(1);
        map_.rings[0].capacity.store(map_.geometry.events_per_ring);
        recorder_.ring = &map_.rings[0];
        recorder_.events = map_.ring_events(0);
        recorder_.slots = map_.slots;
        recorder_.unique_ids = map_.unique_ids;
        recorder_.event_mask = map_.geometry.events_per_ring - 1;
        recorder_.slot_count = static_cast<uint32_t>(map_.geometry.slots);
        recorder_.freed_by = 1;
        for (uint32_t slot = 1; slot + kSpare < map_.geometry.slots; ++slot) {
            record_begin<RealStore, false>(recorder_, slot, body(slot), SlotState::kLive, row(), slot, 0);
        }
        live.state.store(static_cast<uint64_t>(LedgerState::kReady));
    }

    ScopedFd fd_;
    void* memory_ = MAP_FAILED;
    uint64_t bytes_ = 0, pairs_ = 0;
    WriterMap map_;
    Recorder recorder_;
    bool good_ = false;
};

enum Writer : int64_t { kStopped, kBusy, kFlatOut };

// kBusy: a pair every 10 us, many times what a device runtime does.
void write(MappedLedger& ledger, Writer writer, const std::atomic<bool>& stop, uint64_t& pairs) {
    while (!stop.load(std::memory_order_relaxed)) {
        ledger.write_pair();
        ++pairs;
        if (writer == kFlatOut) continue;
        const auto next = std::chrono::steady_clock::now() + std::chrono::microseconds(10);
        while (std::chrono::steady_clock::now() < next) {
        }
    }
}

void snapshot(benchmark::State& state) {
    MappedLedger ledger(static_cast<uint64_t>(state.range(0)));
    const auto writer = static_cast<Writer>(state.range(1));
    if (!ledger.good()) {
        state.SkipWithError("no memory for the ledger");
        return;
    }
    LedgerReader reader;
    LedgerImage image;
    const FdSource source = ledger.source();
    static_cast<void>(reader.read(source, {}, image).ok());  // buffers are reused from here on

    std::atomic<bool> stop{false};
    uint64_t pairs = 0;
    int64_t moments = 0, wrong = 0;
    std::thread thread;
    if (writer != kStopped) thread = std::thread([&] { write(ledger, writer, stop, pairs); });
    const auto begin = std::chrono::steady_clock::now();
    for (auto _ : state) {
        if (!reader.read(source, {}, image).ok()) {
            state.SkipWithError("the ledger cannot be read");
            break;
        }
        moments += image.quality.single_moment;
        wrong += image.live.size() < ledger.live() || image.live.size() > ledger.live() + 1;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    stop = true;
    if (thread.joinable()) thread.join();
    if (wrong != 0 && moments == state.iterations())
        state.SkipWithError("a snapshot has a wrong number of allocations");

    const auto live = static_cast<double>(ledger.live());
    state.counters["ns_per_live"] =
        benchmark::Counter(live / 1e9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    // Slots, marks and unique ids.
    state.counters["bytes_per_live"] = static_cast<double>(sizeof(LiveSlot) + 8 + 8);
    state.counters["single_moment"] = static_cast<double>(moments) / static_cast<double>(state.iterations());
    state.counters["writer_Mops_s"] = 2e-6 * static_cast<double>(pairs) / seconds.count();
}

}  // namespace
}  // namespace ttmem::ledger

BENCHMARK(ttmem::ledger::snapshot)
    ->ArgNames({"slots", "writer"})
    ->ArgsProduct({{8192, 1 << 20}, {ttmem::ledger::kStopped, ttmem::ledger::kBusy, ttmem::ledger::kFlatOut}})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

BENCHMARK_MAIN();
