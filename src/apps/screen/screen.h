// The terminal while a command has all of it: keys and signals as they come, and given back as it was, however the
// command ends: by return, by an exception, by a signal, for want of memory, or stopped for a while.
//
// One at a time, in a process with one thread. While it lives, the signals that a terminal sends are waited for.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "src/apps/screen/terminal_kind.h"
#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/views/tui/canvas.h"

namespace ttmem {

class Screen {
public:
    // An error where stdin or stdout is no terminal, or of an unknown kind.
    static Result<std::unique_ptr<Screen>> take();
    ~Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    struct Heard {
        std::vector<tui::Key> keys;
        bool changed = false;  // its size, or everything on it: it has to be painted anew
        int ended_by = 0;      // a signal that ends the program; SIGHUP also where the terminal is gone
    };
    // What comes within so many milliseconds, at once when something does. A stop is obeyed in here.
    Heard wait(int milliseconds);

    // False: the terminal is gone.
    bool write(const std::string& bytes) const;

    tui::Size size() const;
    tui::Colors colors() const { return kind_.colors; }

private:
    explicit Screen(TerminalKind kind);
    void enter() const;
    void stop(bool whole_group);
    void take_signals(Heard& heard);

    TerminalKind kind_;
    ScopedFd signals_;
    sigset_t mask_before_;
    std::string bytes_;  // of a key that is not complete
};

// Ends this process as `signal` would have.
[[noreturn]] void end_by(int signal);

}  // namespace ttmem
