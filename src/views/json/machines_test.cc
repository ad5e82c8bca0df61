#include "src/views/json/machines.h"

#include <gtest/gtest.h>

#include "tests/support/sample_machines.h"

namespace ttmem {
namespace {

TEST(MachinesJson, EachWithWhatItHolds) {
    const Json json = machines_json(sample_machines(), 0);
    EXPECT_EQ(json["schema"], "ttmem.machines/1");
    ASSERT_EQ(json["machines"].size(), 2u);
    EXPECT_EQ(json["machines"][0]["name"], "N150");
    EXPECT_EQ(json["machines"][1]["other_names"], Json::array({"t3k"}));
    EXPECT_EQ(json["machines"][1]["mesh"], Json::array({2, 4}));
    EXPECT_EQ(json["machines"][1]["chips"], 8);
    EXPECT_EQ(json["machines"][1]["dram_bytes"], uint64_t{12} << 30);
    EXPECT_EQ(json["machines"][1]["dram_banks"], 12);
    EXPECT_EQ(json["machines"][1]["cores"], 64);
    EXPECT_EQ(json["machines"][1]["l1_bytes_per_core"], 1'499'136);
}

}  // namespace
}  // namespace ttmem
