#include "src/apps/commands.h"

#include <unistd.h>

#include "src/apps/filter_options.h"
#include "src/base/text.h"
#include "src/collector/collector.h"
#include "src/daemon/legacy_socket.h"
#include "src/importers/source.h"
#include "src/views/json/explain.h"
#include "src/views/json/failures.h"
#include "src/views/json/legacy.h"
#include "src/views/text/explain.h"
#include "src/views/text/failures.h"
#include "src/views/text/legacy.h"

namespace ttmem {
namespace {

struct Options {
    Filter filter;
    DeviceAddress address;
    std::string file;       // "" when it is an address
    bool recorded = false;  // the word `failures`
};

int show(const Options& options, const Invocation& invocation) {
    const auto system = real_system();
    const Snapshot snapshot = collect(*system, {.pid = options.filter.pid, .run = {}, .live = true, .dead = true});
    const Terminal& terminal = invocation.terminal;
    const std::optional<LegacyState> legacy = options.filter.pid ? std::nullopt : ask_legacy_server();
    const bool told = legacy && !legacy_owners(*legacy, options.address.value).empty();
    if (snapshot.processes.empty() && !told && !terminal.json()) {
        return terminal.fail({"no process is known that could own an address",
                              "neither a running nor an ended process has a ledger here", "ttmem doctor"},
                             kNothingTracked);
    }
    const Explanation explanation = explain(snapshot, options.address, options.filter);
    const auto as_text = [&] {
        std::string text;
        if (!snapshot.processes.empty()) text = explain_text(snapshot, explanation, terminal.look());
        return text + legacy_owners_text(legacy, options.address.value, terminal.look());
    };
    const auto as_json = [&] {
        Json json = explain_json(snapshot, explanation);
        json["allocation_server"] = legacy_owners_json(legacy, options.address.value);
        return json;
    };
    return terminal.answer(as_text, as_json, snapshot.processes.empty() && !told ? kNothingTracked : kOk);
}

// The failures that a text tells of; who holds the space now is known where processes are tracked.
int show_failures(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    Result<ForeignSource> source = ForeignSource::open(options.file);
    if (!source) return terminal.fail(source.error(), kFailed);
    if (source->kind() == SourceKind::kTtnnReport || source->kind() == SourceKind::kShmRegion) {
        return terminal.fail(
            {source->name() + " is no text that messages could stand in", "", "ttmem show " + source->path()}, kFailed);
    }
    Result<FailureScan> scan = scan_failures(source->take_text(), source->name());
    if (!scan) return terminal.fail(scan.error(), kFailed);
    if (scan->failures.empty()) {
        return terminal.fail(
            {source->name() + " has no message of a failed allocation",
             "its " + std::to_string(scan->bytes_read) + " bytes have none of the messages that tt-metal prints then",
             "give it the whole log or the exception's text; ttmem show shows what else may be in it"},
            kFailed);
    }
    const auto system = real_system();
    const Snapshot snapshot = collect(*system, {.pid = options.filter.pid, .run = {}, .live = true, .dead = false});
    const bool tracked = !snapshot.processes.empty();
    ExplainFailuresValues values;
    values.generated_at = snapshot.generated_at;
    values.source = source->name();
    values.snapshot = tracked ? &snapshot : nullptr;
    values.shown = explained_failures(std::move(scan).value(), values.snapshot);
    return terminal.answer([&] { return explain_failures_text(values, terminal.look()); },
                           [&] { return explain_failures_json(values); });
}

// The failures that processes recorded when they happened. What others hold is told as it is now.
int show_recorded(const Options& options, const Invocation& invocation) {
    const auto system = real_system();
    const Snapshot snapshot = collect(*system, {.pid = options.filter.pid, .run = {}, .live = true, .dead = true});
    const Terminal& terminal = invocation.terminal;
    if (snapshot.processes.empty() && !terminal.json()) {
        return terminal.fail({"no process is known that could have recorded a failure",
                              "neither a running nor an ended process has a ledger here", "ttmem doctor"},
                             kNothingTracked);
    }
    ExplainFailuresValues values;
    values.generated_at = snapshot.generated_at;
    values.source = counted(snapshot.processes.size(), "tracked process", "tracked processes");
    values.snapshot = &snapshot;
    values.shown = recorded_failures(snapshot);
    values.coverage = snapshot.coverage;
    return terminal.answer([&] { return explain_failures_text(values, terminal.look()); },
                           [&] { return explain_failures_json(values); },
                           snapshot.processes.empty() ? kNothingTracked : kOk);
}

bool is_source(const std::string& text) { return text == "-" || ::access(text.c_str(), F_OK) == 0; }

// Fills `options` with what is to be explained; gives what is wrong with the text.
std::string parse_subject(const std::string& text, Options& options) {
    options.recorded = text == "failures";
    if (options.recorded) return "";
    if (const std::optional<uint64_t> address = parse_number(text)) {
        options.address = DeviceAddress{*address};
    } else if (is_source(text)) {
        options.file = text;
    } else {
        return "`" + text + "` is not a number such as 1073737728 or 0x3ffff000, and no file";
    }
    return "";
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.parsed(
        "ADDRESS", "",
        "An offset in a bank, decimal or as 0x...; or `failures`, those that processes recorded; or a file with "
        "messages of failed allocations, - for standard input",
        [options](const std::string& text) { return parse_subject(text, *options); });
    add_filter_options(list, std::shared_ptr<Filter>(options, &options->filter));
    return [options](const Invocation& invocation) {
        if (options->recorded) return show_recorded(*options, invocation);
        return options->file.empty() ? show(*options, invocation) : show_failures(*options, invocation);
    };
}

}  // namespace

Command explain_command() {
    return {.name = "explain",
            .summary = "whose an address is, or why an allocation failed, told in sentences",
            .examples =
                "  ttmem explain 1073737728\n"
                "  ttmem explain 0x3ffff000 --pool dram --chip 0\n"
                "  ttmem explain 0x20000 --json | jq -r '.matches[].story[]'\n"
                "  ttmem explain failures --pid 4711       what a process could not allocate, and what would help\n"
                "  ttmem explain run.log                   the same of the messages in a log\n",
            .details =
                "An address is an offset inside a bank, the same in every bank and on every chip of a mesh; so one\n"
                "address may have several owners: one per pool and process. Ended processes are looked at, too.\n"
                "Without an owner the live blocks beside the address are named, and the exit code is 0.\n"
                "In a file, tt-metal's messages of failed allocations are found however they are wrapped, cut off or\n"
                "coloured. Who holds the space is told from what is live now; of the options only --pid counts then.\n",
            .add_options = add_options};
}

}  // namespace ttmem
