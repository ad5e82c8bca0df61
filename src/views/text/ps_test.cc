#include "src/views/text/ps.h"

#include <gtest/gtest.h>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(PsText, EndedProcessesShowWhatTheyHeldAndForeignNamesAreEscaped) {
    EXPECT_EQ(ps_text(sample_snapshot(), {}, {}),
              R"(PID  STATE       COMMAND       TRACKED SINCE  CHIPS      DRAM   L1  PEAK DRAM, ONE CHIP
100  live        llama         2 min 5 s ago  0-1    8.06 MiB  0 B             5.00 MiB
200  no cleanup  bad\x1b[31m  10 min 0 s ago  0      24.0 KiB  0 B   24.0 KiB..48.0 KiB
Reserved bytes, on all chips of the process together; of an ended process what it held at its end.
)");
}

TEST(PsText, OfACaptureSaysWhichMomentItIs) {
    const std::string text = ps_text(sample_snapshot(), {}, {}, "at the end of run.ttmem");
    EXPECT_EQ(text.find("As it was at the end of run.ttmem.\n"), 0u) << text;
    EXPECT_NE(text.find("10 min 0 s before"), std::string::npos) << text;
}

TEST(PsText, WhereSeveralUsersAreShownEachProcessHasItsOwn) {
    Snapshot s = sample_snapshot();
    EXPECT_EQ(ps_text(s, {}, {}).find("USER"), std::string::npos);
    s.processes[1].uid = 1000;
    const std::string text = ps_text(s, {}, {});
    EXPECT_EQ(text.find("PID  USER  STATE"), 0u) << text;
    EXPECT_NE(text.find("\n100     0  live "), std::string::npos) << text;
    EXPECT_NE(text.find("\n200  1000  no cleanup"), std::string::npos) << text;
}

TEST(PsText, MistakesAndFailedAllocationsAreToldBelowTheTable) {
    Snapshot s = sample_snapshot();
    s.processes[0].mistakes.double_frees = 1;
    s.processes[0].mistakes.late_frees = 1200;
    s.processes[0].failed_allocations = 2;
    const std::string text = ps_text(s, {}, {});
    EXPECT_NE(text.find(R"(Process 100: 2 allocations failed: ttmem explain --failures
Process 100: 1 double free, 1,200 frees after the close of their device
)"),
              std::string::npos)
        << text;
    const std::string of_capture = ps_text(s, {}, {}, "at the end of run.ttmem");
    EXPECT_NE(of_capture.find("2 allocations failed: `ttmem explain --last` with the capture tells why\n"),
              std::string::npos)
        << of_capture;
}

TEST(PsText, TroubleOfManyProcessesIsOneLineEach) {
    Snapshot s = sample_snapshot();
    s.processes[0].failed_allocations = 2;
    s.processes[1].failed_allocations = 1;
    s.processes[1].mistakes.double_frees = 3;
    const std::string two = ps_text(s, {}, {});
    EXPECT_NE(two.find("Processes 100 and 200: 3 allocations failed: ttmem explain --failures\n"
                       "Process 200: 3 double frees\n"),
              std::string::npos)
        << two;
    for (uint32_t pid = 201; pid < 300; ++pid) {
        s.processes.push_back(s.processes[1]);
        s.processes.back().pid = pid;
    }
    const std::string many = ps_text(s, {}, {});
    EXPECT_NE(many.find(" and 97 more: 102 allocations failed: ttmem explain --failures\n"), std::string::npos) << many;
    EXPECT_NE(many.find(" and 96 more: 300 double frees\n"), std::string::npos) << many;
}

}  // namespace
}  // namespace ttmem
