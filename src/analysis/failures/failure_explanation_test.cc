#include "src/analysis/failures/failure_explanation.h"

#include <gtest/gtest.h>

#include <cctype>
#include <random>

#include "src/analysis/failures/explained_failures.h"
#include "src/analysis/failures/failure_parts.h"
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

std::vector<std::string> texts_of(const FailureExplanation& e) {
    std::vector<std::string> texts = {e.verdict, e.asked, e.had, e.limit};
    texts.insert(texts.end(), e.notes.begin(), e.notes.end());
    for (const Remedy& remedy : e.remedies) texts.push_back(remedy.text);
    return texts;
}

// Whether a number of 20 digits stands in it: one below 0, as 64 bits tell it.
bool has_gone_below_0(const std::string& text) {
    size_t digits = 0;
    for (const char c : text) {
        if (c == ',') continue;
        digits = std::isdigit(static_cast<unsigned char>(c)) != 0 ? digits + 1 : 0;
        if (digits >= 19) return true;
    }
    return false;
}

TEST(FailureExplanation, OfFiguresThatContradictEachOtherTellsNoNumberBelow0) {
    std::mt19937_64 random(1);
    const std::vector<uint64_t> values = {0,       1,       63,      2048,       103552,      1499136,   1499137,
                                          1563072, 1572864, 1572865, 1ULL << 30, 12ULL << 30, 1ULL << 36};
    for (int i = 0; i < 20000; ++i) {
        FailureFigures f = out_of_memory("L1", kAllPools[random() % kPoolCount], 12, 1000);
        f.kind = static_cast<FailureKind>(random() % (static_cast<uint64_t>(FailureKind::kUnsafeUnderTrace) + 1));
        f.architecture = std::vector<std::string>{"", "wormhole_b0", "blackhole"}[random() % 3];
        for (const NamedFigure& figure : kNamedFigures) {
            (f.*figure.value).reset();
            if (random() % 4 != 0) f.*figure.value = values[random() % values.size()];
        }
        if (f.banks) f.banks = *f.banks % 64;  // sums over more would be as long
        for (const std::string& text : texts_of(explain_failure(f))) {
            ASSERT_FALSE(has_gone_below_0(text)) << i << ": " << text;
        }
    }
}

TEST(FailureExplanation, AnAddressBeyondTheL1OfItsChipSaysNothingOfWhereL1Ends) {
    FailureFigures f = clash(1563072, 1563264);
    f.architecture = "wormhole_b0";
    EXPECT_EQ(
        explain_failure(f).notes.at(0),
        "How L1 is split: circular buffers up to address 1,563,264, L1 buffers and L1_SMALL from 1,563,072 to the "
        "end: at most 9,792 B of a core (Blackhole).");
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

// The runtime's message said dataflow buffers, and the record of the same failure circular buffers.
TEST(FailureExplanation, CallsWhatDidNotFitAsTheOtherProgramsOfItsProcessDo) {
    Snapshot s = machine(Pool::kL1, 64, {});
    Failure recorded;
    recorded.kind = FailureKind::kCbClash;
    recorded.bytes_per_bank = 607936, recorded.bank_bytes = 604448;
    const auto words = [&] { return figures_of(s.processes[0], recorded, s).cb_words; };
    EXPECT_EQ(words(), CbWords::kCircularBuffers) << "nothing tells";
    CircularBuffer buffer;
    buffer.kind = CbKind::kDataflow;
    Program program;
    program.cbs.emplace_back().plan.buffers = {buffer};
    s.programs = {program};
    EXPECT_EQ(words(), CbWords::kDataflowBuffers);
    s.programs[0].cbs[0].plan.buffers.push_back({});
    EXPECT_EQ(words(), CbWords::kCircularBuffers) << "they have both";
}

}  // namespace
}  // namespace ttmem
