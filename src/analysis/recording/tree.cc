#include "src/analysis/recording/tree.h"

#include <algorithm>
#include <map>

namespace ttmem {
namespace {

struct Growing {
    Sum sum;
    std::map<uint32_t, Growing> children;
};

uint32_t number_of(const LiveShare& share, TreeLevel level) {
    switch (level) {
        case TreeLevel::kProcess:
            return share.process;
        case TreeLevel::kOp:
            return share.op;
        case TreeLevel::kTag:
            return share.tag;
        case TreeLevel::kLine:
            return share.line;
        case TreeLevel::kClass:
            return static_cast<uint32_t>(share.allocation_class);
        case TreeLevel::kPart:
            return static_cast<uint32_t>(share.part);
        case TreeLevel::kThread:
            return share.thread;
    }
    return 0;
}

TreeNode grown(uint32_t number, const Growing& growing) {
    TreeNode node{number, growing.sum, {}};
    for (const auto& [child, of] : growing.children) node.children.push_back(grown(child, of));
    std::stable_sort(node.children.begin(), node.children.end(),
                     [](const TreeNode& a, const TreeNode& b) { return a.sum.reserved_bytes > b.sum.reserved_bytes; });
    return node;
}

struct LevelName {
    std::string_view name;
    TreeLevel level;
};
constexpr LevelName kLevelNames[] = {{"process", TreeLevel::kProcess}, {"op", TreeLevel::kOp},
                                     {"tag", TreeLevel::kTag},         {"line", TreeLevel::kLine},
                                     {"class", TreeLevel::kClass},     {"part", TreeLevel::kPart},
                                     {"thread", TreeLevel::kThread}};

}  // namespace

std::optional<TreeLevel> tree_level_from_name(std::string_view name) {
    for (const LevelName& known : kLevelNames) {
        if (known.name == name) return known.level;
    }
    return std::nullopt;
}

std::string_view tree_level_name(TreeLevel level) {
    for (const LevelName& known : kLevelNames) {
        if (known.level == level) return known.name;
    }
    return "";
}

TreeNode tree_of(const std::vector<LiveShare>& shares, const std::vector<TreeLevel>& levels) {
    Growing root;
    for (const LiveShare& share : shares) {
        Growing* node = &root;
        node->sum += share.sum;
        for (const TreeLevel level : levels) {
            node = &node->children[number_of(share, level)];
            node->sum += share.sum;
        }
    }
    return grown(0, root);
}

}  // namespace ttmem
