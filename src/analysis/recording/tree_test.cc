#include "src/analysis/recording/tree.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

LiveShare share(uint32_t op, uint32_t tag, uint64_t bytes) {
    LiveShare made;
    made.op = op, made.tag = tag;
    made.sum = {1, bytes, bytes};
    return made;
}

TEST(Tree, AddsUpLevelByLevelLargestFirst) {
    const TreeNode root =
        tree_of({share(1, 1, 10), share(2, 1, 50), share(1, 2, 20)}, {TreeLevel::kOp, TreeLevel::kTag});
    EXPECT_EQ(root.sum, (Sum{3, 80, 80}));
    ASSERT_EQ(root.children.size(), 2u);
    EXPECT_EQ(root.children[0].number, 2u);
    EXPECT_EQ(root.children[1].sum, (Sum{2, 30, 30}));
    ASSERT_EQ(root.children[1].children.size(), 2u);
    EXPECT_EQ(root.children[1].children[0].number, 2u);
}

TEST(Tree, KnowsItsLevelsByName) {
    EXPECT_EQ(tree_level_from_name("tag"), TreeLevel::kTag);
    EXPECT_EQ(tree_level_name(TreeLevel::kTag), "tag");
    EXPECT_FALSE(tree_level_from_name("size"));
}

}  // namespace
}  // namespace ttmem
