// Captures of 100 thousand to 10 million events, such as a decode loop makes: how many bytes an event takes, and how
// long it takes to write and to read them, beside reading the bytes of the file alone.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string>

#include "src/capture/capture_reader.h"
#include "src/capture/capture_writer.h"
#include "src/collector/follower.h"
#include "tests/support/fake_system.h"

namespace ttmem {
namespace {

constexpr uint32_t kOps = 40;  // of a step: each allocates an output, frees what the one before it made, runs a program

Event event_of(EventKind kind, uint64_t& order, WallTime at) {
    Event event;
    event.kind = kind;
    event.order = ++order;
    event.at = at;
    event.thread = 4242;
    event.op = 1;
    return event;
}

class DecodeLoop {
public:
    // The events of a step, about 5 for each operation.
    void step(std::vector<Event>& events) {
        ++iteration_;
        events.push_back(named(EventKind::kIterationBegun, 1, iteration_));
        for (uint32_t op = 0; op < kOps; ++op) {
            if (op % 4 == 0) at_ += 4'000'000 + static_cast<WallTime>(iteration_ * 2654435761u % 1000);
            events.push_back(named(EventKind::kOperationBegun, 2 + op % 12, 0));
            Event made = event_of(EventKind::kAllocated, order_, at_);
            made.subject = (generation_[op % 2] += 1ull << 20) | (1 + op % 2);
            made.address = 4096ull * (op % 2) + 101'152;
            made.requested_bytes = 65536ull * (1 + op % 5);
            made.bytes_per_bank = made.requested_bytes / 64;
            made.banks = made.data_banks = 64;
            made.pool = Pool::kL1;
            made.allocation_class = AllocationClass::kTensor;
            made.op = 2 + op % 12;
            made.iteration = static_cast<uint32_t>(iteration_);
            events.push_back(made);
            Event dispatched = event_of(EventKind::kDispatched, order_, at_);
            dispatched.subject = 77'000'000 + op % 12;
            dispatched.op = made.op;
            events.push_back(dispatched);
            if (live_.subject != 0) {
                Event freed = live_;
                freed.kind = EventKind::kFreed;
                freed.order = ++order_;
                freed.at = at_;
                freed.op = made.op;
                events.push_back(freed);
            }
            live_ = made;
            events.push_back(named(EventKind::kOperationEnded, 2 + op % 12, 0));
        }
        events.push_back(named(EventKind::kIterationEnded, 1, iteration_));
    }

private:
    Event named(EventKind kind, uint32_t name, uint64_t subject) {
        Event event = event_of(kind, order_, at_);
        event.name = name;
        event.subject = subject;
        event.iteration = static_cast<uint32_t>(iteration_);
        return event;
    }

    WallTime at_ = 1'767'225'600'000'000'000;
    uint64_t order_ = 0, iteration_ = 0;
    std::array<uint64_t, 2> generation_{0xa11ceull << 20, 0xb22dfull << 20};
    Event live_;
};

Snapshot tables() {
    Snapshot tables;
    for (int i = 1; i < 16; ++i) tables.texts.push_back("ttnn.operation" + std::to_string(i));
    tables.processes.emplace_back();
    tables.places.emplace_back();
    return tables;
}

// A capture with so many events, made once.
const std::string& capture_of(uint64_t count) {
    static std::map<uint64_t, std::string> made;
    std::string& path = made[count];
    if (!path.empty()) return path;
    const char* folder = std::getenv("TMPDIR");
    path = std::string(folder != nullptr ? folder : "/tmp") + "/capture-bench-" + std::to_string(::getpid()) + "-" +
           std::to_string(count);
    Result<CaptureWriter> writer = CaptureWriter::create(path, {.overwrite = true, .began_at = 0});
    const Snapshot state = tables();
    DecodeLoop loop;
    std::vector<Event> events;
    for (uint64_t done = 0; writer && done < count;) {
        events.clear();
        while (events.size() < 60'000) loop.step(events);
        events.resize(std::min<uint64_t>(events.size(), count - done));
        done += events.size();
        if (!writer->write(state, {}, events, {}, false)) break;
    }
    if (writer) static_cast<void>(writer->finish(state, 0));
    std::atexit([] {
        for (const auto& [events, file] : made) ::unlink(file.c_str());
    });
    return path;
}

void set_counters(benchmark::State& state, uint64_t events) {
    state.counters["ns_per_event"] = benchmark::Counter(
        static_cast<double>(events) / 1e9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void read_bytes(benchmark::State& state) {
    const std::string& path = capture_of(static_cast<uint64_t>(state.range(0)));
    std::vector<char> buffer(1 << 20);
    for (auto _ : state) {
        const int file = ::open(path.c_str(), O_RDONLY);
        uint64_t sum = 0;
        for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;)
            sum += static_cast<uint64_t>(got);
        ::close(file);
        benchmark::DoNotOptimize(sum);
    }
    set_counters(state, static_cast<uint64_t>(state.range(0)));
}

void open_only(benchmark::State& state) {
    const std::string& path = capture_of(static_cast<uint64_t>(state.range(0)));
    for (auto _ : state) benchmark::DoNotOptimize(open_capture(path)->recording.events);
    set_counters(state, static_cast<uint64_t>(state.range(0)));
}

void read_events(benchmark::State& state) {
    const std::string& path = capture_of(static_cast<uint64_t>(state.range(0)));
    uint64_t events = 0, bytes = 0;
    std::vector<Event> block;
    for (auto _ : state) {
        const Result<Capture> capture = open_capture(path);
        events = 0;
        bytes = capture->facts.bytes;
        while (capture->recording.source->next(block)) events += block.size();
    }
    if (events != static_cast<uint64_t>(state.range(0))) state.SkipWithError("events are missing");
    set_counters(state, events);
    state.counters["bytes_per_event"] = static_cast<double>(bytes) / static_cast<double>(events);
}

void encode_events(benchmark::State& state) {
    DecodeLoop loop;
    std::vector<Event> events;
    while (events.size() < 60'000) loop.step(events);
    capture::EventEncoder encoder;
    for (auto _ : state) benchmark::DoNotOptimize(encoder.encode(events).size());
    set_counters(state, events.size());
}

// What a recorder does twenty times a second while a process records 100,000 events in one: 5,000 events out of its
// ring, in order, into a file.
void record_5000_events(benchmark::State& state) {
    ledger::Geometry geometry = ledger::TestLedger::small();
    geometry.events_per_ring = 65'536;
    geometry.slots = 1024;
    FakeSystem system;
    FakeLedger& process = system.add("/d", 1, 42, 0, geometry);
    process.bytes.set_chip(0, 0x10, 0);
    process.bytes.open(1, 1, 2, 7, process.bytes.add_text("mesh"));
    ledger::Recorder thread = process.bytes.recorder(0);
    Follower follower(system, {});
    const std::string path = capture_of(100'000) + ".recorded";
    Result<CaptureWriter> writer = CaptureWriter::create(path, {.overwrite = true, .began_at = 0});
    uint64_t told = 0, clock = 5'000;
    std::vector<uint64_t> live;
    for (auto _ : state) {
        state.PauseTiming();
        for (int i = 0; i < 2'500; ++i) {
            if (live.size() == 500) {
                for (const uint64_t handle : live) process.bytes.free(thread, handle);
                live.clear();
            }
            ledger::Body body = ledger::TestLedger::body(4096ull * live.size(), 1000 + live.size());
            body.time = ledger::pack_time(clock += 100, 1, ledger::Op::kAlloc);
            live.push_back(process.bytes.alloc(thread, static_cast<uint32_t>(1 + live.size()), body));
        }
        state.ResumeTiming();
        const Follower::Batch batch = follower.drain();
        told += batch.events.size();
        if (!writer || !writer->write(follower.tables(), batch.live_before, batch.events, batch.gaps, false)) {
            state.SkipWithError("the capture cannot be written");
            break;
        }
    }
    state.counters["ns_per_event"] =
        benchmark::Counter(static_cast<double>(told) / 1e9 / static_cast<double>(state.iterations()),
                           benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    ::unlink(path.c_str());
}

}  // namespace
}  // namespace ttmem

BENCHMARK(ttmem::read_bytes)->RangeMultiplier(10)->Range(100'000, 10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ttmem::open_only)->RangeMultiplier(10)->Range(100'000, 10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ttmem::read_events)->RangeMultiplier(10)->Range(100'000, 10'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(ttmem::record_5000_events)->Unit(benchmark::kMicrosecond);
BENCHMARK(ttmem::encode_events)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
