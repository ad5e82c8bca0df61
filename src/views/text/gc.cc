#include "src/views/text/gc.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {

std::string gc_text(const GcValues& values, const Look& look) {
    uint64_t bytes = 0, unreadable = 0;
    Table table({{"PID", Align::kRight},
                 {"LAST SIGN OF LIFE", Align::kRight},
                 {"SIZE", Align::kRight},
                 {.title = "LEDGER", .may_shorten = true}});
    for (const RemovedLedger& ledger : values.removed) {
        bytes += ledger.bytes;
        unreadable += !ledger.pid;
        table.add({ledger.pid ? std::to_string(*ledger.pid) : "?",
                   age_text(values.generated_at, ledger.last_sign) + " ago", look.bytes(ledger.bytes),
                   printable(ledger.path)});
    }
    const auto ended = [](const std::string& ledgers, uint64_t unread) {
        return ledgers + " of ended processes" +
               (unread == 0 ? "" : " and " + counted(unread, "file") + " that cannot be read as a ledger");
    };
    std::string text =
        fmt::format("{}: {}, {}. Kept: {} ({}), {} of running ones.\n", values.dry_run ? "Would remove" : "Removed",
                    ended(counted(values.removed.size() - unreadable, "ledger"), unreadable), look.bytes(bytes),
                    ended(with_commas(values.kept_dead - values.kept_unreadable), values.kept_unreadable),
                    look.bytes(values.kept_dead_bytes), values.live);
    if (values.kept_young != 0) {
        text += fmt::format("{} less than 10 minutes old and kept; --force removes such, too.\n",
                            counted(values.kept_young, "ledger is", "ledgers are"));
    }
    for (const Error& error : values.errors) {
        text += look.paint(Tone::kWarning, "Not removed:") + " " + printable(error.what);
        if (!error.why.empty()) text += ": " + printable(error.why);
        text += "\n";
    }
    return (values.removed.empty() ? "" : table.render(look)) + wrapped(text, look) +
           coverage_lines(values.coverage, look);
}

}  // namespace ttmem
