#include "src/views/text/failures.h"

#include <gtest/gtest.h>

#include "src/analysis/sample_snapshot.h"

namespace ttmem {
namespace {

ShownFailure out_of_memory(const Snapshot* snapshot = nullptr) {
    ShownFailure failure;
    FailureFigures& f = failure.figures;
    f.requested_bytes = 12000, f.buffer_type = "DRAM", f.pool = Pool::kDram;
    f.banks = 12, f.bytes_per_bank = 1000;
    f.bank_bytes = 10000, f.allocated_per_bank = 9400, f.free_per_bank = 600, f.largest_free_per_bank = 500;
    failure.explanation = explain_failure(f, snapshot);
    failure.text = "Out of Memory: \xff";
    failure.line = 1200, failure.offset = 99, failure.count = 3;
    return failure;
}

TEST(FailuresText, AskedHadLimitAndRemedies) {
    EXPECT_EQ(failures_text({{out_of_memory()}, 0}, nullptr, {}), R"(Line 1,200: out of memory, printed 3 times
  12,000 B of DRAM in 12 banks: 1,000 B of each bank.
  Each bank has 10,000 B, 9,400 B of it allocated and 600 B free; the largest free block has 500 B.
  Full: each bank lacks 400 B, 4,800 B in all.
  What would help:
    - Free at least 400 B in each bank (4,800 B in all), in one piece with free space.
    - Ask for at most 500 B of each bank (6,000 B in all) at a time: smaller batches, chunks or data types.
    - Shard it over at least 2 chips that have as much free as this one.
)");
}

TEST(FailuresText, ACutOffMessageSaysWhatIsMissingAndForeignWordsAreEscaped) {
    ShownFailure failure;
    failure.explanation = explain_failure(failure.figures);
    failure.complete = false;
    failure.missing = {"the size of a bank", "the free bytes"};
    failure.cut_at = "each bank \x1b[2J";
    failure.line = 1;
    const std::string text = failures_text({{failure}, 0}, nullptr, {});
    EXPECT_NE(text.find("  The message was cut off at `each bank \\x1b[2J`: it does not say the size of a bank, the "
                        "free bytes.\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(FailuresText, NamesWhoHoldsTheSpaceNow) {
    const Snapshot s = sample_snapshot();
    const std::string text = failures_text({{out_of_memory(&s)}, 0}, &s, {});
    EXPECT_NE(text.find("The greatest holders:\n    "), std::string::npos) << text;
    EXPECT_NE(text.find("embedding, llama (100)"), std::string::npos) << text;
}

TEST(FailuresText, OfManyTheFirstTwentyAreTold) {
    const ShownFailures many{std::vector<ShownFailure>(23, out_of_memory()), 5};
    const std::string text = failures_text(many, nullptr, {});
    EXPECT_NE(text.find("\n3 more failures with --json.\n5 further failures not kept.\n"), std::string::npos) << text;
    EXPECT_EQ(failures_json(many, nullptr).size(), 23u);
}

TEST(FailuresJson, HasEveryFigureByItsNameAndTheExplanation) {
    const Snapshot s = sample_snapshot();
    ExplainFailuresValues values;
    values.source = "-";
    values.shown = {{out_of_memory(&s)}, 0};
    values.snapshot = &s;
    const Json json = Json::parse(explain_failures_json(values).dump());
    EXPECT_EQ(json["schema"], "ttmem.explain/1");
    const Json& failure = json["failures"][0];
    EXPECT_EQ(failure["kind"], "out_of_memory");
    EXPECT_EQ(failure["pool"], "dram");
    EXPECT_EQ(failure["requested_bytes"], 12000);
    EXPECT_EQ(failure["largest_free_per_bank"], 500);
    EXPECT_TRUE(failure["trace_bytes"].is_null());
    for (const NamedFigure& figure : kNamedFigures) EXPECT_TRUE(failure.contains(figure.name)) << figure.name;
    EXPECT_EQ(failure["message"], "Out of Memory: \xef\xbf\xbd");
    EXPECT_EQ(failure["explanation"]["cause"], "full");
    EXPECT_EQ(failure["explanation"]["missing_bytes"], 4800);
    EXPECT_EQ(failure["explanation"]["remedies"].size(), 3u);
    EXPECT_EQ(failure["explanation"]["holders"]["pool"], "dram");
    EXPECT_EQ(failure["explanation"]["holders"]["greatest"][0]["pid"], 100);
}

}  // namespace
}  // namespace ttmem
