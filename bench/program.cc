// What programs cost the application: creation with six circular buffers and destruction, and a dispatch; on 1 and 32
// chips, with 1 and 200 programs alive. And a peer, written from its description (tt-metal issue 52010) to be timed
// beside them: at each registration the circular buffers of all programs are expanded per core and merged, on each
// chip.
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "bench/record.h"
#include "bench/runtime.h"

namespace ttmem::bench {
namespace {

constexpr uint64_t kLives = 100'000, kDispatches = 1'000'000;
constexpr uint32_t kBuffers = 6, kGrid = 8, kChips = 32, kPrograms = 200;
constexpr uint64_t kBase = 101'152, kBufferBytes = 4096;

// Six on the whole grid; `variant` makes plans of different programs different.
class Plan {
public:
    explicit Plan(uint64_t variant) {
        for (uint32_t i = 0; i < kBuffers; ++i) {
            buffers_[i] = {static_cast<uint8_t>(i),          0,      1, 0, kBase + i * kBufferBytes,
                           kBufferBytes - variant % 32 * 64, &range_};
        }
    }
    void put(ttmem_handle program, ttmem_place place) const {
        ttmem_program_planned(program, place, buffers_, kBuffers);
    }

private:
    ttmem_core_range range_{0, 0, kGrid - 1, kGrid - 1};
    ttmem_circular_buffer buffers_[kBuffers];
};

// Programs that live while something else is measured.
class Cached {
public:
    Cached(ttmem_place place, uint32_t count) {
        for (uint32_t i = 0; i < count; ++i) {
            programs_.push_back(ttmem_program_created(0, i + 1));
            Plan(i).put(programs_.back(), place);
            ttmem_program_dispatched(programs_.back(), place);
        }
    }
    ~Cached() {
        for (const ttmem_handle program : programs_) {
            ttmem_program_cbs_freed(program);
            ttmem_program_destroyed(program);
        }
    }
    Cached(const Cached&) = delete;
    Cached& operator=(const Cached&) = delete;
    ttmem_handle operator[](uint64_t i) const { return programs_[i % programs_.size()]; }

private:
    std::vector<ttmem_handle> programs_;
};

void live_and_die(ttmem_place place, uint64_t count) {
    const Plan plan(7);
    for (uint64_t i = 0; i < count; ++i) {
        const ttmem_handle program = ttmem_program_created(0, 1);
        plan.put(program, place);
        ttmem_program_cbs_freed(program);
        ttmem_program_destroyed(program);
    }
}

void add_level(ttmem_level level, const std::string& level_name) {
    const std::pair<const char*, ttmem_place> places[] = {{"1_chip", new_place(1)}, {"32_chips", new_place(32)}};
    for (const auto& [place_name, place] : places) {
        for (const uint32_t live : {1u, kPrograms}) {
            const std::string tail = std::string("/") + place_name + "/" + std::to_string(live) + "_live";
            const auto with = [=](uint64_t operations, auto work) {
                return [=](benchmark::State& state) {
                    if (ttmem_set_level(level) != TTMEM_OK) return state.SkipWithError("nothing is tracked here");
                    const Cached cached(place, live);
                    measure(state, 1, operations, [&](int, uint64_t count) { work(cached, count); });
                };
            };
            add((level_name + "/program/life" + tail).c_str(),
                with(kLives, [=](const Cached&, uint64_t count) { live_and_die(place, count); }));
            add((level_name + "/program/dispatch" + tail).c_str(),
                with(kDispatches, [=](const Cached& programs, uint64_t count) {
                    for (uint64_t i = 0; i < count; ++i) ttmem_program_dispatched(programs[i], place);
                }));
        }
    }
}

// ---- recomputing everything

using Ranges = std::map<uint64_t, uint64_t>;  // begin to end, of one core

void merge(Ranges& ranges, uint64_t begin, uint64_t end) {
    auto at = ranges.lower_bound(begin);
    if (at != ranges.begin() && std::prev(at)->second >= begin) --at;
    while (at != ranges.end() && at->first <= end) {
        begin = std::min(begin, at->first);
        end = std::max(end, at->second);
        at = ranges.erase(at);
    }
    ranges.emplace(begin, end);
}

// Bytes of all programs on all chips.
uint64_t recompute() {
    uint64_t bytes = 0;
    for (uint32_t chip = 0; chip < kChips; ++chip) {
        std::map<std::pair<uint32_t, uint32_t>, Ranges> cores;
        for (uint32_t program = 0; program < kPrograms; ++program) {
            for (uint32_t buffer = 0; buffer < kBuffers; ++buffer) {
                const uint64_t begin = kBase + buffer * kBufferBytes;
                for (uint32_t y = 0; y < kGrid; ++y) {
                    for (uint32_t x = 0; x < kGrid; ++x) {
                        merge(cores[{x, y}], begin, begin + kBufferBytes - program % 32 * 64);
                    }
                }
            }
        }
        for (const auto& [core, ranges] : cores) {
            for (const auto& [begin, end] : ranges) bytes += end - begin;
        }
    }
    return bytes;
}

}  // namespace

void add_program_benchmarks() {
    add_level(TTMEM_LEVEL_COUNTS, "counts");
    add_level(TTMEM_LEVEL_EVENTS, "events");
    add("peer/recompute/32_chips/200_live", [](benchmark::State& state) {
        measure(state, 1, 1, [](int, uint64_t count) {
            for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(recompute());
        });
    });
}

}  // namespace ttmem::bench
