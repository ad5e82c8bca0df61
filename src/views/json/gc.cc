#include "src/views/json/gc.h"

#include "src/base/text.h"

namespace ttmem {

Json gc_json(const GcValues& values) {
    Coverage coverage = values.coverage;
    for (const Error& error : values.errors) coverage.note(valid_utf8(error.what + ": " + error.why));
    Json json = document("gc", values.generated_at, coverage);
    json["dry_run"] = values.dry_run;
    json["items"] = Json::array();
    for (const RemovedLedger& ledger : values.removed) {
        Json item;
        item["pid"] = or_null(ledger.pid);
        item["ledger_path"] = valid_utf8(ledger.path);
        item["bytes"] = ledger.bytes;
        item["last_sign"] = rfc3339(ledger.last_sign);
        json["items"].push_back(std::move(item));
    }
    json["kept_dead"] = values.kept_dead;
    json["kept_dead_bytes"] = values.kept_dead_bytes;
    json["kept_young"] = values.kept_young;
    json["kept_unreadable"] = values.kept_unreadable;
    json["live"] = values.live;
    json["errors"] = Json::array();
    for (const Error& error : values.errors) {
        json["errors"].push_back({{"what", valid_utf8(error.what)},
                                  {"why", text_or_null(error.why)},
                                  {"next_step", text_or_null(error.next)}});
    }
    return json;
}

}  // namespace ttmem
