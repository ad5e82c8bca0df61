#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "src/apps/commands.h"
#include "src/apps/options/filter_options.h"
#include "src/apps/options/form_options.h"
#include "src/apps/screen/demo.h"
#include "src/apps/screen/top_loop.h"
#include "src/apps/screen/top_source.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/tui/frame.h"

namespace ttmem {
namespace top_parts {

constexpr const char* kViews = "overview|buffers|programs|timeline|leaks|failures|l1";
constexpr const char* kThemes = "dark|light|mono";
constexpr size_t kMostColumns = 1000, kMostRows = 500;

struct Options {
    Asked asked;
    FormOptions form;
    tui::View view = tui::View::kOverview;
    std::optional<tui::Size> frame;
    int64_t interval = 1;  // seconds
    bool once = false, demo = false;
    tui::Theme theme = tui::Theme::kDark;
};

std::optional<tui::Size> size_from_text(const std::string& text) {
    const size_t x = text.find('x');
    if (x == std::string::npos) return std::nullopt;
    const std::optional<uint64_t> columns = parse_number(text.substr(0, x)), rows = parse_number(text.substr(x + 1));
    if (!columns || !rows || *columns < 20 || *columns > kMostColumns || *rows < 6 || *rows > kMostRows)
        return std::nullopt;
    return tui::Size{*columns, *rows};
}

tui::Size size_of_output() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20 || size.ws_row < 6) return {};
    return {size.ws_col, size.ws_row};
}

tui::State state_of(const Options& options, const Terminal& terminal) {
    tui::State state;
    state.view = options.view;
    state.form = form_of(options.form);
    state.theme = options.theme;
    state.exact_bytes = terminal.look().exact_bytes;
    return state;
}

int print_frame(const Options& options, TopSource& source, const Terminal& terminal) {
    tui::State state = state_of(options, terminal);
    const TopWants wants = wants_of(state);
    source.look(wants);
    state.moment = source.opens_at();
    const TopValues values = source.at(state.moment, wants);
    const tui::Frame frame = tui::frame_of(values, state, options.frame.value_or(size_of_output()));
    return terminal.answer(frame.canvas.text(), code_of(values.snapshot));
}

int show_source(const Options& options, TopSource& source, const Terminal& terminal) {
    if (options.once || options.frame) return print_frame(options, source, terminal);
    const TopLoop loop{std::chrono::seconds(options.interval), terminal.look().color};
    return run_top(source, state_of(options, terminal), loop, terminal);
}

class DemoSource final : public TopSource {
public:
    DemoSource(Demo& demo, std::unique_ptr<TopSource> live) : demo_(demo), live_(std::move(live)) {}
    size_t look(const TopWants& wants) override {
        demo_.keep_running();
        return live_->look(wants);
    }
    TopValues at(std::optional<size_t> moment, const TopWants& wants) override { return live_->at(moment, wants); }

private:
    Demo& demo_;
    std::unique_ptr<TopSource> live_;
};

// Its programs have only just been started: until each of them has something.
void wait_for_all(TopSource& source, const TopWants& wants) {
    using namespace std::chrono_literals;
    const auto has_something = [](const Process& process) {
        return std::any_of(process.chips.begin(), process.chips.end(),
                           [](const ChipUse& use) { return use.pool(Pool::kDram).allocations.value_or(0) != 0; });
    };
    for (int looks = 0; looks < 200; ++looks) {
        source.look(wants);
        const std::vector<Process>& processes = source.at(std::nullopt, wants).snapshot.processes;
        if (processes.size() > 1 && std::all_of(processes.begin(), processes.end(), has_something)) return;
        std::this_thread::sleep_for(50ms);
    }
}

int show_demo(const Options& options, const Terminal& terminal) {
    const Result<std::unique_ptr<Demo>> demo = Demo::start();
    if (!demo) return terminal.fail(demo.error(), kFailed);
    const auto system = real_system((*demo)->directory());
    Asked asked = options.asked;
    asked.run = (*demo)->run();
    DemoSource source(**demo, live_top_source(*system, asked, "demo"));
    wait_for_all(source, wants_of(state_of(options, terminal)));
    return show_source(options, source, terminal);
}

int show(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    if (terminal.json()) {
        return terminal.fail({"top is a picture, and has no JSON", "",
                              "the same figures: ttmem status --json, ps, buffers, programs, leaks"},
                             kUsage);
    }
    if (options.demo) return show_demo(options, terminal);
    if (!options.asked.capture.empty()) {
        const Result<std::unique_ptr<TopSource>> source = capture_top_source(options.asked.capture);
        if (!source) return terminal.fail(source.error(), kFailed);
        return show_source(options, **source, terminal);
    }
    const auto system = real_system();
    return show_source(options, *live_top_source(*system, options.asked), terminal);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    add_capture_option(list, std::shared_ptr<std::string>(options, &options->asked.capture),
                       "Capture to step through (default: what is running now)");
    add_pid_option(list, std::shared_ptr<Filter>(options, &options->asked.filter));
    list.parsed("--view", kViews, "View to begin with (default: overview)", [options](const std::string& name) {
        const std::optional<tui::View> view = tui::view_from_name(name);
        if (view) options->view = *view;
        return view ? "" : not_one_of(name, kViews);
    });
    add_form_options(list, std::shared_ptr<FormOptions>(options, &options->form));
    list.parsed("--theme", kThemes, "Colors for this background, or none; the t key switches (default: dark)",
                [options](const std::string& name) {
                    const std::optional<tui::Theme> theme = tui::theme_from_name(name);
                    if (theme) options->theme = *theme;
                    return theme ? "" : not_one_of(name, kThemes);
                });
    list.parsed("--interval", "TIME", "Time between two looks: 1s, 5s, 1m (default: 1s)",
                [options](const std::string& text) {
                    const std::optional<WallTime> interval = parse_duration(text);
                    if (interval) options->interval = *interval / 1'000'000'000;
                    return interval ? "" : "`" + text + "` is not a time such as 1s, 5s or 1m";
                });
    list.flag("--demo", options->demo, "Watch simulated programs; no device is needed");
    list.flag("--once", options->once, "Print one frame as text and exit");
    list.parsed("--frame", "COLUMNSxROWS", "Same as --once, in this size: 80x24", [options](const std::string& text) {
        options->frame = size_from_text(text);
        return options->frame ? "" : "`" + text + "` is not a size from 20x6 to 1000x500";
    });
    return [options](const Invocation& invocation) { return show(*options, invocation); };
}

}  // namespace top_parts

Command top_command() {
    using namespace top_parts;
    return {.name = "top",
            .summary = "watch chips, processes and memory live in the terminal",
            .examples =
                "  ttmem top                       what is running, once a second\n"
                "  ttmem top run.ttmem             step through the time of a capture\n"
                "  ttmem top --demo                two simulated programs, without a device\n"
                "  ttmem top --once --view leaks   one frame, as text\n",
            .details =
                "There are seven views, chosen by number or Tab: chips and processes, buffers by owner, programs\n"
                "and their circular buffers, the curve of each pool, leaks, failures, and L1 by core. Their figures\n"
                "are those of `ttmem status`, `ps`, `buffers`, `programs`, `leaks` and `map`; the line below the\n"
                "tabs says what is missing. The bottom line shows the keys, and ? lists all of them.\n"
                "\n"
                "Space pauses, [ and ] step back and forward in time, P goes to the peak. For running processes,\n"
                "the latest looks are kept: as many as fit in 128 MiB, at most 900. A capture whose processes have\n"
                "ended opens at its peak, in every view. Leaks, failures and peaks of a capture are always those of\n"
                "the whole capture, whatever moment is shown.\n"
                "\n"
                "LEAKED is judged with history, as in `ttmem leaks`. For running processes, OUTLIVED is not: it is\n"
                "an upper bound on what leaked. HOST is resident memory of the host. NO_COLOR and --ascii are\n"
                "obeyed.\n",
            .add_options = add_options};
}

}  // namespace ttmem
