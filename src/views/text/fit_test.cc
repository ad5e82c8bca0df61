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

TEST(FitText, ASearchBeginsWithItsNumberOrWithWhyThereIsNone) {
    const std::string text = fit_text(sample_search(), {});
    EXPECT_EQ(text.substr(0, text.find("\n\n")),
              R"(N150: batch 6 is the largest that fits; 8 does not (`ttnn::conv2d`: 4.00 KiB missing of L1_SMALL).
P150: batch 9, the last of the values, fits.
P100: no batch that was tried fits: 4 does not (`ttnn::conv2d`: 4.00 KiB missing of L1_SMALL).
N300: the largest batch cannot be told: batch 6 does not fit, and 8, which is larger, does: a larger batch does not always need more.
T3000: the largest batch cannot be told: it is not known whether batch 6 fits.)");
    for (const char* line :
         {"N150 with batch 8: ", "T3000 with batch 6: it ended with 2", "Tried on N150: 4, 6 fit; 8, 9 do not.\n",
          "Tried on T3000: 4 fit; 9 do not; 6, 8 cannot be told.\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    EXPECT_EQ(text.find("N150 with batch 9: "), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem
