#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

TEST(FailureExplanation, SizesTheTraceRegion) {
    const FailureExplanation e = explain_failure(traces(53616640, 50000000));
    EXPECT_EQ(e.cause, FailureCause::kTraceRegion);
    EXPECT_EQ(e.missing_bytes, 3616640u);
    EXPECT_EQ(e.limit, "The trace region is 3,616,640 B too small.");
    EXPECT_EQ(e.verdict.find("53,6"), std::string::npos) << "a Wormhole needs more, and later traces, too";
    EXPECT_EQ(
        remedies_text(e),
        "Open the device with trace_region_size of at least 53,617,152 B on Wormhole (12 banks) or 53,616,640 B "
        "on Blackhole (8 banks), with headroom for the traces that are captured after this one (a quarter more is "
        "67,021,440 B).\n"
        "Or open it with trace_region_size=0: a tt-metal since February 2026 then places trace buffers in DRAM as "
        "they are needed.\n");
    Snapshot snapshot = machine(Pool::kTrace, 12, {{0, 400000}});
    snapshot.chips[0].chip.pools[static_cast<size_t>(Pool::kDram)] = {12, 1000000};
    const FailureExplanation informed = explain_failure(traces(53616640, 50000000), &snapshot);
    EXPECT_EQ(informed.remedies.at(0).bytes, 53617152u);
    EXPECT_EQ(informed.remedies.at(0).bytes.value() % (12 * 64), 0u);
    EXPECT_TRUE(advises(
        informed,
        "Release traces that are not replayed any more, at least 3,616,640 B: 1 live buffers hold 4,800,000 B."));
}

}  // namespace
}  // namespace ttmem
