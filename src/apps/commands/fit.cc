#include "src/analysis/fit.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "src/apps/asked_machine.h"
#include "src/apps/child_process.h"
#include "src/apps/commands.h"
#include "src/apps/mock_runs.h"
#include "src/apps/recordings.h"
#include "src/base/text.h"
#include "src/importers/failure_message/failure_scanner.h"
#include "src/views/json/fit.h"
#include "src/views/text/fit.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

// What a run may have one of: the name stands in the command as {name}.
struct Setting {
    std::string name, option;
    std::vector<std::string> values;
};

struct Options {
    std::vector<std::string> machines;
    std::vector<Setting> settings = {
        {"mesh", "--mesh", {}}, {"l1_small", "--l1-small", {}}, {"trace_region", "--trace-region", {}}};
    std::string folder;
};

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == ',') {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

std::string with(std::string word, const std::string& placeholder, const std::string& value) {
    for (size_t at = 0; (at = word.find(placeholder, at)) != std::string::npos; at += value.size())
        word.replace(at, placeholder.size(), value);
    return word;
}

bool is_in(const std::vector<std::string>& words, const std::string& placeholder) {
    return std::ranges::any_of(words,
                               [&](const std::string& word) { return word.find(placeholder) != std::string::npos; });
}

// Which settings the program has, and that each reaches it. {mesh} without --mesh is all chips of the machine.
Result<void> check_settings(const Options& options, const std::vector<std::string>& words) {
    for (const Setting& setting : options.settings) {
        const std::string placeholder = "{" + setting.name + "}";
        const bool there = is_in(words, placeholder);
        if (!setting.values.empty() && !there)
            return Error{setting.option + " is given, and no word of the program has " + placeholder,
                         "so it would change nothing",
                         "write the place of it into the command: ... model.py " + setting.option + " " + placeholder};
        if (setting.values.empty() && there && setting.name != "mesh")
            return Error{"the program has " + placeholder + ", and there is no " + setting.option, "",
                         "ttmem fit ... " + setting.option + " VALUES -- ..."};
    }
    return {};
}

// Every machine with every combination of settings, the last setting varying fastest.
Result<std::vector<FitRun>> runs_of(const Options& options, const std::vector<std::string>& words) {
    std::vector<FitRun> runs;
    for (const std::string& name : options.machines) {
        const Result<MockMachine> machine = asked_machine(name);
        if (!machine) return machine.error();
        std::vector<FitRun> of_machine(1);
        of_machine[0].machine = machine->name;
        for (const Setting& setting : options.settings) {
            std::vector<std::string> values = setting.values;
            if (values.empty() && is_in(words, "{" + setting.name + "}")) {
                if (!machine->contents)
                    return Error{"the mesh of " + machine->name + " is not known", "",
                                 "ttmem fit ... --mesh ROWSxCOLUMNS"};
                values = {std::to_string(machine->contents->rows) + "x" + std::to_string(machine->contents->columns)};
            }
            if (values.empty()) continue;
            std::vector<FitRun> more;
            for (const FitRun& run : of_machine) {
                for (const std::string& value : values) {
                    more.push_back(run);
                    more.back().settings.emplace_back(setting.name, value);
                }
            }
            of_machine = std::move(more);
        }
        runs.insert(runs.end(), of_machine.begin(), of_machine.end());
    }
    return runs;
}

// "1-N150": what the files of a run are called.
std::string base_of(const std::string& folder, size_t number, const std::string& machine) {
    std::string base = folder + "/" + std::to_string(number + 1) + "-";
    for (const char c : fs::path(machine).filename().string()) base += c == ' ' ? '_' : c;
    return base;
}

// The folder of the runs' files: the user's, or one that goes at the end.
class Folder {
public:
    static Result<Folder> make(const std::string& wanted) {
        Folder folder;
        folder.kept_ = !wanted.empty();
        if (folder.kept_) {
            std::error_code error;
            fs::create_directories(wanted, error);
            if (error) return Error{"the folder `" + wanted + "` cannot be made", error.message(), "give another -o"};
            folder.path_ = wanted;
            return folder;
        }
        const char* parent = std::getenv("TMPDIR");
        std::string path = std::string(parent != nullptr && *parent != '\0' ? parent : "/tmp") + "/ttmem-fit-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr)
            return Error{"no folder could be made for the captures", std::strerror(errno),
                         "set TMPDIR, or give -o DIR"};
        folder.path_ = path;
        return folder;
    }
    Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, "")), kept_(other.kept_) {}
    Folder& operator=(Folder&&) = delete;
    ~Folder() {
        std::error_code error;
        if (!path_.empty() && !kept_) fs::remove_all(path_, error);
    }
    const std::string& path() const { return path_; }
    bool kept() const { return kept_; }

private:
    Folder() = default;
    std::string path_;
    bool kept_ = false;
};

ExplainedFailures told_in(const std::string& log) {
    const ScopedFd fd(::open(log.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    Result<FailureScan> scan = scan_failures(read_from_fd(fd.get()), log);
    return scan ? explained_failures(std::move(*scan), nullptr) : ExplainedFailures{};
}

Fit judge_run(const MockJob& job, const MockEnd& ended) {
    const ExplainedFailures told = told_in(job.base + ".log");
    const Result<Recording> recording = open_recording(job.base + ".ttmem");
    if (!recording) return fit_of(ended.end, nullptr, told);
    Fit fit = fit_of(ended.end, &*recording, told);
    if (const Result<void> read = was_read(*recording, job.base + ".ttmem");
        !read && fit.verdict == FitVerdict::kFits) {
        fit.verdict = FitVerdict::kUnknown;
        fit.reason = read.error().what;
    }
    return fit;
}

int exit_code_of(FitVerdict verdict) {
    return verdict == FitVerdict::kFits ? kOk : verdict == FitVerdict::kDoesNotFit ? kCheckFailed : kInconclusive;
}

std::vector<MockJob> jobs_of(const std::vector<FitRun>& runs, const std::vector<std::string>& words,
                             const std::string& folder) {
    std::vector<MockJob> jobs;
    for (size_t i = 0; i < runs.size(); ++i) {
        MockJob job{runs[i].machine, {}, base_of(folder, i, runs[i].machine)};
        for (std::string word : words) {
            for (const auto& [name, value] : runs[i].settings) word = with(word, "{" + name + "}", value);
            job.words.push_back(word);
        }
        jobs.push_back(std::move(job));
    }
    return jobs;
}

int fit(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const std::vector<std::string>& words = invocation.program;
    if (words.empty())
        return terminal.fail(
            {"no program to run was given", "it goes after `--`", "ttmem fit --on N150,P150 -- PROGRAM [ARGUMENTS...]"},
            kUsage);
    if (options.machines.empty())
        return terminal.fail({"there is no machine", "--on names them", "`ttmem machines` lists them"}, kUsage);
    if (const Result<void> settings = check_settings(options, words); !settings)
        return terminal.fail(settings.error(), kUsage);
    Result<std::vector<FitRun>> runs = runs_of(options, words);
    if (!runs) return terminal.fail(runs.error(), kUsage);
    Result<Folder> folder = Folder::make(options.folder);
    if (!folder) return terminal.fail(folder.error(), kFailed);

    FitValues values{0, words, std::move(*runs)};
    const std::vector<MockJob> jobs = jobs_of(values.runs, words, folder->path());
    size_t done = 0;
    const int signal = run_on_mocks(jobs, [&](size_t number, const MockEnd& ended) {
        FitRun& run = values.runs[number];
        run.fit = judge_run(jobs[number], ended);
        run.stand_in_compiler = ended.stand_in_compiler;
        if (folder->kept()) run.capture = jobs[number].base + ".ttmem", run.log = jobs[number].base + ".log";
        const std::string verdict = run.fit.verdict == FitVerdict::kFits         ? "fits"
                                    : run.fit.verdict == FitVerdict::kDoesNotFit ? "does not fit"
                                                                                 : "cannot be told";
        terminal.message("ttmem: " + std::to_string(++done) + " of " + std::to_string(jobs.size()) + ": " +
                         fit_run_name(run) + " " + verdict + "\n");
    });
    if (signal != 0) {
        { const Folder removed = std::move(*folder); }
        die_of(signal);
        return kSignalBase + signal;
    }
    values.generated_at = real_system()->now();
    return terminal.answer([&] { return fit_text(values, terminal.look()); }, [&] { return fit_json(values); },
                           exit_code_of(values.verdict()));
}

// A list of sizes as plain numbers of bytes.
std::string parse_sizes(const std::string& text, std::vector<std::string>& values) {
    for (const std::string& part : split_list(text)) {
        const std::optional<uint64_t> bytes = parse_bytes(part);
        if (!bytes) return not_one_of(part, "SIZE");
        values.push_back(std::to_string(*bytes));
    }
    return "";
}

std::string parse_meshes(const std::string& text, std::vector<std::string>& values) {
    for (const std::string& part : split_list(text)) {
        const size_t x = part.find('x');
        if (x == std::string::npos || !parse_number(part.substr(0, x)) || !parse_number(part.substr(x + 1)))
            return "`" + part + "` is no mesh, such as 2x4";
        values.push_back(part);
    }
    return "";
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.parsed("--on", "MACHINES", "The machines, with commas between them (`ttmem machines`)",
                [options](const std::string& text) {
                    options->machines = split_list(text);
                    return std::string();
                });
    list.parsed("--mesh", "MESHES", "Rows x columns for {mesh}, such as 1x1,2x4 (default: all chips of the machine)",
                [options](const std::string& text) { return parse_meshes(text, options->settings[0].values); });
    list.parsed("--l1-small", "SIZES", "Bytes for {l1_small}, such as 0,32K",
                [options](const std::string& text) { return parse_sizes(text, options->settings[1].values); });
    list.parsed("--trace-region", "SIZES", "Bytes for {trace_region}, such as 0,50M",
                [options](const std::string& text) { return parse_sizes(text, options->settings[2].values); });
    list.text("-o,--output", options->folder, "FILE",
              "Keep the capture, the report and the output of each run in this folder");
    return [options](const Invocation& invocation) { return fit(*options, invocation); };
}

}  // namespace

Command fit_command() {
    return {
        .name = "fit",
        .summary = "whether a program fits machines that are not there: run on a mock of each",
        .examples =
            "  ttmem fit --on N150,P150 -- python3 model.py\n"
            "  ttmem fit --on T3000,Galaxy-6U -- python3 examples/models/decoder.py --mesh {mesh}\n"
            "  ttmem fit --on N150 --l1-small 0,32K -- python3 model.py --l1-small {l1_small}\n"
            "  ttmem fit --on N150,P150 -o runs --json -- python3 model.py | jq '.runs[] | {machine, verdict}'\n",
        .details =
            "Runs the program once for each machine and combination of settings, each by a `ttmem run --mock` of its\n"
            "own, as many at once as there are cores, without input. A setting reaches the program where its name\n"
            "stands in braces in the command, as a number of bytes or as ROWSxCOLUMNS; one that stands nowhere is\n"
            "refused. A run fits when the program ended with 0, was seen to its last byte, and no allocation failed.\n"
            "It does not fit when the program ended otherwise after a failed allocation. Everything else cannot be\n"
            "told, and the reason is said.\n"
            "HEADROOM: capacity less peak. Exit code: 0 it fits everywhere, 10 it does not fit somewhere, 12 it\n"
            "cannot be told.\n",
        .add_options = add_options,
        .takes_program = true};
}

}  // namespace ttmem
