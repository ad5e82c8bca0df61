#include "src/apps/running/last_words.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

constexpr const char* kInfo =
    "2026-11-30 03:26:26.123 | info     |          Device | Closing devices (cluster.cpp:12)\n";
constexpr const char* kFatal =
    "TT_FATAL @ /project/ttnn/cpp/op.cpp:171: a == b\ninfo:\nGrid 8x8 is too small\nError: twice\nbacktrace:\n"
    " --- ttnn::conv2d(int)\n";

TEST(LastWords, AreTheMessageOfTheExceptionWhateverALoggerSaysAfterIt) {
    const std::string traceback =
        "Traceback (most recent call last):\n  File \"model.py\", line 3, in <module>\n    f()\n";
    EXPECT_EQ(last_words(traceback + "ValueError: no such batch\n" + kInfo, false), "ValueError: no such batch");
    EXPECT_EQ(last_words(traceback + "StopIteration\n" + kInfo, false), "StopIteration");
    EXPECT_EQ(last_words(traceback + "RuntimeError: " + kFatal + kInfo, false), "Grid 8x8 is too small");
    EXPECT_EQ(last_words("terminate called after throwing an instance of 'std::runtime_error'\n  what():  " +
                             std::string(kFatal) + kInfo,
                         true),
              "Grid 8x8 is too small");
    EXPECT_EQ(last_words("  what():  bad luck\n" + std::string(kInfo), true), "bad luck");
    EXPECT_EQ(last_words("E       AssertionError: 1 != 2\n===== 1 failed in 2.00s =====\n", false),
              "AssertionError: 1 != 2");
}

TEST(LastWords, TheLastOfSeveralExceptionsCounts) {
    const std::string first =
        "Traceback (most recent call last):\n  File \"a.py\"\nRuntimeError: " + std::string(kFatal);
    const std::string during = "\nDuring handling of the above exception, another exception occurred:\n\n";
    const std::string second = "Traceback (most recent call last):\n  File \"a.py\"\nKeyError: 'w1'\n";
    EXPECT_EQ(last_words(first + during + second, false), "KeyError: 'w1'");
}

TEST(LastWords, WithoutAnExceptionTheyAreTheLastLineOfNoLogger) {
    EXPECT_EQ(last_words("python3: can't open file 'none.py'\n", false), "python3: can't open file 'none.py'");
    for (const char* chatter :
         {kInfo, "INFO:root:done", "[warning] late", "WARNING: late\n", "2026-11-30 03:26:26,123 - ttnn - INFO - done",
          "2026-11-30T03:26:26Z DEBUG done", "  03:26:26 | INFO | done", "\x1b[32minfo\x1b[0m: done"}) {
        EXPECT_EQ(last_words(std::string("no room for more\n") + chatter, false), "no room for more") << chatter;
        EXPECT_EQ(last_words(chatter, false), "") << chatter;
    }
    for (const char* line :
         {"more info: in the manual", "the trace has ended", "E", "2026-11-30 03:26:26 | critical | broken"})
        EXPECT_EQ(last_words(line, false), line);
}

TEST(LastWords, WhoWasKilledSaidNothingOfIt) {
    EXPECT_EQ(last_words("begun\n[host:12] *** End of error message ***\n", true), "");
    EXPECT_EQ(last_words("RuntimeError: 8\n[host:12] *** End of error message ***\n", true), "RuntimeError: 8");
}

TEST(LastWords, AreBoundedAndPlain) {
    EXPECT_EQ(last_words("", false), "");
    EXPECT_EQ(last_words(" 10%\r 50%\rbroken\r\n", false), "broken");
    EXPECT_EQ(last_words(std::string(1000, 'x'), false), std::string(300, 'x') + "...");
}

}  // namespace
}  // namespace ttmem
