#include "src/views/text/failures.h"

#include <gtest/gtest.h>

#include "src/base/text.h"
#include "tests/support/sample_failures.h"

namespace ttmem {
namespace {

TEST(FailuresText, AskedHadLimitAndRemedies) {
    EXPECT_EQ(failures_text({{out_of_memory()}, 0}, nullptr, false, {}), R"(Line 1,200: out of memory, printed 3 times
  12,000 B of DRAM in 12 banks: 1,000 B of each bank.
  Each bank has 10,000 B, 9,400 B of it allocated (94.0%) and 600 B free; the largest free block has 500 B.
  Full: each bank lacks 400 B, 4,800 B in all.
  What would help, for this one allocation:
    - Free at least 400 B in each bank (4,800 B in all), in one piece with free space: weights (bf16 or bfp8), KV cache (a smaller batch or max_model_len), other tensors.
    - Ask for at most 500 B of each bank (6,000 B in all) at a time: smaller batches, chunks or data types.
    - Shard it over at least 2 chips that have as much free as this one.
  In no order does it fit beside what is held: 112,800 B held and 12,000 B asked for make 124,800 B of the chip's 120,000 B, 4,800 B too many.
)");
}

TEST(FailuresText, ACutOffMessageSaysWhatIsMissingAndForeignWordsAreEscaped) {
    ExplainedFailure failure;
    failure.explanation = explain_failure(failure.figures());
    failure.found.message.complete = false;
    failure.found.message.missing = {"the size of a bank", "the free bytes"};
    failure.found.message.cut_at = "each bank \x1b[2J";
    failure.found.line = 1;
    const std::string text = failures_text({{failure}, 0}, nullptr, false, {});
    EXPECT_NE(text.find("  The message was cut off at `each bank \\x1b[2J`: it does not say the size of a bank, the "
                        "free bytes.\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(FailuresText, NamesWhoHoldsTheSpaceNow) {
    const Snapshot s = sample_snapshot();
    const std::string text = failures_text({{out_of_memory(&s)}, 0}, &s, true, {});
    EXPECT_NE(text.find("The largest holders:\n    "), std::string::npos) << text;
    EXPECT_NE(text.find("embedding, llama (100)"), std::string::npos) << text;
}

TEST(FailuresText, OfManyTheFirstTwentyAreTold) {
    const ExplainedFailures many{std::vector<ExplainedFailure>(23, out_of_memory()), 5};
    const std::string text = failures_text(many, nullptr, false, {});
    EXPECT_NE(text.find("\n3 more failures with --json.\n5 further failures not kept.\n"), std::string::npos) << text;
}

TEST(FailuresText, AgesAreOfProcessesThatRunNowAndElsewhereTheTimeIsTold) {
    Snapshot s = sample_snapshot();
    Failure failure;
    failure.kind = FailureKind::kOutOfMemory;
    failure.at = s.generated_at - 1'000;
    s.processes[0].failures = {failure};
    s.processes[0].failed_allocations = 1;
    const std::string time = ", at " + rfc3339(failure.at) + ": ";
    for (const ProcessState state : {ProcessState::kLive, ProcessState::kExited}) {
        s.processes[0].state = state;
        for (const bool is_now : {false, true}) {
            const std::string text = failures_text(recorded_failures(s), &s, is_now, {});
            const bool has_age = is_now && state == ProcessState::kLive;
            EXPECT_EQ(text.find(" ago: ") != std::string::npos, has_age) << text;
            EXPECT_EQ(text.find(time) != std::string::npos, !has_age) << text;
        }
    }
}

}  // namespace
}  // namespace ttmem
