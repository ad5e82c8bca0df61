// Made-up workloads through a real capture file: peak, composition and timeline are the truth, and a file that was cut
// anywhere never tells more than that.
//
// 100 seeds are usual, 500 with TTMEM_TEST_FULL.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <random>
#include <span>
#include <string>

#include "src/analysis/recording/timeline.h"
#include "src/capture/capture_reader.h"
#include "src/capture/capture_writer.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/true_shares.h"

namespace ttmem {
namespace {

uint64_t seeds() { return std::getenv("TTMEM_TEST_FULL") != nullptr ? 500 : 100; }

class MadeUpCapture : public ::testing::Test {
protected:
    // As a recorder writes it: some events at a time, a state now and then.
    void write(RandomRecording& random) {
        const Recording recording = random.maker.finish();
        Result<CaptureWriter> writer =
            CaptureWriter::create(path_, {.overwrite = true, .began_at = recording.began_at});
        ASSERT_TRUE(writer);
        std::span<const Event> rest = random.maker.events;
        for (bool is_second = false; !rest.empty(); is_second = !is_second) {
            const size_t count = std::min<size_t>(rest.size(), 1 + random.below(60));
            ASSERT_TRUE(writer->write(recording.end, {}, rest.first(count), {}, true));
            if (is_second) {
                ASSERT_TRUE(writer->write_state(recording.end));
            }
            rest = rest.subspan(count);
        }
        ASSERT_TRUE(writer->finish(recording.end, recording.ended_at));
    }

    TemporaryDirectory folder_;
    std::string path_ = (folder_.path() / "made_up.ttmem").string();
};

TEST_F(MadeUpCapture, AnswersAreTheTruth) {
    for (uint64_t seed = 1; seed <= seeds(); ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        write(random);
        const Result<Capture> capture = open_capture(path_);
        ASSERT_TRUE(capture);
        ASSERT_TRUE(capture->facts.finished);
        const Timeline timeline = timeline_of(capture->recording, 37);
        const Peaks peaks = peaks_of(capture->recording);
        ASSERT_TRUE(peaks.coverage.complete);
        const bool iterated =
            peaks.iterations != 0 || std::any_of(random.maker.events.begin(), random.maker.events.end(),
                                                 [](const Event& e) { return e.kind == EventKind::kIterationBegun; });
        for (const auto& [where, peak] : random.truth.peaks) {
            const PoolPeak* found = peak_on(peaks, where.first, where.second);
            ASSERT_EQ(found != nullptr, peak.reserved != 0);
            if (found == nullptr) continue;
            ASSERT_TRUE(found->exact());
            ASSERT_EQ(found->low, peak.reserved);
            ASSERT_EQ(found->moment.event, peak.event);
            ASSERT_EQ(found_shares(found->moment), true_shares(peak, random.truth, iterated));
        }
        for (const PoolTimeline& pool : timeline.pools) {
            const uint64_t truth = random.truth.peaks.at({pool.peak.chips.front().value, pool.peak.pool}).reserved;
            ASSERT_EQ(pool.slots[pool.peak_slot].bytes, truth);
            for (const TimelineSlot& slot : pool.slots) {
                ASSERT_EQ(std::accumulate(slot.bands.begin(), slot.bands.end(), uint64_t{0}), slot.bytes);
            }
        }
    }
}

TEST_F(MadeUpCapture, CutAnywhereItSaysSoAndNeverTellsMoreThanTheTruth) {
    for (uint64_t seed = 1; seed <= seeds(); ++seed) {
        SCOPED_TRACE(seed);
        RandomRecording random(seed);
        write(random);
        std::filesystem::resize_file(path_, std::mt19937_64(seed)() % std::filesystem::file_size(path_));
        const Result<Capture> capture = open_capture(path_);
        if (!capture) continue;  // its head is not whole
        const Peaks peaks = peaks_of(capture->recording);
        ASSERT_FALSE(peaks.coverage.complete);
        for (const auto& [where, peak] : random.truth.peaks) {
            const PoolPeak* found = peak_on(peaks, where.first, where.second);
            if (found == nullptr) continue;
            ASSERT_LE(found->low, peak.reserved);
        }
    }
}

}  // namespace
}  // namespace ttmem
