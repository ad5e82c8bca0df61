#include "src/views/json/accumulated.h"

#include <algorithm>

#include "src/base/text.h"
#include "src/views/json/growth.h"
#include "src/views/json/recorded.h"

namespace ttmem {

Json accumulated_json(const Snapshot& snapshot, const std::optional<std::vector<Accumulated>>& owners, Over over) {
    if (!owners) return nullptr;
    Json list = Json::array();
    for (size_t i = 0; i < std::min(owners->size(), kMostRows); ++i) {
        const Accumulated& owner = (*owners)[i];
        Json item = process_id_json(snapshot.processes[owner.process.value]);
        item["op"] = text_or_null(owner.op);
        item["tag"] = text_or_null(owner.tag);
        item["class"] = class_name(owner.allocation_class);
        item["pool"] = pool_name(owner.pool);
        item["several"] = owner.several;
        item["iterations"] = owner.iterations;
        add_grown(item, owner.grown, over);
        item["outlived"] = owner.outlived ? Json(owner.iterations) : Json(nullptr);
        item["iterations_called"] = text_or_null(owner.outlived ? owner.iterations_called : "");
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace ttmem
