#include "src/collector/run_id.h"

#include <gtest/gtest.h>

#include "src/base/text.h"

namespace ttmem {
namespace {

TEST(RunId, OfARunWithinRunsBeginsAsTheirs) {
    const LedgerId first = make_run_id({}).value(), second = make_run_id(first).value(),
                   third = make_run_id(second).value();
    EXPECT_EQ(hex128(first.value).substr(14), std::string(18, '0'));
    EXPECT_EQ(hex128(second.value).substr(0, 14), hex128(first.value).substr(0, 14));
    EXPECT_EQ(hex128(second.value).substr(24), std::string(8, '0'));
    EXPECT_EQ(hex128(third.value).substr(0, 24), hex128(second.value).substr(0, 24));
    EXPECT_TRUE(is_outermost(first));
    EXPECT_FALSE(is_outermost(second));
    EXPECT_FALSE(make_run_id(third)) << "a fourth has no room in it";
}

TEST(RunId, TellsWhatIsWithinWhat) {
    const LedgerId outer = make_run_id({}).value(), inner = make_run_id(outer).value(),
                   beside = make_run_id(outer).value(), other = make_run_id({}).value();
    EXPECT_TRUE(run_is_within(outer, outer));
    EXPECT_TRUE(run_is_within(inner, outer));
    EXPECT_TRUE(run_is_within(make_run_id(inner).value(), outer));
    EXPECT_FALSE(run_is_within(outer, inner));
    EXPECT_FALSE(run_is_within(inner, beside));
    EXPECT_FALSE(run_is_within(other, outer));
    EXPECT_FALSE(run_is_within(LedgerId{}, outer)) << "a process of no run";
    EXPECT_FALSE(run_is_within(outer, LedgerId{}));
}

}  // namespace
}  // namespace ttmem
