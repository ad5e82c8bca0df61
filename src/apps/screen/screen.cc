#include "src/apps/screen/screen.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <new>
#include <span>
#include <string_view>

namespace ttmem {
namespace {

constexpr char kCtrlZ = 0x1a;
constexpr int kEscapeDelay = 40;  // milliseconds in which the rest of a sequence comes
// Clicks and the wheel, told in decimal numbers.
constexpr std::string_view kMouseOn = "\x1b[?1000h\x1b[?1006h", kMouseOff = "\x1b[?1006l\x1b[?1000l";
constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::array kWaited = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

// What gives the terminal back, where nothing but system calls is allowed.
struct Restoration {
    termios before;
    std::array<char, 512> bytes;
    size_t size;
    volatile std::sig_atomic_t active;
};
Restoration restoration{};
std::new_handler previous_new_handler = nullptr;

void restore() {
    if (restoration.active == 0) return;
    restoration.active = 0;
    [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, restoration.bytes.data(), restoration.size);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &restoration.before);
}

void end_fatally(int signal) {
    restore();
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void end_for_want_of_memory() {
    restore();
    std::set_new_handler(previous_new_handler);  // returns to operator new, which calls that one
}

sigset_t set_of(std::span<const int> signals) {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : signals) ::sigaddset(&set, signal);
    return set;
}

}  // namespace

Result<std::unique_ptr<Screen>> Screen::take() {
    if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) {
        return Error{"top needs a terminal", "stdin or stdout is none", "ttmem top --once prints one frame as text"};
    }
    Result<TerminalKind> kind = terminal_kind();
    if (!kind) return kind.error();
    if (::tcgetattr(STDIN_FILENO, &restoration.before) != 0) {
        return Error{"the terminal does not say how it is set", "", "ttmem top --once prints one frame as text"};
    }
    return std::unique_ptr<Screen>(new Screen(std::move(*kind)));
}

Screen::Screen(TerminalKind kind) : kind_(std::move(kind)) {
    std::string bytes(kMouseOff);
    bytes += "\x1b[0m";
    bytes += kind_.end;
    restoration.size = bytes.copy(restoration.bytes.data(), restoration.bytes.size());
    const sigset_t waited = set_of(kWaited);
    ::sigprocmask(SIG_BLOCK, &waited, &mask_before_);
    signals_.reset(::signalfd(-1, &waited, SFD_CLOEXEC | SFD_NONBLOCK));
    for (const int signal : kFatal) ::signal(signal, end_fatally);
    previous_new_handler = std::set_new_handler(end_for_want_of_memory);
    enter();
}

Screen::~Screen() {
    restore();
    std::set_new_handler(previous_new_handler);
    for (const int signal : kFatal) ::signal(signal, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Screen::enter() const {
    restoration.active = 1;
    termios raw = restoration.before;
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR | ISTRIP | BRKINT);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    write(kind_.begin + std::string(kMouseOn));
}

// As any program stops: the terminal is the shell's until we are continued.
void Screen::stop(bool whole_group) {
    restore();
    const int stop_signal = SIGTSTP;
    const sigset_t set = set_of({&stop_signal, 1});
    if (whole_group) {
        ::kill(0, SIGTSTP);
    } else {
        ::raise(SIGTSTP);
    }
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);  // stops here
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    ::tcgetattr(STDIN_FILENO, &restoration.before);
    enter();
}

void Screen::take_signals(Heard& heard) {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        const int signal = static_cast<int>(info.ssi_signo);
        if (signal == SIGTSTP) stop(false);
        if (signal == SIGWINCH || signal == SIGCONT || signal == SIGTSTP) {
            heard.changed = true;
        } else {
            heard.ended_by = signal;
        }
    }
}

Screen::Heard Screen::wait(int milliseconds) {
    Heard heard;
    // An escape may be a key, or the begin of one: the rest comes at once or never.
    const bool waits_for_rest = !bytes_.empty();
    std::array<pollfd, 2> waited = {{{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    ::poll(waited.data(), waited.size(), waits_for_rest ? kEscapeDelay : milliseconds);
    if ((waited[1].revents & POLLIN) != 0) take_signals(heard);
    bool came = false;
    if ((waited[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        std::array<char, 4096> buffer;
        const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size > 0) bytes_.append(buffer.data(), static_cast<size_t>(size));
        came = size > 0;
        if ((waited[0].revents & (POLLHUP | POLLERR)) != 0 && size <= 0 && errno != EINTR) heard.ended_by = SIGHUP;
    }
    heard.keys = tui::take_keys(bytes_, kind_.keys, waits_for_rest && !came);
    for (const tui::Key& key : heard.keys) {
        if (key.kind != tui::KeyKind::kCharacter || key.character != kCtrlZ) continue;
        stop(true);
        heard.changed = true;
    }
    return heard;
}

bool Screen::write(const std::string& bytes) const {
    for (size_t at = 0; at < bytes.size();) {
        const ssize_t written = ::write(STDOUT_FILENO, bytes.data() + at, bytes.size() - at);
        if (written < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (written < 0 && errno == EAGAIN) {
            pollfd waited{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&waited, 1, 1000);
        }
        if (written > 0) at += static_cast<size_t>(written);
    }
    return true;
}

tui::Size Screen::size() const {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

void end_by(int signal) {
    ::signal(signal, SIG_DFL);
    const sigset_t set = set_of({&signal, 1});
    ::raise(signal);
    ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
    ::_exit(128 + signal);
}

}  // namespace ttmem
