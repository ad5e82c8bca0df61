#include "src/views/text/fit.h"

#include <gtest/gtest.h>

#include "tests/support/sample_fit.h"

namespace ttmem {
namespace {

TEST(FitText, TheVerdictComesFirstAndEachReasonIsTold) {
    const std::string text = fit_text(sample_fit(), {});
    EXPECT_EQ(text.substr(0, text.find("\n\n")), R"(Does not fit: N150 with l1_small 0.
Cannot be told: T3000.
Fits: P150.)");
    EXPECT_NE(text.find("T3000: it ended with 2, and no allocation had failed: ImportError\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("  operation: ttnn::conv2d\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  log: runs/2.log\n"), std::string::npos) << text;
}

TEST(FitText, TheArithmeticIsShown) {
    const std::string text = fit_text(sample_fit(), {.exact_bytes = true});
    constexpr uint64_t kMiB = 1024 * 1024;
    const uint64_t peak = (8 * 1024 + 1024 + 1 + 64) * kMiB;
    for (const uint64_t figure : {peak, 12 * 1024 * kMiB, 12 * 1024 * kMiB - peak})
        EXPECT_NE(text.find(with_commas(figure)), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem
