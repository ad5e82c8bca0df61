#include "src/apps/commands.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <poll.h>
#include <csignal>
#include <memory>
#include <optional>

#include "src/apps/capture_session.h"
#include "src/apps/recordings.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr int kBetweenLooks = 50;  // milliseconds
constexpr WallTime kSecond = 1'000'000'000;
constexpr WallTime kBetweenWords = kSecond;

struct Options {
    std::string output;
    std::optional<size_t> pid;
    std::optional<WallTime> duration;
    bool force = false, quiet = false;
};

// Ctrl-C and the like end the recording, not the capture.
class Interruption {
public:
    Interruption() {
        sigset_t signals;
        ::sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        descriptor_.reset(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    // Whether one has come, within so many milliseconds.
    bool wait(int milliseconds) const {
        pollfd waited{descriptor_.get(), POLLIN, 0};
        return ::poll(&waited, 1, milliseconds) > 0;
    }

private:
    ScopedFd descriptor_;
};

std::string progress(const CaptureSession& session, WallTime elapsed) {
    return fmt::format("{}: {} of {}, {}{}", human_duration(elapsed), counted(session.events(), "event"),
                       counted(session.processes(), "process", "processes"), human_bytes(session.bytes()),
                       session.lost() == 0 ? "" : fmt::format(", {} lost", with_commas(session.lost())));
}

int record(const Options& options, const Invocation& invocation) {
    const Terminal& terminal = invocation.terminal;
    const auto system = real_system();
    const WallTime began_at = system->now();
    const auto pid = static_cast<uint32_t>(options.pid.value_or(static_cast<size_t>(::getpid())));
    Interest interest;
    if (options.pid) interest.pid = pid;
    interest.dead = false;
    if (options.pid && collect(*system, interest, {.allocations = false}).processes.empty()) {
        return terminal.fail({fmt::format("process {} is not tracked", pid),
                              "no running process with this pid has a ledger", "`ttmem ps` lists those that have"},
                             kNothingTracked);
    }
    const Result<std::string> name = capture_name(options.output, pid, began_at);
    if (!name) return terminal.fail(name.error(), kUsage);
    Result<CaptureSession> session = CaptureSession::open(*name, options.force, *system);
    if (!session) return terminal.fail(session.error(), kFailed);
    const Interruption interruption;
    session->begin(interest, false);
    std::optional<Error> error;
    WallTime said_at = began_at;
    const bool says = !options.quiet && !terminal.json() && ::isatty(STDERR_FILENO) == 1;
    while (!error) {
        error = session->tick();
        const WallTime elapsed = system->now() - began_at;
        if (says && began_at + elapsed - said_at >= kBetweenWords) {
            terminal.message("\r\033[K" + progress(*session, elapsed));
            said_at = began_at + elapsed;
        }
        if (options.duration && elapsed >= *options.duration) break;
        if (options.pid && !session->any_live()) break;
        if (interruption.wait(kBetweenLooks)) break;
    }
    if (!error) error = session->finish();
    if (says) terminal.message("\r\033[K");
    if (error) return terminal.fail(*error, kFailed);
    const auto as_text = [&] {
        return fmt::format("{}: {}\n", printable(session->path()), progress(*session, system->now() - began_at));
    };
    const auto as_json = [&] {
        Json json = document("record", system->now(), {});
        json["file"] = valid_utf8(session->path());
        json["bytes"] = session->bytes();
        json["events"] = session->events();
        json["events_lost"] = session->lost();
        json["processes"] = session->processes();
        return json;
    };
    return terminal.answer(as_text, as_json, session->processes() == 0 ? kNothingTracked : kOk);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.text("-o,--output", options->output, "FILE", "The capture: %p is the pid, %h this machine, %t the time");
    list.number("--pid", options->pid, "PID", "Only this process, until it ends (default: all)");
    list.parsed("--for", "TIME", "How long: 90s, 10m, 1h30m (default: until Ctrl-C)",
                [options](const std::string& text) {
                    options->duration = parse_duration(text);
                    return options->duration ? "" : "`" + text + "` is no time such as 90s, 10m or 1h30m";
                });
    list.flag("--force", options->force, "Overwrite an existing file");
    list.flag("-q,--quiet", options->quiet, "Print no progress");
    return [options](const Invocation& invocation) {
        if (options->output.empty()) {
            return invocation.terminal.fail({"a recording goes to a file", "none is given", "ttmem record -o FILE"},
                                            kUsage);
        }
        return record(*options, invocation);
    };
}

}  // namespace

Command record_command() {
    return {
        .name = "record",
        .summary = "record what running processes do in a capture",
        .examples =
            "  ttmem record -o all.ttmem                   all processes, until Ctrl-C\n"
            "  ttmem record --pid 4711 --for 10m -o %p-%t.ttmem\n",
        .details =
            "The processes need not cooperate and do not notice. What their rings overwrite before it is read is\n"
            "lost, counted, and mentioned in every answer; what is live is right nonetheless. The file can be read\n"
            "while it grows, and after this command was killed. `ttmem run -o FILE` records a program from its\n"
            "start. Processes at TTMEM_LEVEL=counts keep no history: only what is live in them is recorded, twice\n"
            "a second.\n",
        .add_options = add_options};
}

}  // namespace ttmem
