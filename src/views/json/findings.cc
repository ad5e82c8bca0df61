#include "src/views/json/findings.h"

#include "src/base/text.h"

namespace ttmem {

Json findings_json(const std::vector<Finding>& findings, WallTime generated_at, const Coverage& coverage) {
    Json json = document("doctor", generated_at, coverage);
    json["health"] = health_name(overall(findings));
    json["items"] = Json::array();
    for (const Finding& f : findings) {
        Json item;
        item["check"] = f.check;
        item["health"] = health_name(f.health);
        item["found"] = valid_utf8(f.found);
        item["next"] = f.next.empty() ? Json(nullptr) : Json(valid_utf8(f.next));
        json["items"].push_back(std::move(item));
    }
    return json;
}

}  // namespace ttmem
