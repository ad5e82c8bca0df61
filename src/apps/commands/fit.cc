#include "src/analysis/capacity/fit.h"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "src/apps/commands.h"
#include "src/apps/running/fit_folder.h"
#include "src/apps/running/fit_settings.h"
#include "src/apps/running/mock_runs.h"
#include "src/apps/sources/recordings.h"
#include "src/importers/failure_message/failure_scanner.h"
#include "src/views/json/fit.h"
#include "src/views/text/fit.h"

namespace ttmem {
namespace fit_parts {

namespace fs = std::filesystem;

struct Options {
    FitSettings settings;
    std::string folder;
};

// "3-N150-batch-16": what the files of a run are called.
std::string base_of(const std::string& folder, size_t number, const std::string& machine,
                    const SettingValues& settings) {
    std::string base = folder + "/" + std::to_string(number + 1) + "-";
    for (const char c : fs::path(machine).filename().string()) base += c == ' ' ? '_' : c;
    for (const auto& [name, value] : settings) base += "-" + name + "-" + value;
    return base;
}

ExplainedFailures told_in(const std::string& log) {
    const ScopedFd fd(::open(log.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    Result<FailureScan> scan = scan_failures(read_from_fd(fd.get()), log);
    return scan ? explained_failures(std::move(*scan), nullptr) : ExplainedFailures{};
}

Fit judge_run(const std::string& base, const MockEnd& ended) {
    const ExplainedFailures told = told_in(base + ".log");
    const Result<Recording> recording = open_recording(base + ".ttmem");
    if (!recording) return fit_of(ended.end, nullptr, told);
    Fit fit = fit_of(ended.end, &*recording, told);
    if (const Result<void> read = was_read(*recording, base + ".ttmem"); !read && fit.verdict == FitVerdict::kFits) {
        fit.verdict = FitVerdict::kUnknown;
        fit.reason = read.error().what;
    }
    return fit;
}

int exit_code_of(FitVerdict verdict) {
    return verdict == FitVerdict::kFits ? kOk : verdict == FitVerdict::kDoesNotFit ? kCheckFailed : kInconclusive;
}

// All runs, those that were asked for and those that a search goes on with.
class FitRuns {
public:
    FitRuns(FitValues& values, const FitFolder& folder, const Terminal& terminal)
        : values_(values), folder_(folder), terminal_(terminal) {}

    std::vector<MockJob> begin(const std::vector<MachineSettings>& all, const std::optional<SearchedValues>& searched) {
        if (!searched) {
            std::vector<MockJob> jobs;
            for (const MachineSettings& one : all) jobs.push_back(add(one.machine, one.settings));
            return jobs;
        }
        searched_ = *searched;
        for (const MachineSettings& one : all) {
            searches_.emplace_back(searched->count, std::max<size_t>(1, mocks_at_once() / all.size()));
            values_.searches.push_back({one.machine, one.settings, searched->name, {}, {}});
        }
        std::vector<MockJob> jobs;
        for (size_t search = 0; search < all.size(); ++search) go_on(search, jobs);
        return jobs;
    }

    // What is to be run because of it.
    std::vector<MockJob> ended(size_t number, const MockEnd& ended) {
        FitRun& run = values_.runs[number];
        run.fit = judge_run(bases_[number], ended);
        run.stand_in_compiler = ended.stand_in_compiler;
        has_ended_[number] = true;
        if (folder_.kept()) run.capture = bases_[number] + ".ttmem", run.log = bases_[number] + ".log";
        ++done_;
        std::vector<MockJob> jobs;
        if (!searches_.empty()) tell(number, run.fit, jobs);
        say(values_.runs[number]);
        return jobs;
    }

    // Nothing more will end: what is known stays.
    void interrupt() {
        values_.interrupted = true;
        for (size_t number = 0; number < values_.runs.size(); ++number) {
            if (has_ended_[number]) continue;
            FitRun& run = values_.runs[number];
            run.interrupted = true;
            run.fit.reason = "it was interrupted before it had ended";
        }
        for (size_t search = 0; search < searches_.size(); ++search) {
            FitSearched& searched = values_.searches[search];
            std::erase_if(searched.tried, [&](const auto& tried) { return !has_ended_[tried.second]; });
            searched.answer = searches_[search].next_round().empty() ? searches_[search].answer() : FitSearchAnswer{};
        }
    }

private:
    struct Trial {
        size_t search = 0;
        uint64_t position = 0;
    };

    MockJob add(const std::string& machine, const SettingValues& settings) {
        bases_.push_back(base_of(folder_.path(), values_.runs.size(), machine, settings));
        values_.runs.push_back({machine, settings, {}, "", "", false, false});
        has_ended_.push_back(false);
        return {machine, words_with(values_.command, settings), bases_.back()};
    }

    void go_on(size_t search, std::vector<MockJob>& jobs) {
        FitSearched& searched = values_.searches[search];
        left_[search] = searches_[search].most_left();
        for (const uint64_t position : searches_[search].next_round()) {
            SettingValues settings = searched.settings;
            settings.emplace_back(searched.name, searched_.at(position));
            searched.tried[position] = values_.runs.size();
            trials_.push_back({search, position});
            jobs.push_back(add(searched.machine, settings));
            ++open_[search];
        }
        searched.answer = searches_[search].answer();
    }

    void tell(size_t number, const Fit& fit, std::vector<MockJob>& jobs) {
        const auto [search, position] = trials_[number];
        searches_[search].tell(position, fit.verdict, fit.host_memory);
        left_[search] -= std::min<uint64_t>(left_[search], 1);
        if (--open_[search] == 0) go_on(search, jobs);
    }

    void say(const FitRun& run) const {
        const std::string verdict = run.fit.verdict == FitVerdict::kFits         ? "fits"
                                    : run.fit.verdict == FitVerdict::kDoesNotFit ? "does not fit"
                                                                                 : "cannot be told";
        const std::string of_all = searches_.empty() ? " of " + std::to_string(values_.runs.size()) : " tried";
        terminal_.message("ttmem: " + std::to_string(done_) + of_all + ": " + fit_run_name(run) + " " + verdict +
                          what_is_left() + "\n");
    }

    // "; at most 7 more, about 40 s", as fast as it went so far; "" nothing.
    std::string what_is_left() const {
        uint64_t left = values_.runs.size() - done_;
        if (!searches_.empty()) {
            left = 0;
            for (const auto& [search, of_it] : left_) left += of_it;
        }
        if (left == 0) return "";
        const std::chrono::duration<double> gone = std::chrono::steady_clock::now() - began_;
        const auto seconds =
            static_cast<uint64_t>(gone.count() / static_cast<double>(done_) * static_cast<double>(left));
        return std::string("; ") + (searches_.empty() ? "" : "at most ") + std::to_string(left) + " more, about " +
               (seconds < 90 ? std::to_string(seconds + 1) + " s" : std::to_string((seconds + 30) / 60) + " min");
    }

    FitValues& values_;
    const FitFolder& folder_;
    const Terminal& terminal_;
    const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    size_t done_ = 0;
    std::vector<std::string> bases_;  // by run
    std::vector<bool> has_ended_;     // likewise
    SearchedValues searched_;
    std::vector<FitSearch> searches_;  // as values_.searches
    std::map<size_t, size_t> open_;    // by search: trials that have not ended
    std::map<size_t, uint64_t> left_;  // likewise: those, and what may come after them
    std::vector<Trial> trials_;        // by run
};

int fit(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const std::vector<std::string>& words = invocation.program;
    if (words.empty())
        return terminal.fail(
            {"no program to run was given", "it goes after `--`", "ttmem fit --on N150,P150 -- PROGRAM [ARGUMENTS...]"},
            kUsage);
    if (const Result<void> settings = check_settings(options.settings, words); !settings)
        return terminal.fail(settings.error(), kUsage);
    const Result<std::vector<MachineSettings>> all = combinations(options.settings, words);
    if (!all) return terminal.fail(all.error(), kUsage);
    Result<FitFolder> folder = FitFolder::make(options.folder);
    if (!folder) return terminal.fail(folder.error(), kFailed);

    FitValues values{0, words, {}, {}, false};
    FitRuns runs(values, *folder, terminal);
    const int signal = run_on_mocks(runs.begin(*all, options.settings.search),
                                    [&](size_t number, const MockEnd& ended) { return runs.ended(number, ended); });
    if (signal != 0) runs.interrupt();
    values.generated_at = real_system()->now();
    return terminal.answer([&] { return fit_text(values, terminal.look()); }, [&] { return fit_json(values); },
                           values.interrupted ? kInconclusive : exit_code_of(values.verdict()));
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    std::vector<FitSetting>& lists = options->settings.lists;
    list.parsed("--on", "MACHINES", "Machines, separated by commas (`ttmem machines` lists them)",
                [options](const std::string& text) { return parse_machines(text, options->settings); });
    list.parsed("--search", "NAME=VALUES",
                "Find the largest value for {NAME} that fits, in a range (batch=1..256) or a list (batch=1,2,4,8)",
                [options](const std::string& text) { return parse_search(text, options->settings); });
    list.parsed("--mesh", "MESHES", "Rows x columns for {mesh}, such as 1x1,2x4 (default: all chips of the machine)",
                [options, &lists](const std::string& text) { return parse_meshes(text, lists[0].values); });
    list.parsed("--l1-small", "SIZES", "Bytes for {l1_small}, such as 0,32K",
                [options, &lists](const std::string& text) { return parse_sizes(text, lists[1].values); });
    list.parsed("--trace-region", "SIZES", "Bytes for {trace_region}, such as 0,50M",
                [options, &lists](const std::string& text) { return parse_sizes(text, lists[2].values); });
    list.text("-o,--output", options->folder, "FILE",
              "Folder in which to keep the capture, the report and the output of each run");
    return [options](const Invocation& invocation) { return fit(*options, invocation); };
}

}  // namespace fit_parts

Command fit_command() {
    using namespace fit_parts;
    return {.name = "fit",
            .summary = "check whether a program fits machines you do not have, by running it on mocks",
            .examples =
                "  ttmem fit --on N150,P150 -- python3 model.py\n"
                "  ttmem fit --on T3000,Galaxy-6U -- python3 examples/models/decoder.py --mesh {mesh}\n"
                "  ttmem fit --on N150 --l1-small 0,32K -- python3 model.py --l1-small {l1_small}\n"
                "  ttmem fit --on N150,P150 --search batch=1..256 -- python3 model.py --batch {batch}\n"
                "  ttmem fit --on N150,P150 -o runs --json -- python3 model.py | jq '.runs[] | {machine, verdict}'\n",
            .details =
                "Runs the program once for each machine and combination of settings, each in its own `ttmem run\n"
                "--mock`, without input, as many at once as there are cores. A setting replaces its name in braces\n"
                "in the command, with a number of bytes or with ROWSxCOLUMNS. A setting that the command does not\n"
                "use is an error.\n"
                "\n"
                "A run fits if the program ended with 0, everything it did was seen, and no allocation failed. It\n"
                "does not fit if the program ended otherwise after an allocation had failed and none had succeeded\n"
                "since. In all other cases the verdict is unknown, and the reason is given.\n"
                "\n"
                "- HEADROOM: capacity less the peak\n"
                "- LARGEST FREE: the largest free block of all banks at that moment\n"
                "- FULLEST CORE: what a core's L1 needed at the tightest dispatch, including circular buffers\n"
                "\n"
                "--search finds the largest value that fits, by bisection, and why the next one does not. It\n"
                "assumes that a larger value needs more, and checks that: the ends and the neighbors of the edge\n"
                "are tried as well. If a larger value fits where a smaller one does not, or the verdict of a run is\n"
                "unknown, there is no number. If this machine's own memory runs short first, the answer says up to\n"
                "which value the program fits, and that what is beyond is not known: that is not a limit of the\n"
                "device.\n"
                "\n"
                "When interrupted, `ttmem fit` asks its programs to end, kills them after five seconds, and reports\n"
                "what it knows so far. The ledgers of the runs are removed with them; -o keeps their captures.\n"
                "\n"
                "Exit code: 0 if the program fits everywhere, or each search found a value; 10 if it does not fit\n"
                "somewhere, or no value does; 12 if that is not known, or the runs were interrupted.\n",
            .add_options = add_options,
            .takes_program = true};
}

}  // namespace ttmem
