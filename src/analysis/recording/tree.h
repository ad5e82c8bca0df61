// Who holds what, as a tree: shares of a moment, added up level by level.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/analysis/recording/peak.h"

namespace ttmem {

// What a level of the tree is split by.
enum class TreeLevel : uint8_t { kProcess, kOp, kTag, kLine, kClass, kPart, kThread };
std::optional<TreeLevel> tree_level_from_name(
    std::string_view name);  // "process", "op", "tag", "line", "class", "part", "thread"
std::string_view tree_level_name(TreeLevel level);

struct TreeNode {
    uint32_t number = 0;  // a process, a text, a class, a part, a thread, or LiveShare::line
    Sum sum;
    std::vector<TreeNode> children;  // largest reserved bytes first; they add up to `sum`
};

// The root, which is all of the shares.
TreeNode tree_of(const std::vector<LiveShare>& shares, const std::vector<TreeLevel>& levels);

}  // namespace ttmem
