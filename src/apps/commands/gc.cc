#include "src/apps/commands.h"

#include <unistd.h>

#include "src/collector/gc.h"
#include "src/views/json/gc.h"
#include "src/views/text/gc.h"

namespace ttmem {
namespace {

int clean(const GcRule& rule, const Invocation& invocation) {
    const auto system = real_system();
    const GcResult result = collect_garbage(*system, rule);
    GcValues values{system->now(),          rule.dry_run, {},           result.kept_dead,
                    result.kept_dead_bytes, result.live,  result.errors};
    for (const GcFile& file : result.removed)
        values.removed.push_back({file.path, file.pid, file.bytes, file.last_sign});
    const Terminal& terminal = invocation.terminal;
    return terminal.answer([&] { return gc_text(values, terminal.look()); }, [&] { return gc_json(values); },
                           result.errors.empty() ? kOk : kFailed);
}

}  // namespace

Command gc_command() {
    return {.name = "gc",
            .summary = "remove old ledgers of your ended processes",
            .examples =
                "  ttmem gc                        beyond 64 ledgers, 128 MiB or 7 days\n"
                "  ttmem gc --all                  every one of an ended process\n"
                "  ttmem gc --all --dry-run        only show which\n",
            .details =
                "A ledger is what `ps --dead`, `leaks` and `explain` know an ended process from. Programs remove old\n"
                "ones themselves when they start; this does it by hand. Ledgers of running processes and of other\n"
                "users are never touched, and one that ended less than 10 minutes ago stays unless --all is given\n"
                "or the 128 MiB are exceeded.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto rule = std::make_shared<GcRule>();
                rule->uid = ::geteuid();
                list.flag("--all", rule->all, "Every ledger of an ended process");
                list.flag("--dry-run", rule->dry_run, "Show what would be removed, and remove nothing");
                return [rule](const Invocation& invocation) { return clean(*rule, invocation); };
            }};
}

}  // namespace ttmem
