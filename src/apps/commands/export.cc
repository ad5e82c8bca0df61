#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/running/report_file.h"
#include "src/apps/sources/recorded_page.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/exports/clickhouse.h"
#include "src/exports/memory_viz.h"
#include "src/exports/perfetto.h"
#include "src/exports/stacks.h"
#include "src/exports/table.h"
#include "src/exports/ttnn_report.h"

namespace ttmem {
namespace export_parts {

struct Options {
    std::string format;
    AskedRecording asked;
    std::string output;
    bool force = false;
    uint64_t most_bytes = 0;
    bool allocations = false;  // rows of tables are allocations, not events
    ClickHouseTables tables;
    bool tables_are_chosen = false;
    bool at_end = false;  // of the collapsed stacks
};

// A form of somebody else, and what opens it. Without `write` it is a folder, which write_ttnn_report() makes.
struct Format {
    std::string_view name;
    bool is_text;
    std::string_view reader;
    Result<Exported> (*write)(const Options& options, const Recording& recording, ByteSink& sink);
};

template <RowSyntax kSyntax>
Result<Exported> write_table(const Options& options, const Recording& recording, ByteSink& sink) {
    return options.allocations ? write_allocation_table(recording, kSyntax, sink)
                               : write_event_table(recording, kSyntax, sink);
}

Result<Exported> write_clickhouse(const Options& options, const Recording& recording, ByteSink& sink) {
    return write_clickhouse(recording, options.tables, sink);
}

Result<Exported> write_collapsed(const Options& options, const Recording& recording, ByteSink& sink) {
    return write_collapsed(recording, options.at_end, sink);
}

template <auto kWrite>
Result<Exported> write_all(const Options&, const Recording& recording, ByteSink& sink) {
    return kWrite(recording, sink);
}

// As `ttmem page`.
Result<Exported> write_html(const Options& options, const Recording& recording, ByteSink& sink) {
    const Result<PageFile> page = page_file(options.asked, recording, {}, options.most_bytes);
    if (!page) return page.error();
    sink.put(page->html);
    Exported exported;
    exported.unit = "allocation";
    exported.items = page->allocations - page->left_out;
    exported.left_out = page->left_out;
    exported.coverage = page->coverage;
    return exported;
}

constexpr std::array kFormats = {
    Format{"html", true, "a browser", write_html},
    Format{"csv", true, "a spreadsheet, pandas, DuckDB", write_table<RowSyntax::kCsv>},
    Format{"jsonl", true, "jq, pandas, DuckDB", write_table<RowSyntax::kJsonLines>},
    Format{"clickhouse", true, "clickhouse-client --multiquery", write_clickhouse},
    Format{"collapsed", true, "flamegraph.pl, inferno-flamegraph", write_collapsed},
    Format{"speedscope", true, "https://www.speedscope.app", write_all<write_speedscope>},
    Format{"pprof", false, "pprof -http=: FILE", write_all<write_pprof>},
    Format{"perfetto", false, "https://ui.perfetto.dev", write_all<write_perfetto>},
    Format{"memory_viz", false, "https://pytorch.org/memory_viz", write_all<write_memory_viz>},
    Format{"ttnn-report", false, "ttnn-visualizer --profiler-path FOLDER", nullptr},
};

std::string names_of_formats() {
    std::string names;
    for (const Format& format : kFormats) names += (names.empty() ? "" : "|") + std::string(format.name);
    return names;
}

const Format& format_of(const Options& options) {
    return *std::find_if(kFormats.begin(), kFormats.end(),
                         [&](const Format& format) { return format.name == options.format; });
}

// Into the file or folder, or to stdout. `unwritten`: what kept it from stdout (errno).
Result<Exported> write(const Options& options, const Recording& recording, uint64_t& bytes, int& unwritten) {
    if (format_of(options).write == nullptr) {
        return write_ttnn_report(recording, options.output, options.force, options.most_bytes, bytes);
    }
    Result<Exported> exported = Exported{};
    const auto fill = [&](const ReportFile::Put& put) {
        ByteSink sink(put, options.most_bytes);
        exported = format_of(options).write(options, recording, sink);
        bytes = sink.bytes();
        return exported.has_value() && sink.finish();
    };
    if (options.output.empty()) {
        const auto is_done = [&](bool done) {
            if (!done) unwritten = errno;
            return done;
        };
        const auto to_stdout = [&](std::string_view piece) {
            return is_done(std::fwrite(piece.data(), 1, piece.size(), stdout) == piece.size());
        };
        if (fill(to_stdout)) is_done(std::fflush(stdout) == 0);
        return exported;
    }
    Result<ReportFile> file = ReportFile::prepare(options.output, existing(options.force), "export", "-o");
    if (!file) return file.error();
    if (const Result<void> written = file->write(fill); !written) return exported ? written.error() : exported.error();
    return exported;
}

std::string summary(const Options& options, const Exported& exported, uint64_t bytes, const Look& look) {
    return fmt::format("{}: {}, {}; for {}\n", printable(options.output), counted(exported.items, exported.unit),
                       look.bytes(bytes), format_of(options).reader);
}

Json summary_json(const Options& options, const Exported& exported, uint64_t bytes, WallTime at) {
    Json json = document("export", at, exported.coverage);
    json["format"] = options.format;
    json["file"] = valid_utf8(options.output);
    json["bytes"] = bytes;
    json["unit"] = exported.unit;
    json["items"] = exported.items;
    json["left_out"] = exported.left_out;
    json["notes"] = exported.notes;
    return json;
}

// An option that is given and that the format has no use for; "" none.
std::string_view without_meaning(const Options& options) {
    if (options.allocations && options.format != "csv" && options.format != "jsonl") return "--allocations";
    if (options.tables_are_chosen && options.format != "clickhouse") return "--tables";
    if (options.at_end && options.format != "collapsed") return "--end";
    return "";
}

int run(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (const std::string_view without = without_meaning(options); !without.empty()) {
        return terminal.fail(
            {fmt::format("{} has no meaning for {}", without, options.format), "", "ttmem export --help"}, kUsage);
    }
    if (options.output.empty() && terminal.json()) {
        return terminal.fail({"the export and the answer of --json cannot both go to stdout", "", "give -o FILE"},
                             kUsage);
    }
    if (options.output.empty() && format_of(options).write == nullptr) {
        return terminal.fail({options.format + " is a folder", "none is given", "give -o FOLDER"}, kUsage);
    }
    if (options.output.empty() && !format_of(options).is_text && ::isatty(STDOUT_FILENO) == 1) {
        return terminal.fail({options.format + " is not text, and stdout is a terminal", "", "give -o FILE"}, kUsage);
    }
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    uint64_t bytes = 0;
    int unwritten = 0;
    const Result<Exported> exported = write(options, *recording, bytes, unwritten);
    if (unwritten != 0) return terminal.not_written("export", unwritten, kFailed);
    if (!exported) return terminal.fail(exported.error(), kFailed);
    for (const std::string& words : words_of(*exported)) terminal.message(printable(words) + "\n");
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    const int code = code_of(recording->end);
    if (options.output.empty()) return code;
    return terminal.answer([&] { return summary(options, *exported, bytes, terminal.look()); },
                           [&] { return summary_json(options, *exported, bytes, recording->end.generated_at); }, code);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.parsed("FORMAT", names_of_formats(), "Format to write", [options](const std::string& name) {
        options->format = name;
        const bool known =
            std::any_of(kFormats.begin(), kFormats.end(), [&](const Format& format) { return format.name == name; });
        return known ? "" : not_one_of(name, names_of_formats());
    });
    add_recording_options(list, std::shared_ptr<AskedRecording>(options, &options->asked));
    list.parsed("-o,--output", "FILE", "File or folder to write (default, or with -: stdout)",
                [options](const std::string& path) {
                    options->output = is_stdout(path) ? "" : path;
                    return "";
                });
    list.flag("--force", options->force, kForceHelp);
    list.parsed("--max-bytes", "SIZE", "Write at most this much (10M, 1GiB), and report what was left out or added up",
                [options](const std::string& text) {
                    const std::optional<uint64_t> bytes = parse_bytes(text);
                    options->most_bytes = bytes.value_or(0);
                    return bytes.value_or(0) != 0 ? "" : not_one_of(text, "SIZE");
                });
    list.flag("--allocations", options->allocations,
              "For csv and jsonl: write a row for each allocation with its whole life, not for each event");
    list.parsed("--tables", "events|allocations", "For clickhouse: write only this table (default: both)",
                [options](const std::string& name) {
                    options->tables = {.events = name == "events", .allocations = name == "allocations"};
                    options->tables_are_chosen = true;
                    const bool known = options->tables.events || options->tables.allocations;
                    return known ? "" : not_one_of(name, "events|allocations");
                });
    list.flag("--end", options->at_end, "For collapsed: write what is live at the end, or now, instead of at the peak");
    return [options](const Invocation& invocation) { return run(*options, invocation); };
}

}  // namespace export_parts

Command export_command() {
    using namespace export_parts;
    return {.name = "export",
            .summary = "write a capture, or the history of running processes, in another tool's format",
            .examples =
                "  ttmem export csv run.ttmem --allocations -o run.csv\n"
                "  ttmem export perfetto run.ttmem -o run.pftrace    for https://ui.perfetto.dev\n"
                "  ttmem export memory_viz run.ttmem -o run.pickle   for https://pytorch.org/memory_viz\n"
                "  ttmem export pprof --pid 4711 -o now.pprof && pprof -top now.pprof\n"
                "  ttmem export collapsed run.ttmem | flamegraph.pl --countname bytes > peak.svg\n"
                "  ttmem export clickhouse run.ttmem | clickhouse-client --multiquery\n"
                "  ttmem export jsonl run.ttmem --from 90s --to 2m | jq -c 'select(.event == \"failed\")'\n",
            .details =
                "- html: the page that `ttmem page` writes\n"
                "- csv, jsonl: a row for each event or, with --allocations, for each allocation. Bytes are of one\n"
                "  chip; `chips` says on how many chips the allocation is.\n"
                "- clickhouse: statements that create both tables if they are missing and insert their rows, each\n"
                "  once however often a capture is written. share/clickhouse/questions.sql has queries to start\n"
                "  with.\n"
                "- perfetto, memory_viz: the use over time\n"
                "- ttnn-report: what was live when each operation ended, as a folder with a database of schema 3.5\n"
                "- collapsed, speedscope, pprof: who holds what, at the peak of each pool and at the end, in\n"
                "  reserved bytes\n",
            .add_options = add_options};
}

}  // namespace ttmem
