#include "src/views/json/stats.h"

#include <gtest/gtest.h>

#include "tests/support/sample_core_need.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

TEST(StatsJson, PoolsAndOwnersAddUp) {
    const Recording recording = sample_recording();
    const Json json = stats_json({recording, stats_of(recording)});
    EXPECT_EQ(json["schema"], "ttmem.stats/1");
    EXPECT_EQ(json["all"]["allocations"], 5);
    uint64_t owners = 0;
    for (const Json& owner : json["owners"]) owners += owner["reserved_bytes_all_chips"].get<uint64_t>();
    EXPECT_EQ(owners, json["all"]["reserved_bytes_all_chips"]);
    EXPECT_EQ(json["pools"][0]["reserved_bytes_all_chips"], json["all"]["reserved_bytes_all_chips"]);
    EXPECT_EQ(json["owners"][0]["op"], "load");  // held from the begin to the end
    EXPECT_EQ(json["cores"], Json::array());
}

TEST(StatsJson, HasWhatProgramsNeededOfACore) {
    const Recording recording = sample_recording();
    Stats stats = stats_of(recording);
    stats.cores = {sample_core_need()};
    const Json json = stats_json({recording, stats});
    ASSERT_EQ(json["cores"].size(), 1u);
    EXPECT_EQ(json["cores"][0]["circular_buffer_bytes_per_core"], 400 * 1024);
}

}  // namespace
}  // namespace ttmem
