#include "src/analysis/compare/compare_failures.h"

#include <gtest/gtest.h>

#include "tests/support/sample_figures.h"

namespace ttmem {
namespace {

ExplainedFailures of(const std::vector<FailureFigures>& figures) {
    ExplainedFailures all;
    for (const FailureFigures& f : figures) {
        ExplainedFailure failure;
        failure.found.message.figures = f;
        failure.explanation = explain_failure(f);
        all.failures.push_back(failure);
    }
    return all;
}

FailureFigures asks(uint64_t bytes, uint64_t banks) {
    FailureFigures f = out_of_memory("DRAM", Pool::kDram, banks, (bytes + banks - 1) / banks);
    f.requested_bytes = bytes;
    return f;
}

std::string verdict(const FailureFigures& a, const FailureFigures& b) {
    return compare_failures(of({a}), of({b})).pairs.at(0).verdict;
}

TEST(CompareFailures, TheSameRequestOnAnotherChipIsNotDivided) {
    EXPECT_EQ(verdict(asks(3294625792, 12), asks(3294625792, 8)),
              "Both ask for the same 3,294,625,792 B on each chip: sharding is not in effect for it, every chip holds "
              "all of it.");
}

TEST(CompareFailures, AWholePartIsDividedAndAnyOtherIsAnotherBuffer) {
    EXPECT_EQ(verdict(asks(4000000, 8), asks(1000064, 8)),
              "B asks for 1/4 of what A asks for (1,000,064 B against 4,000,000 B on each chip): it is divided there.");
    EXPECT_EQ(
        verdict(asks(2000000, 8), asks(4000000, 8)),
        "A asks for half of what B asks for (2,000,000 B against 4,000,000 B on each chip): it is divided there.");
    EXPECT_EQ(verdict(asks(3294625792, 8), asks(500000256, 8)),
              "B asks for less than A (500,000,256 B against 3,294,625,792 B on each chip), 15.2% of it: that is no "
              "whole part, so these are probably different buffers.");
}

TEST(CompareFailures, PartsFindEachOtherInAnyOrderAndTheRestIsNamed) {
    const ComparedFailures compared =
        compare_failures(of({asks(4000000, 8), asks(900000, 8), asks(7, 8)}), of({asks(225000, 8), asks(1000000, 8)}));
    ASSERT_EQ(compared.pairs.size(), 2u);
    EXPECT_EQ(compared.pairs[0].b, 1u);
    EXPECT_EQ(compared.pairs[1].b, 0u);
    EXPECT_EQ(compared.only_a, std::vector<uint32_t>{2});
    EXPECT_TRUE(compared.only_b.empty());
}

TEST(CompareFailures, OtherKindsSayWhoseAreLarger) {
    EXPECT_EQ(verdict(clash(1000, 2000), clash(1000, 2500)),
              "B's circular buffers end 500 B higher: at address 2,500 against address 2,000.");
    FailureFigures small, large;
    small.kind = large.kind = FailureKind::kTraceRegion;
    small.trace_bytes = 600, large.trace_bytes = 1000;
    EXPECT_EQ(verdict(large, small), "A's traces are 400 B larger: 1,000 B against 600 B.");
}

}  // namespace
}  // namespace ttmem
