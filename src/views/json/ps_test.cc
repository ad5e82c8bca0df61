#include "src/views/json/ps.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(PsJson, AnItemHasTheAgreedNames) {
    const Json json = ps_json(sample_snapshot(), {});
    EXPECT_EQ(json["schema"], "ttmem.ps/1");
    ASSERT_EQ(json["items"].size(), 2u);
    const Json& killed = json["items"][1];
    EXPECT_EQ(killed["pid"], 200);
    EXPECT_EQ(killed["pid_verified"], false);
    EXPECT_EQ(killed["comm"], "bad\x1b[31m");
    EXPECT_EQ(killed["state"], "killed");
    EXPECT_EQ(killed["ledger"], "00000000000000000000000000000022");
    EXPECT_EQ(killed["chips"][0]["pools"]["dram"]["requested_bytes"], 2048);
}

TEST(PsJson, InvalidUtf8DoesNotBreakTheDocument) {
    Snapshot s = sample_snapshot();
    s.processes[0].comm = "\xff\xfe";
    s.processes[0].command_line = "a\xff";
    EXPECT_EQ(Json::parse(to_text(ps_json(s, {})))["items"][0]["comm"], "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(PsJson, WithoutProcessesTheListIsEmptyAndNotAbsent) {
    EXPECT_EQ(ps_json({}, {})["items"], Json::array());
    EXPECT_EQ(ps_json({}, {})["untracked_processes"], Json::array());
}

TEST(PsJson, HasMistakesAndFailedAllocations) {
    Snapshot s = sample_snapshot();
    s.processes[0].mistakes.double_frees = 1;
    s.processes[0].mistakes.late_frees = 1200;
    s.processes[0].failed_allocations = 2;
    const Json item = ps_json(s, {})["items"][0];
    EXPECT_EQ(item["failed_allocations"], 2);
    EXPECT_EQ(item["mistakes"], Json::parse(R"({"double_frees":1,"unknown_frees":0,"foreign_frees":0,
        "ambiguous_frees":0,"late_frees":1200,"invalid_calls":0,"reentrant_calls":0})"));
}

}  // namespace
}  // namespace ttmem
