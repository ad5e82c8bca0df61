#include "src/analysis/failure_explanation.h"

#include <gtest/gtest.h>

#include "src/analysis/explained_failures.h"
#include "src/analysis/failure_parts.h"
#include "tests/support/sample_figures.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(FailureExplanation, SaysWhatACutOffMessageCannotTell) {
    FailureFigures f;
    f.kind = FailureKind::kCbClash;
    f.program = 9;
    EXPECT_EQ(explain_failure(f).limit,
              "The circular buffers reach into L1 buffers; the message was cut off before it says how far.");
    EXPECT_EQ(explain_failure(f).asked, "Circular buffers of program 9 on its cores.");
    for (const FailureKind kind : {FailureKind::kCbOverflow, FailureKind::kTraceRegion, FailureKind::kOutOfMemory}) {
        f.kind = kind;
        EXPECT_FALSE(explain_failure(f).limit.empty());
        EXPECT_FALSE(explain_failure(f).remedies.empty());
    }
}

// Kinds with whatever is missing: nobody is left without a thing to do, and the first line is never empty.
TEST(FailureExplanation, EndsWithAtLeastOneThingToDo) {
    for (int kind = 0; kind <= static_cast<int>(FailureKind::kUnsafeUnderTrace); ++kind) {
        for (const Pool pool : {Pool::kDram, Pool::kL1, Pool::kL1Small, Pool::kTrace}) {
            FailureFigures f = out_of_memory("X", pool, 12, 1000);
            f.kind = static_cast<FailureKind>(kind);
            for (int known = 0; known < 6; ++known) {
                if (known == 1) f.bank_bytes = 900;
                if (known == 2) f.bank_bytes = 0;
                if (known == 3) f = with_bank(f, 10000, 2000, 500);
                if (known == 4) f = with_bank(f, 10000, 1000, 500);
                if (known == 5) f.bytes_per_bank = f.bank_bytes = f.requested_bytes = std::nullopt;
                const FailureExplanation e = explain_failure(f);
                EXPECT_FALSE(e.verdict.empty()) << kind << " " << known;
                EXPECT_FALSE(e.remedies.empty()) << kind << " " << known;
                for (const Remedy& remedy : e.remedies) EXPECT_FALSE(remedy.kind.empty()) << remedy.text;
            }
        }
    }
}

// It advised for both kinds of chip, although the process had said which one it has.
TEST(FailureExplanation, OfARecordedFailureTheChipIsKnown) {
    Snapshot s = sample_snapshot();
    Process& process = s.processes[0];
    process.failures.resize(1);
    process.failures[0].kind = FailureKind::kTraceRegion;
    process.failures[0].place = PlaceIndex{0};
    process.failures[0].requested_bytes = 1000000;
    process.failures[0].bank_bytes = 4096;
    process.failed_allocations = 2;
    for (ChipUse& use : process.chips) {
        use.chip.arch = "blackhole";
        use.chip.pools[0] = ChipDescription::PoolBanks{7, 1 << 30};
    }
    s.chips.clear();  // of living processes
    const auto remedy = [&] { return recorded_failures(s).failures.at(0).explanation.remedies.at(0).text; };
    EXPECT_EQ(remedy().find("Wormhole"), std::string::npos) << remedy();
    const ExplainedFailures all = recorded_failures(s);
    EXPECT_EQ(all.failures[0].figures().architecture, "blackhole");
    EXPECT_EQ(all.failures[0].figures().dram_banks, 7u);
    EXPECT_EQ(l1_end_of(all.failures[0].figures()), 1'572'864u);
    process.chips[0].chip.arch = "wormhole_b0";
    process.chips[0].chip.pools[0] = ChipDescription::PoolBanks{12, 1 << 30};
    EXPECT_NE(remedy().find("Wormhole"), std::string::npos) << "its chips differ: " << remedy();
}

TEST(FailureExplanation, OneOfANewerKindIsShownAndNotSkipped) {
    Snapshot s = sample_snapshot();
    s.processes[0].failures.resize(1);
    const ExplainedFailures all = recorded_failures(s);
    ASSERT_EQ(all.failures.size(), 1u);
    EXPECT_NE(all.failures[0].explanation.verdict.find("newer ttmem"), std::string::npos);
}

TEST(FailureExplanation, ReadsWhatTheRuntimeRecorded) {
    Failure recorded;
    const Snapshot none;
    const auto figures_of = [&](const Failure& failure) { return ttmem::figures_of(Process{}, failure, none); };
    recorded.kind = FailureKind::kOutOfMemory;
    recorded.pool = Pool::kL1Small;
    recorded.banks = 64;
    recorded.bytes_per_bank = 448;
    recorded.bank_bytes = 0;
    EXPECT_EQ(figures_of(recorded).buffer_type, "L1_SMALL");
    EXPECT_EQ(explain_failure(figures_of(recorded)).cause, FailureCause::kNoRegion);
    recorded.kind = FailureKind::kCbClash;
    recorded.bytes_per_bank = 700;
    recorded.bank_bytes = 500;
    EXPECT_EQ(explain_failure(figures_of(recorded)).missing_per_bank, 200u);
    recorded.kind = FailureKind::kCbOverflow;
    EXPECT_EQ(explain_failure(figures_of(recorded)).cause, FailureCause::kCbOverflow);
    recorded.kind = FailureKind::kTraceRegion;
    recorded.requested_bytes = 900;
    EXPECT_EQ(explain_failure(figures_of(recorded)).missing_bytes, 400u);
}

}  // namespace
}  // namespace ttmem
