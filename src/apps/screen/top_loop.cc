#include "src/apps/screen/top_loop.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "src/apps/running/report_file.h"
#include "src/apps/screen/screen.h"
#include "src/base/text.h"
#include "src/views/tui/frame.h"
#include "src/views/tui/paint.h"

namespace ttmem {
namespace {

using Clock = std::chrono::steady_clock;

class Watching {
public:
    Watching(TopSource& source, tui::State state, const TopLoop& loop, Screen& screen)
        : source_(source), state_(std::move(state)), loop_(loop), screen_(screen) {}

    // Returns the signal that has ended it; 0: a key.
    int run() {
        state_.moment = source_.opens_at();
        state_.paused = state_.moment.has_value();
        look();
        while (paint()) {
            const Screen::Heard heard = screen_.wait(milliseconds_left());
            if (heard.ended_by != 0) return heard.ended_by;
            if (heard.changed) painted_.reset();
            for (const tui::Key& key : heard.keys) {
                const tui::Wish wish = tui::press(state_, key, shown_);
                if (wish == tui::Wish::kQuit) return 0;
                if (wish == tui::Wish::kRepaint) painted_.reset();
                if (wish == tui::Wish::kSave) save();
                // The next key is about what this one has made of the screen.
                if (&key != &heard.keys.back()) prepare();
            }
            if (milliseconds_left() == 0 || lacks_something()) look();
        }
        return SIGHUP;
    }

private:
    int milliseconds_left() const {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_look_ - Clock::now()).count();
        return static_cast<int>(std::max<long>(0, left));
    }

    // A view was opened that needs what the last look left out.
    bool lacks_something() const {
        const TopWants wants = wants_of(state_);
        return !state_.paused && ((wants.allocations && !wanted_.allocations) || (wants.ended && !wanted_.ended));
    }

    void look() {
        wanted_ = wants_of(state_);
        const size_t gone = source_.look(wanted_);
        if (state_.moment) *state_.moment -= std::min(*state_.moment, gone);
        next_look_ = std::max(next_look_ + loop_.interval, Clock::now() + loop_.interval / 2);
    }

    tui::Frame prepare() {
        tui::Frame frame = tui::frame_of(source_.at(state_.moment, wants_of(state_)), state_, screen_.size());
        state_ = frame.settled;
        shown_ = frame.shown;
        return frame;
    }

    // Into a file of its own in this folder, named by the time.
    void save() {
        std::string name = "ttmem-top-" +
                           rfc3339(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count()) +
                           ".txt";
        std::erase(name, ':');
        const Result<void> written = write_file(name, Existing::kKept, prepare().canvas.text(), "screen", "w");
        state_.said = written ? "written: " + name : written.error().what + ": " + written.error().why;
    }

    bool paint() {
        tui::Frame frame = prepare();
        const std::string bytes = tui::repaint(painted_ ? &*painted_ : nullptr, frame.canvas,
                                               loop_.color ? screen_.colors() : tui::Colors::kNone, state_.theme);
        painted_ = std::move(frame.canvas);
        return screen_.write(bytes);
    }

    TopSource& source_;
    tui::State state_;
    const TopLoop loop_;
    Screen& screen_;
    tui::Shown shown_;
    TopWants wanted_;
    std::optional<tui::Canvas> painted_;
    Clock::time_point next_look_ = Clock::now();
};

}  // namespace

TopWants wants_of(const tui::State& state) {
    using tui::View;
    TopWants wants;
    wants.layout = state.view == View::kL1 || state.view == View::kPrograms;
    wants.allocations = state.detail || state.view == View::kL1 || state.view == View::kBuffers ||
                        state.view == View::kPrograms || state.view == View::kLeaks;
    wants.ended = state.view == View::kLeaks || state.view == View::kFailures;
    wants.exact_bytes = state.exact_bytes;
    return wants;
}

int run_top(TopSource& source, tui::State state, const TopLoop& loop, const Terminal& terminal) {
    // What one look frees the next one needs: giving it back in between costs more than the looking.
    constexpr int kKept = 64 << 20;
    ::mallopt(M_TRIM_THRESHOLD, kKept);
    ::mallopt(M_MMAP_THRESHOLD, kKept);
    Result<std::unique_ptr<Screen>> screen = Screen::take();
    if (!screen) return terminal.fail(screen.error(), kUsage);
    const int signal = Watching(source, std::move(state), loop, **screen).run();
    screen->reset();
    if (signal != 0) end_by(signal);
    return kOk;
}

}  // namespace ttmem
