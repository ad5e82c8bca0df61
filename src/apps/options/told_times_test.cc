// A time that a view prints is one at which commands show what stands beside it.
#include <gtest/gtest.h>

#include <random>

#include "src/analysis/recording/standing_then.h"
#include "src/apps/sources/recorded_page.h"
#include "src/apps/sources/recordings.h"
#include "src/views/json/page.h"
#include "src/views/text/recorded.h"
#include "tests/support/random_recording.h"

namespace ttmem {
namespace {

// Times of a real recording: nanoseconds between some events, minutes between others.
void spread(std::vector<Event>& events, uint64_t seed) {
    std::mt19937_64 random(seed);
    WallTime at = RecordingMaker::kBegan;
    for (Event& event : events) event.at = at += 1 + static_cast<WallTime>(random() >> (28 + random() % 36));
}

uint64_t reserved_then(const Recording& recording, const std::string& printed, ChipId chip, Pool pool) {
    const std::optional<WallTime> at = parse_moment(printed, recording);
    if (!at) return UINT64_MAX;
    const Snapshot then = snapshot_after(recording, last_event_at(recording, *at));
    uint64_t bytes = 0;
    for (const Allocation& a : then.allocations) {
        const std::vector<ChipId>& chips = then.place_of(a).chips;
        if (a.pool == pool && std::ranges::find(chips, chip) != chips.end()) bytes += a.reserved_bytes();
    }
    return bytes;
}

Recording spread_recording(uint64_t seed) {
    RandomRecording random(seed);
    spread(random.maker.events, seed);
    Recording recording = random.maker.finish();
    recording.ended_at = random.maker.events.back().at + 1;
    return recording;
}

TEST(ToldTime, OfAPeakHasThePeak) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        const Recording recording = spread_recording(seed);
        for (const PoolPeak& peak : peaks_of(recording).pools) {
            std::vector<const PeakMoment*> moments = {&peak.moment};
            if (peak.steady) moments.push_back(&*peak.steady);
            for (const PeakMoment* moment : moments) {
                const std::string printed = since_begin(recording, moment->at, moment->until);
                ASSERT_EQ(reserved_then(recording, printed, peak.chips.front(), peak.pool), moment->live.reserved_bytes)
                    << seed << " " << printed;
                const std::string absolute = rfc3339_of_event(moment->at, moment->until);
                ASSERT_EQ(reserved_then(recording, absolute, peak.chips.front(), peak.pool),
                          moment->live.reserved_bytes)
                    << seed << " " << absolute;
            }
        }
    }
}

TEST(ToldTime, OfAStepOfThePageHasWhatItShows) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
        const Recording recording = spread_recording(seed);
        const PageValues values = page_values({}, recording);
        const Json pools = page_json(values)["timeline"]["pools"];
        ASSERT_EQ(pools.size(), values.timeline.pools.size());
        for (size_t i = 0; i < pools.size(); ++i) {
            const PoolPeak& peak = values.timeline.pools[i].peak;
            const Json& steps = pools[i];
            for (size_t step = 0; step < steps["when"].size(); step += 1 + step / 16) {
                ASSERT_EQ(reserved_then(recording, steps["when"][step], peak.chips.front(), peak.pool),
                          steps["bytes"][step].get<uint64_t>())
                    << seed << " " << steps["when"][step];
            }
        }
    }
}

}  // namespace
}  // namespace ttmem
