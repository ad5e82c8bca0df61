#include "src/apps/commands.h"

#include <chrono>
#include <iostream>

#include "src/analysis/failures/explained_failures.h"
#include "src/apps/sources/recordings.h"
#include "src/importers/graph_stream/stream_writer.h"
#include "src/importers/source.h"
#include "src/views/json/show.h"
#include "src/views/text/show.h"

namespace ttmem {
namespace show_parts {

struct Options {
    std::string path;
    bool as_stream = false;
};

WallTime now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Of the messages in a source and those that it has in fields of its own.
FailureScan all_failures(SourceContent& content) {
    FailureScan scan = std::move(content.scan);
    if (!content.use) return scan;
    FailureScan& own = content.use->failures;
    scan.more += own.more;
    scan.failures.insert(scan.failures.begin(), own.failures.begin(), own.failures.end());
    return scan;
}

ShowValues values_of(const ForeignSource& source, SourceContent content) {
    ShowValues values;
    values.generated_at = now();
    values.source = source.name();
    FailureScan scan = all_failures(content);
    if (content.use) {
        values.use = std::move(*content.use);
    } else {
        values.only_messages = true;
        values.use.format = "tt-metal-failure-messages";
        values.use.coverage.note(
            "Messages tell what one allocation asked for and what its banks had, not what else was in use.");
        values.use.coverage.merge(content.coverage);
    }
    if (content.searched_for_failures || !scan.failures.empty())
        values.failures = explained_failures(std::move(scan), nullptr);
    return values;
}

int show_stream(ForeignSource& source, const Terminal& terminal) {
    if (source.kind() != SourceKind::kCapturedGraph) {
        return terminal.fail({source.name() + " cannot be written as a stream",
                              "only captured graphs of ttnn say what is allocated and freed in which order",
                              "ttmem show " + source.path()},
                             kFailed);
    }
    const Result<StreamSummary> summary = write_captured_graph_as_stream(source.take_text(), source.name(), std::cout);
    std::cout.flush();
    if (!summary) return terminal.fail(summary.error(), kFailed);
    if (!std::cout)
        return terminal.fail({"the stream cannot be written", "standard output takes no more", ""}, kFailed);
    if (summary->left_out != 0) {
        terminal.message("ttmem: " + counted(summary->left_out, "event") +
                         " left out of the stream: the graph does not say their bytes or their memory\n");
    }
    return kOk;
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (is_capture_file(options.path)) {
        return terminal.fail({options.path + " is a capture of ttmem", "`ttmem show` is for what other programs wrote",
                              "ttmem peak, leaks, timeline, explain --last or info " + options.path},
                             kUsage);
    }
    Result<ForeignSource> source = ForeignSource::open(options.path);
    if (!source) return terminal.fail(source.error(), kFailed);
    if (options.as_stream) return show_stream(*source, terminal);
    Result<SourceContent> content = import_source(*source);
    if (!content) return terminal.fail(content.error(), kFailed);
    const ShowValues values = values_of(*source, std::move(content).value());
    return terminal.answer([&] { return show_text(values, terminal.look()); }, [&] { return show_json(values); });
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.text("FILE", options->path, "", "File, folder of a report, or - for standard input");
    list.flag("--as-stream", options->as_stream,
              "Write a captured graph as the stream of allocations that `ttmem-sim replay` reads");
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace show_parts

Command show_command() {
    using namespace show_parts;
    return {.name = "show",
            .summary = "show what a captured graph, report, log or error message says about device memory",
            .examples =
                "  ttmem show graph.json            a captured graph of ttnn\n"
                "  ttmem show ttnn_report/          the folder of a report, or its db.sqlite\n"
                "  zcat run.log.gz | ttmem show -   a log, for its states and failed allocations\n"
                "  ttmem show graph.json --as-stream > graph.jsonl\n",
            .details =
                "The first line is the verdict: what failed and what to do, or what the peak was. Files are\n"
                "recognized by content, not by name:\n"
                "\n"
                "- captured graphs of ttnn (ttnn.graph), and reports of ttnn (db.sqlite)\n"
                "- memory regions of tt-metal (/dev/shm/tt_device_0_memory), and its memory reports\n"
                "  (detailed_memory_usage.csv, memory_usage_summary.csv, l1_usage_summary.csv)\n"
                "- logs and memory reports of tt-mlir\n"
                "- logs of the allocation server\n"
                "- any text with tt-metal's messages about failed allocations\n"
                "\n"
                "Text can be UTF-16 or UTF-32, and compressed with gzip, xz, zstd or zip. If compressed text was\n"
                "cut off, what is there is read.\n",
            .add_options = add_options};
}

}  // namespace ttmem
