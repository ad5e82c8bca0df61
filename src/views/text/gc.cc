#include "src/views/text/gc.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/views/text/table.h"

namespace ttmem {

std::string gc_text(const GcValues& values, const Look& look) {
    uint64_t bytes = 0;
    Table table({{"PID", Align::kRight}, {"LAST SIGN OF LIFE", Align::kRight}, {"SIZE", Align::kRight}, {"LEDGER"}});
    for (const RemovedLedger& ledger : values.removed) {
        bytes += ledger.bytes;
        table.add({std::to_string(ledger.pid), age_text(values.generated_at, ledger.last_sign) + " ago",
                   look.bytes(ledger.bytes), printable(ledger.path)});
    }
    std::string text = values.removed.empty() ? "" : table.render(look);
    text += fmt::format("{}: {} of ended processes, {}. Kept: {} of ended processes ({}), {} of running ones.\n",
                        values.dry_run ? "Would remove" : "Removed", counted(values.removed.size(), "ledger"),
                        look.bytes(bytes), values.kept_dead, look.bytes(values.kept_dead_bytes), values.live);
    for (const Error& error : values.errors) {
        text += look.paint(Tone::kWarning, "Not removed:") + " " + printable(error.what);
        if (!error.why.empty()) text += ": " + printable(error.why);
        text += "\n";
    }
    return text;
}

Json gc_json(const GcValues& values) {
    Json json = document("gc", values.generated_at, {});
    json["dry_run"] = values.dry_run;
    json["items"] = Json::array();
    for (const RemovedLedger& ledger : values.removed) {
        Json item;
        item["pid"] = ledger.pid;
        item["ledger_path"] = valid_utf8(ledger.path);
        item["bytes"] = ledger.bytes;
        item["last_sign"] = rfc3339(ledger.last_sign);
        json["items"].push_back(std::move(item));
    }
    json["kept_dead"] = values.kept_dead;
    json["kept_dead_bytes"] = values.kept_dead_bytes;
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
