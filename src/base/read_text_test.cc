#include "src/base/read_text.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ttmem {
namespace {

TEST(ReadText, HasAllOfAFile) {
    const std::optional<std::string> maps = read_text("/proc/self/maps");
    ASSERT_TRUE(maps);
    EXPECT_NE(maps->find("[stack]"), std::string::npos);
    EXPECT_EQ(read_text("/dev/null"), "");
}

TEST(ReadText, OfWhatCannotBeReadHasNothingAndThrowsNothing) {
    EXPECT_FALSE(read_text("/proc"));
    EXPECT_FALSE(read_text("/there/is/no/such/file"));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
    // A process that has ended and is not yet waited for has files without any memory behind them.
    EXPECT_EQ(read_text("/proc/" + std::to_string(child) + "/maps").value_or(""), "");
    ::waitpid(child, nullptr, 0);
    EXPECT_FALSE(read_text("/proc/" + std::to_string(child) + "/maps"));
}

}  // namespace
}  // namespace ttmem
