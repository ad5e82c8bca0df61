#include "src/views/json/headroom.h"

#include <gtest/gtest.h>

#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(HeadroomJson, ItsArithmeticAddsUpAndWhatIsUnknownIsNull) {
    const Recording recording = sample_recording();
    const Json json = headroom_json({recording, headroom_of(recording)});
    EXPECT_EQ(json["schema"], "ttmem.headroom/1");
    ASSERT_EQ(json["pools"].size(), 1u);
    const Json& dram = json["pools"][0];
    EXPECT_EQ(dram["chips"], (Json{"0xa0", "0xa1"}));
    EXPECT_EQ(dram["headroom_bytes"], dram["headroom_bytes_max"]);
    EXPECT_EQ(dram["headroom_bytes"].get<uint64_t>() + dram["kept_at_peak"]["reserved_bytes"].get<uint64_t>() +
                  dram["transient_at_peak"]["reserved_bytes"].get<uint64_t>(),
              dram["capacity_bytes"].get<uint64_t>());
    EXPECT_EQ(dram["of_iterations_at_peak"], nullptr) << "none ended";
    EXPECT_EQ(dram["banks"], nullptr);
    EXPECT_EQ(dram["untouched_bytes"], nullptr);
    EXPECT_EQ(dram["circular_buffers"], nullptr);
}

TEST(HeadroomJson, HasWhatWasMadeInIterations) {
    Recording recording = sample_recording();
    recording.end.processes[0].iterations_ended = 2;
    const Json dram = headroom_json({recording, headroom_of(recording)})["pools"][0];
    EXPECT_EQ(dram["of_iterations_at_peak"], dram["transient_at_peak"]);
    EXPECT_EQ(dram["of_iterations_at_peak"]["allocations"], 1);
}

// What was in use before the history began bounds the peak from both sides.
TEST(HeadroomJson, HasBoundsOfAPeakOfBefore) {
    const Recording recording = sample_recording();
    Headroom headroom = headroom_of(recording);
    PoolPeak& peak = headroom.pools.at(0).peak;
    peak.earlier = *peak.high + 1000;
    const Json dram = headroom_json({recording, headroom})["pools"][0];
    EXPECT_EQ(dram["peak_reserved_bytes"], peak.earlier);
    EXPECT_EQ(dram["peak_reserved_bytes_max"], peak.earlier);
}

}  // namespace
}  // namespace ttmem
