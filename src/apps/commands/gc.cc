#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "src/apps/commands.h"
#include "src/collector/gc.h"
#include "src/views/json/gc.h"
#include "src/views/text/gc.h"

namespace ttmem {
namespace gc_parts {

struct Options {
    GcRule rule;
    bool everywhere = false;
    bool yes = false;
};

GcValues values_of(const GcResult& result, const GcRule& rule, const System& system) {
    GcValues values;
    values.generated_at = system.now();
    values.dry_run = rule.dry_run;
    for (const GcFile& file : result.removed)
        values.removed.push_back({file.path, file.pid, file.bytes, file.last_sign});
    values.kept_dead = result.kept_dead;
    values.kept_dead_bytes = result.kept_dead_bytes;
    values.kept_young = result.kept_young;
    values.kept_unreadable = result.kept_unreadable;
    values.live = result.live;
    values.coverage = result.coverage;
    values.errors = result.errors;
    return values;
}

int exit_code_of(const GcValues& values) {
    if (!values.errors.empty()) return kFailed;
    return values.coverage.complete ? kOk : kInconclusive;
}

bool said_yes(const Terminal& terminal) {
    terminal.message("Remove these? [y/N] ");
    std::string answer;
    for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) answer += static_cast<char>(c);
    return answer == "y" || answer == "Y" || answer == "yes";
}

// What --all would remove, told to people; and whether they want that. Only what they have seen is removed then.
bool is_confirmed(GcRule& rule, const System& system, const Terminal& terminal) {
    GcRule look = rule;
    look.dry_run = true;
    const GcResult result = collect_garbage(system, look);
    terminal.message(gc_text(values_of(result, look, system), terminal.message_look()));
    if (result.removed.empty()) return true;
    rule.named.emplace();
    for (const GcFile& file : result.removed) rule.named->insert(file.path);
    return said_yes(terminal);
}

int clean(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    GcRule rule = options.rule;
    rule.uid = ::geteuid();
    const char* chosen = std::getenv("TTMEM_DIR");
    if (chosen != nullptr && !options.everywhere) rule.directory = chosen;
    const auto system = real_system();
    if (rule.all && !rule.dry_run && !options.yes) {
        if (terminal.json() || ::isatty(STDIN_FILENO) != 1) {
            return terminal.fail({"`gc --all` asks before it removes, and no one is here to answer", "",
                                  "ttmem gc --all --dry-run shows what would go; ttmem gc --all --yes removes it"},
                                 kUsage);
        }
        if (!is_confirmed(rule, *system, terminal)) return terminal.answer("Nothing was removed.\n", kFailed);
    }
    const GcResult result = collect_garbage(*system, rule);
    const GcValues values = values_of(result, rule, *system);
    return terminal.answer([&] { return gc_text(values, terminal.look()); }, [&] { return gc_json(values); },
                           exit_code_of(values));
}

}  // namespace gc_parts

Command gc_command() {
    using namespace gc_parts;
    return {.name = "gc",
            .summary = "remove old ledgers of your ended processes",
            .examples =
                "  ttmem gc                       what exceeds 64 ledgers, 128 MiB or 7 days\n"
                "  ttmem gc --all                 every ledger of an ended process; lists them and asks first\n"
                "  ttmem gc --all --dry-run       only list them\n"
                "  ttmem gc --all --force --yes   also those that ended just now, without asking\n",
            .details =
                "`ps --dead`, `leaks` and `explain` know ended processes from their ledgers. Programs remove old\n"
                "ledgers when they start; this command does it by hand. It never touches ledgers of running\n"
                "processes or of other users, and keeps those of processes that ended less than 10 minutes ago\n"
                "unless --force is given. A file that cannot be read as a ledger is kept unless --all is given, and\n"
                "makes the answer incomplete, because nobody knows whose it was.\n"
                "\n"
                "If TTMEM_DIR is set, only that directory is cleaned unless --everywhere is given.\n"
                "\n"
                "Exit code: 1 if something could not be removed, 12 if not everything could be read.\n",
            .add_options = [](OptionList& list) -> Run {
                const auto options = std::make_shared<Options>();
                list.flag("--all", options->rule.all, "Remove every ledger of an ended process");
                list.flag("--force", options->rule.force, "Include processes that ended less than 10 minutes ago");
                list.flag("--everywhere", options->everywhere,
                          "Clean all of your directories, even if TTMEM_DIR is set");
                list.flag("-y,--yes", options->yes, "Do not ask before removing");
                list.flag("--dry-run", options->rule.dry_run, "Show what would be removed, but remove nothing");
                return [options](const Invocation& invocation) { return clean(*options, invocation); };
            }};
}

}  // namespace ttmem
