#include "src/views/text/ps.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(PsText, EndedProcessesShowWhatTheyHeldAndForeignNamesAreEscaped) {
    EXPECT_EQ(ps_text(sample_snapshot(), {}, {}),
              R"(PID  STATE   PROGRAM             STARTED  CHIPS      DRAM   L1  PEAK DRAM, ONE CHIP
100  live    llama         2 min 5 s ago  0-1    8.06 MiB  0 B             5.00 MiB
200  killed  bad\x1b[31m  10 min 0 s ago  0      24.0 KiB  0 B   24.0 KiB..48.0 KiB
Reserved bytes, on all chips of the process together; of an ended process what it held at its end.
)");
}

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

TEST(PsText, MistakesAndFailedAllocationsAreToldBelowTheTable) {
    Snapshot s = sample_snapshot();
    s.processes[0].mistakes.double_frees = 1;
    s.processes[0].mistakes.late_frees = 1200;
    s.processes[0].failed_allocations = 2;
    const std::string text = ps_text(s, {}, {});
    EXPECT_NE(text.find(R"(Process 100: 2 allocations failed: ttmem explain failures
Process 100: 1 double free, 1,200 frees behind the close of their device
)"),
              std::string::npos)
        << text;
    const Json item = ps_json(s, {})["items"][0];
    EXPECT_EQ(item["failed_allocations"], 2);
    EXPECT_EQ(item["mistakes"], Json::parse(R"({"double_frees":1,"unknown_frees":0,"foreign_frees":0,
        "ambiguous_frees":0,"late_frees":1200,"invalid_calls":0,"reentrant_calls":0})"));
}

}  // namespace
}  // namespace ttmem
