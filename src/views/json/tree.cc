#include "src/views/json/tree.h"

#include "src/base/text.h"
#include "src/model/call_stack.h"
#include "src/views/json/core_need.h"
#include "src/views/json/recorded.h"

namespace ttmem {
namespace {

Json node_name(const Snapshot& tables, TreeLevel level, uint32_t number) {
    switch (level) {
        case TreeLevel::kProcess:
            return tables.processes[number].pid;
        case TreeLevel::kOp:
        case TreeLevel::kTag:
            return text_or_null(tables.texts[number]);
        case TreeLevel::kLine:
            return text_or_null(line_of(tables, number));
        case TreeLevel::kClass:
            return class_name(static_cast<AllocationClass>(number));
        case TreeLevel::kPart:
            return part_name(static_cast<Part>(number));
        case TreeLevel::kThread:
            return number != 0 ? Json(number) : Json(nullptr);
    }
    return nullptr;
}

// `rows`: so many more may be written.
Json children_json(const TreeValues& values, const TreeNode& node, size_t depth, size_t& rows, uint64_t& left_out) {
    Json json = Json::array();
    if (depth == values.levels.size()) return json;
    for (const TreeNode& child : node.children) {
        if (rows == 0) {
            ++left_out;
            continue;
        }
        --rows;
        Json item;
        item["by"] = tree_level_name(values.levels[depth]);
        item["name"] = node_name(values.recording.end, values.levels[depth], child.number);
        item.update(sum_json(child.sum));
        item["children"] = children_json(values, child, depth + 1, rows, left_out);
        json.push_back(std::move(item));
    }
    return json;
}

}  // namespace

Json tree_json(const TreeValues& values) {
    Json json = recording_document("tree", values.recording, values.coverage);
    json["at"] = values.at_peak ? "peak" : "end";
    size_t rows = kMostRows;
    uint64_t left_out = 0;
    json["pools"] = Json::array();
    for (const TreeValues::PoolTree& pool : values.pools) {
        Json item;
        item["chips"] = chip_ids_json(pool.chips);
        item["pool"] = pool_name(pool.pool);
        item.update(sum_json(pool.root.sum));
        item["children"] = children_json(values, pool.root, 0, rows, left_out);
        json["pools"].push_back(std::move(item));
    }
    json["nodes_left_out"] = left_out;
    json["cores"] = core_needs_json(values.recording, Holders(values.recording.end), values.cores);
    return json;
}

}  // namespace ttmem
