// No line that a command prints is wider than the terminal: tables drop columns, sentences below them wrap.
#include <gtest/gtest.h>

#include <sstream>

#include "src/views/text/buffers.h"
#include "src/views/text/explain.h"
#include "src/views/text/failures.h"
#include "src/views/text/findings.h"
#include "src/views/text/gc.h"
#include "src/views/text/growth.h"
#include "src/views/text/info.h"
#include "src/views/text/leaks.h"
#include "src/views/text/peak.h"
#include "src/views/text/programs.h"
#include "src/views/text/ps.h"
#include "src/views/text/regions.h"
#include "src/views/text/run_report.h"
#include "src/views/text/show.h"
#include "src/views/text/stats.h"
#include "src/views/text/status.h"
#include "src/views/text/table.h"
#include "tests/support/sample_capture.h"
#include "tests/support/sample_failures.h"
#include "tests/support/sample_gc.h"
#include "tests/support/sample_leaks.h"
#include "tests/support/sample_programs.h"
#include "tests/support/sample_recording.h"
#include "tests/support/sample_regions.h"
#include "tests/support/sample_run_report.h"
#include "tests/support/sample_show.h"

namespace ttmem {
namespace {

// Names, notes and figures at their longest.
Snapshot wide_snapshot() {
    Snapshot s = sample();
    s.coverage.note("11,809 allocations not recorded, at most 11,809 may be live (461 MiB per chip)");
    s.coverage.note("process 4711 (python3) holds /dev/tenstorrent/0 and is not tracked: it is not in these figures");
    s.texts[1] = "ttnn::operations::matmul::matmul_multi_core_reuse_mcast_1d_optimized";
    s.allocations.push_back(s.allocations[0]);  // overlaps
    s.allocations[0].iteration = 3;
    s.processes[0].iterations_begun = 4;
    s.processes[0].iterations_ended = 3;
    s.processes[0].pid_verified = false;
    s.processes[0].mistakes = {1, 2, 3, 4, 5, 6, 7};
    s.processes[1].comm = std::string(60, 'x');
    for (ChipUse& use : s.chips) use.pool(Pool::kDram).capacity_bytes = 1;
    return s;
}

void expect_fits(const std::string& text, size_t width) {
    EXPECT_NE(text, "");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), width) << line;
}

class Width : public testing::TestWithParam<size_t> {
protected:
    Snapshot s = wide_snapshot();
    Look look{.width = GetParam()};
    void expect_fits(const std::string& text) { ttmem::expect_fits(text, look.width); }
};
INSTANTIATE_TEST_SUITE_P(Terminals, Width, testing::Values(80, 120));

TEST_P(Width, OfStatusAndPs) {
    expect_fits(status_text({s.generated_at, s.chips, {&s.processes[0], &s.processes[1]}, s.coverage, {}}, look));
    expect_fits(ps_text(s, {}, look));
    UntrackedProcesses untracked;
    untracked.device_nodes = true;
    untracked.device_users = {{4711, "vllm", {"/dev/tenstorrent/0", "/dev/tenstorrent/1"}}};
    untracked.hidden_processes = 1234;
    expect_fits(status_text({kSampleNow, {}, {}, s.coverage, untracked}, look));
}

TEST_P(Width, OfBuffersAndLeaks) {
    const Selection live = select(s, {.standing = Standing::kLive});
    expect_fits(buffers_text({s, live, 1, {}}, look));
    expect_fits(leaks_text(values_of(s), look));
}

TEST_P(Width, OfPrograms) { expect_fits(programs_text(values_of_programs(s, 1), look)); }

TEST_P(Width, OfTheEndOfARun) {
    RunValues values = values_of_run(s);
    for (uint32_t pid = 100'000; pid < 100'010; ++pid) values.still_running.push_back({pid, "python3"});
    expect_fits(run_text(values, look));
}

TEST_P(Width, OfExplain) {
    expect_fits(explain_text(s, explain(s, DeviceAddress{1073737728}), look));
    expect_fits(explain_text(s, explain(s, DeviceAddress{0x3ffff800}), look));
}

TEST_P(Width, OfGcRegionsAndDoctor) {
    expect_fits(gc_text(one_removed(), look));
    expect_fits(
        findings_text({{Health::kWarning, "ledger directory", s.coverage.notes[0], s.coverage.notes[1]}}, look));
    expect_fits(regions_text(sample_regions(), look));
}

TEST_P(Width, OfFailures) {
    ExplainFailuresValues values;
    values.shown.failures.push_back(out_of_memory(&s));
    values.shown.failures.push_back(out_of_memory());
    values.shown.failures[1].found.operation = std::string(70, 'o');
    values.snapshot = &s;
    values.source = "a.log";
    expect_fits(explain_failures_text(values, look));
}

TEST_P(Width, OfWhatIsSaidOfARecording) {
    Recording recording = sample_recording();
    for (std::string& text : recording.end.texts) {
        if (!text.empty()) text += std::string(60, 'o');
    }
    recording.end.coverage = s.coverage;
    expect_fits(peak_text({recording, peaks_of(recording), GroupBy::kOwner, 10}, look));
    expect_fits(growth_text({recording, growth_of(recording), {}, 10}, look));
    expect_fits(stats_text({recording, stats_of(recording), 10}, look));
    SampleCapture capture;
    expect_fits(info_text(capture.values(), look));
}

TEST_P(Width, OfShow) {
    ShowValues values = graph();
    values.use.coverage = s.coverage;
    expect_fits(show_text(values, look));
}

}  // namespace
}  // namespace ttmem
