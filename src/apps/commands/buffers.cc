#include "src/apps/commands.h"

#include <optional>

#include "src/apps/options/asked_moment.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/sources/tracked.h"
#include "src/views/json/buffers.h"
#include "src/views/text/buffers.h"

namespace ttmem {
namespace buffers_parts {

constexpr const char* kSortKeys = "reserved|requested|age|address|op|pid";

constexpr size_t kTextLimit = 50;

struct Options {
    Filter filter;
    std::string capture;
    AskedMoment moment;  // its `at`
    std::string sort = "reserved";
    std::optional<size_t> limit;
};

SortKey sort_key(const std::string& name) {
    if (name == "requested") return SortKey::kRequested;
    if (name == "age") return SortKey::kAge;
    if (name == "address") return SortKey::kAddress;
    if (name == "op") return SortKey::kOp;
    if (name == "pid") return SortKey::kPid;
    return SortKey::kReserved;
}

int show(const Options& options, const Invocation& invocation) {
    Asked asked{.filter = options.filter};
    asked.capture = options.capture;
    asked.judged = true;
    // Of a capture also what ended processes held: it is all that is left of a run.
    if (!asked.capture.empty()) asked.filter.standing.reset();
    const auto tells = [](const Snapshot& s) { return !s.allocations.empty(); };
    Result<Tracked> looked = look_at_moment(asked, options.moment.at, tells, true);
    if (!looked) return invocation.terminal.fail(looked.error(), kFailed);
    const Snapshot& snapshot = looked->snapshot;
    const Terminal& terminal = invocation.terminal;
    const std::optional<Error> unknown_process = unknown(asked, snapshot);
    if (unknown_process && !terminal.json()) return terminal.fail(*unknown_process, kNothingTracked);
    BuffersValues values{snapshot,
                         select(snapshot, asked.filter),
                         options.limit.value_or(terminal.json() ? 0 : kTextLimit),
                         std::move(looked->untracked),
                         over_chips_of(options.filter),
                         std::move(looked->moment),
                         std::move(looked->other_moment)};
    sort(snapshot, values.selection, sort_key(options.sort));
    return terminal.answer([&] { return buffers_text(values, terminal.look()); }, [&] { return buffers_json(values); },
                           code_of(snapshot));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    options->filter.standing = Standing::kLive;
    add_capture_option(list, std::shared_ptr<std::string>(options, &options->capture));
    add_moment_option(list, std::shared_ptr<AskedMoment>(options, &options->moment));
    add_filter_options(list, std::shared_ptr<Filter>(options, &options->filter));
    list.parsed("--sort", kSortKeys,
                "Sort key: largest or oldest first; address, op and pid in ascending order (default: reserved)",
                [options](const std::string& name) {
                    options->sort = name;
                    const bool known = name == "reserved" || sort_key(name) != SortKey::kReserved;
                    return known ? "" : not_one_of(name, kSortKeys);
                });
    list.number("--limit", options->limit, "N", "Show at most this many; 0 for all (default: 50; all with --json)");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace buffers_parts

Command buffers_command() {
    using namespace buffers_parts;
    return {.name = "buffers",
            .summary = "list live allocations, with owner, class, operation and age",
            .examples =
                "  ttmem buffers                            the 50 largest\n"
                "  ttmem buffers --pool l1 --sort age       the oldest in L1\n"
                "  ttmem buffers --chip 3 --op matmul --min-bytes 1M\n"
                "  ttmem buffers run.ttmem --at dram-peak   what was live at the peak of DRAM\n"
                "  ttmem buffers --json | jq '[.items[].reserved_bytes] | add'\n",
            .details =
                "An allocation on a mesh is one line; its bytes are those on each of its chips. The total is over\n"
                "all chips, or, with --chip, of that chip. Sizes can be given as 64K or 1.5MiB (powers of 1024), or\n"
                "as 10kB (powers of 1000).\n"
                "\n"
                "For a capture, the list shows its end: what was live, what ended processes held, and what the\n"
                "close of a device released, each with its verdict. If that is nothing, it shows the peak of DRAM\n"
                "instead.\n",
            .add_options = add_options};
}

}  // namespace ttmem
