#include "src/views/text/fit.h"

#include <gtest/gtest.h>

#include "src/views/text/fit_search.h"
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
    EXPECT_EQ(
        text.substr(0, text.find("\n\n")),
        R"(N150: batch 6 is the largest of 4 to 9 that fits; 8 does not (`ttnn::conv2d`: 4.00 KiB of L1_SMALL missing at that point).
P150: batch 9 fits, the largest of 4 to 9.
P100: no batch of 4 to 9 fits: 4 does not (`ttnn::conv2d`: 4.00 KiB of L1_SMALL missing at that point).
N300: the largest batch cannot be told: batch 6 does not fit, and 8, which is larger, does: a larger batch does not always need more.
T3000: the largest batch cannot be told: it is not known whether batch 6 fits.)");
    for (const char* line :
         {"\nN150 with batch 8, P100 with batch 4, N300 with batch 6: ", "T3000 with batch 6: it ended with 2",
          "Tried on N150: 4, 6 fit; 8, 9 do not.\n", "Tried on T3000: 4 fits; 9 does not; 6, 8 cannot be told.\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    EXPECT_EQ(text.find("N150 with batch 9: "), std::string::npos) << text;
}

TEST(FitText, ASearchThatLackedTheHostsMemoryNamesNoLimitOfTheDevice) {
    for (const auto& [memory, words] :
         {std::pair{HostMemory::kShort, "ran short"}, std::pair{HostMemory::kMayBeShort, "seems to have run short"}}) {
        FitValues values = sample_search_short_of_host_memory(memory);
        std::string text = fit_text(values, {});
        EXPECT_EQ(text.substr(0, text.find("\n\n")),
                  std::string("N150: batch 6 fits; beyond it is not known: at 8 this machine's own memory ") + words +
                      ", not the device's.");
        EXPECT_NE(text.find("\nN150 with batch 8: this machine's own memory ran short\n"), std::string::npos) << text;
        EXPECT_NE(text.find("4, 6 fit; 8, 9 cannot be told for want of this machine's own memory.\n"),
                  std::string::npos)
            << text;
        values.searches.front().answer.largest.reset();
        values.searches.front().answer.next = 3;
        text = fit_text(values, {});
        EXPECT_EQ(text.substr(0, text.find('\n')),
                  std::string("N150: of no batch it is known whether it fits: at 8 this machine's own memory ") +
                      words + ", not the device's; 9 does not fit.");
    }
}

TEST(FitText, WhatIsTheSameOfSeveralMachinesIsSaidOnce) {
    FitValues values = sample_fit();
    for (const char* machine : {"N300", "Galaxy-6U"}) {
        values.runs.push_back(values.runs[2]);
        values.runs.back().machine = machine;
    }
    values.runs.back().log = "runs/5.log";
    const std::string text = fit_text(values, {});
    EXPECT_NE(text.find("\nT3000, N300, Galaxy-6U: it ended with 2, and no allocation had failed: ImportError\n"
                        "  log: runs/5.log\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("ImportError"), text.rfind("ImportError"));
}

TEST(FitText, ANarrowTerminalKeepsWholeOperationsOfAPeak) {
    FitValues values = sample_fit();
    for (std::string& name : values.runs[0].fit.names) name = "ttnn." + name + "_all_reduce_async";
    const std::string text = fit_text(values, {.width = 100});
    EXPECT_EQ(text.find("%..."), std::string::npos) << text;
    EXPECT_NE(text.find("%, ...\n"), std::string::npos) << text;
}

TEST(FitText, AnInterruptedSearchSaysWhatItKnowsOfBothSidesAndShowsIt) {
    FitValues values = sample_search();
    values.interrupted = true;
    for (const size_t search : {0u, 1u, 2u}) values.searches[search].answer = {};  // these were not over
    values.searches[1].tried.clear();
    values.runs.push_back({"P150", {{"batch", "4"}}, {}, "", "", false, true});
    const std::string text = fit_text(values, {});
    EXPECT_EQ(text.substr(0, text.find("\nN300")), R"(Interrupted. Known so far:
N150: batch 6 fits, 8 does not.
P150: of no batch it is known yet whether it fits.
P100: batch 4 does not fit.)");
    EXPECT_NE(text.find("\nN300: the largest batch cannot be told: batch 6 does not fit"), std::string::npos) << text;
    for (const char* row : {"\nN150     batch 6 ", "\nN150     batch 8 ", "Tried on N150: 4, 6 fit; 8, 9 do not.\n"})
        EXPECT_NE(text.find(row), std::string::npos) << row << text;
    EXPECT_EQ(text.find("Tried on P150"), std::string::npos) << text;
}

TEST(FitText, RunsThatWereInterruptedAreNamedAndTheOthersAreTold) {
    FitValues values = sample_fit();
    values.interrupted = true;
    values.runs.push_back({"P100", {}, {}, "", "", false, true});
    const std::string text = fit_text(values, {});
    EXPECT_EQ(text.substr(0, text.find("\n\n")), R"(Interrupted. Known so far:
Does not fit: N150 with l1_small 0.
Cannot be told: T3000.
Fits: P150.
Had not ended: P100.)");
    EXPECT_EQ(text.find("P100: "), std::string::npos) << text;
}

}  // namespace
}  // namespace ttmem
