#include <filesystem>

#include "src/apps/commands.h"
#include "src/apps/options/asked_recording.h"
#include "src/apps/running/report_file.h"
#include "src/apps/sources/recorded_page.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"

namespace ttmem {
namespace page_parts {

struct Options {
    AskedRecording asked;
    std::vector<std::string> against;
    std::string output;
    uint64_t most_bytes = 0;
    bool force = false;
};

std::string output_of(const Options& options) {
    if (!options.output.empty()) return options.output;
    return options.asked.file.empty() ? "ttmem.html"
                                      : std::filesystem::path(options.asked.file).filename().stem().string() + ".html";
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const std::string output = output_of(options);
    // Before the work: a file of that name may be there.
    Result<ReportFile> file = ReportFile();
    if (is_stdout(output) && terminal.json())
        return terminal.fail({"the page and the answer of --json cannot both go to stdout", "", "give -o FILE"},
                             kUsage);
    if (!is_stdout(output)) file = ReportFile::prepare(output, existing(options.force), "page", "-o");
    if (!file) return terminal.fail(file.error(), kFailed);
    const Result<Recording> recording = asked_recording(options.asked);
    if (!recording) return terminal.fail(recording.error(), options.asked.file.empty() ? kNothingTracked : kFailed);
    const Result<PageFile> page = page_file(options.asked, *recording, options.against, options.most_bytes);
    if (!page) return terminal.fail(page.error(), kFailed);
    if (const Result<void> read = was_read(options.asked, *recording); !read)
        return terminal.fail(read.error(), kFailed);
    if (is_stdout(output)) return terminal.answer(page->html, code_of(recording->end));
    const Result<void> written = file->write([&](const ReportFile::Put& put) { return put(page->html); });
    if (!written) return terminal.fail(written.error(), kFailed);
    const auto as_text = [&] {
        return printable(output) + ": " + terminal.look().bytes(page->html.size()) + ", to be opened in a browser\n" +
               (page->left_out == 0
                    ? ""
                    : counted(page->left_out, "allocation") + " of " + with_commas(page->allocations) +
                          " left out: the smallest and shortest. The page says where they are missing.\n") +
               coverage_lines(page->coverage, terminal.look());
    };
    const auto as_json = [&] {
        Json json = document("page", recording->end.generated_at, page->coverage);
        json["file"] = valid_utf8(output);
        json["bytes"] = page->html.size();
        json["allocations"] = page->allocations;
        json["allocations_left_out"] = page->left_out;
        return json;
    };
    return terminal.answer(as_text, as_json, code_of(recording->end));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    const std::shared_ptr<AskedRecording> asked(options, &options->asked);
    add_recording_options(list, asked);
    add_pool_options(list, asked);
    list.parsed("--against...", "FILE", "Capture to compare with; may be repeated", [options](const auto& path) {
        options->against.push_back(path);
        return "";
    });
    list.text("-o,--output", options->output, "FILE",
              "Page to write, - for stdout (default: the capture's name with .html)");
    list.parsed("--max-bytes", "SIZE", "Draw less, so that the page takes at most this much (500K, 2MiB)",
                [options](const std::string& text) {
                    const std::optional<uint64_t> bytes = parse_bytes(text);
                    options->most_bytes = bytes.value_or(0);
                    return bytes.value_or(0) != 0 ? "" : not_one_of(text, "SIZE");
                });
    list.flag("--force", options->force, kForceHelp);
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace page_parts

Command page_command() {
    using namespace page_parts;
    return {.name = "page",
            .summary = "write a recording as one HTML page: what used memory when, where and by whom",
            .examples =
                "  ttmem page run.ttmem -o run.html    what `ttmem run -o run.ttmem` recorded\n"
                "  ttmem page --pid 4711 -o now.html   a running process, as far back as its history goes\n"
                "  ttmem page today.ttmem --against yesterday.ttmem -o diff.html\n"
                "  ttmem page run.ttmem --from 60s --pool l1 -o l1.html\n"
                "  ttmem page graph.json               a captured graph of ttnn, or the db.sqlite of a report\n",
            .details =
                "Everything is in one file: the page works offline, fetches nothing, and can be attached to a bug\n"
                "report. It has the names of operations, tags and programs, as the capture does. Its figures are\n"
                "those of `ttmem peak`, `leaks`, `growth`, `stats` and `headroom`, and with --against also those of\n"
                "`ttmem diff`.\n"
                "\n"
                "For a large recording, the page draws the allocations that mattered and says how many it left out.\n"
                "Its size has an upper bound, which --max-bytes lowers. The current selection is in the address of\n"
                "the page, so a link shows the same.\n"
                "\n"
                "`ttmem export html` writes the same page.\n",
            .add_options = add_options};
}

}  // namespace ttmem
