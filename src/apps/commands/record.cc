#include "src/apps/commands.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <poll.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "src/apps/running/report_file.h"
#include "src/apps/sources/capture_session.h"
#include "src/apps/sources/recordings.h"
#include "src/apps/sources/tracked.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/untracked.h"

namespace ttmem {
namespace record_parts {

constexpr int kBetweenLooks = 50;  // milliseconds
constexpr WallTime kSecond = 1'000'000'000;
constexpr WallTime kBetweenWords = kSecond;

struct Options {
    std::string output;
    std::optional<size_t> pid;
    std::optional<WallTime> duration, keep, every;
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

// A recording in one file, or with `keep` in stretches of so long, of which the newest and the one before are kept:
// FILE and FILE.1. The next one begins before the last one ends, so nothing happens between them; what was live then is
// in both.
class Stretches {
public:
    Stretches(const System& system, const Interest& interest, std::string path, WallTime keep, WallTime every)
        : system_(system), interest_(interest), path_(std::move(path)), keep_(keep), follow_{.every = every} {}

    // The file may only be there already, and the one before it, with `force`.
    std::optional<Error> begin(bool force) {
        for (const std::string& name : {earlier(), coming()}) {
            if (keep_ == 0) break;
            if (std::optional<Error> error = would_replace_ledger(name, "capture", "-o")) return error;
            if (!force && ::access(name.c_str(), F_OK) == 0)
                return Error{"`" + name + "` already exists", "with --keep, the other stretch goes there",
                             "choose another name, or add --force"};
        }
        Result<CaptureSession> session = CaptureSession::open(path_, force, system_);
        if (!session) return session.error();
        start(std::move(*session));
        return std::nullopt;
    }
    std::optional<Error> tick() {
        if (keep_ != 0 && system_.now() - began_at_ >= keep_) return next();
        return session_->tick();
    }
    std::optional<Error> finish() { return session_->finish(); }

    const CaptureSession& session() const { return *session_; }  // the newest
    const std::string& path() const { return path_; }
    std::string earlier() const { return path_ + ".1"; }
    bool has_earlier() const { return has_earlier_; }

private:
    std::string coming() const { return path_ + ".next"; }
    void start(CaptureSession session) {
        session_.emplace(std::move(session));
        session_->begin(interest_, follow_);
        began_at_ = system_.now();
    }
    std::optional<Error> next() {
        Result<CaptureSession> fresh = CaptureSession::open(coming(), true, system_);
        if (!fresh) return fresh.error();
        fresh->begin(interest_, follow_);
        if (std::optional<Error> error = fresh->tick()) return error;
        if (interest_.pid && !fresh->any_live()) {  // it has just ended: this is the last stretch
            ::unlink(fresh->path().c_str());
            return session_->tick();
        }
        if (std::optional<Error> error = session_->finish()) return error;
        if (::rename(path_.c_str(), earlier().c_str()) != 0 || ::rename(coming().c_str(), path_.c_str()) != 0)
            return Error{"the capture " + path_ + " cannot be renamed", std::strerror(errno), "free the name"};
        session_.emplace(std::move(*fresh));
        began_at_ = system_.now();
        has_earlier_ = true;
        return std::nullopt;
    }

    const System& system_;
    const Interest interest_;
    const std::string path_;
    const WallTime keep_;
    const FollowOptions follow_;
    std::optional<CaptureSession> session_;
    WallTime began_at_ = 0;
    bool has_earlier_ = false;
};

std::string progress(const CaptureSession& session, WallTime elapsed, const Look& look) {
    return fmt::format("{}: {} of {}, {}{}", human_duration(elapsed), counted(session.events(), "event"),
                       counted(session.processes(), "process", "processes"), look.bytes(session.bytes()),
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
    const Snapshot now = options.pid ? collect(*system, interest, {.allocations = false}) : Snapshot{};
    if (options.pid && now.processes.empty()) {
        return terminal.fail(unless_unread(now.coverage, {fmt::format("process {} is not tracked", pid),
                                                          "no running process with this pid has a ledger",
                                                          "`ttmem ps` lists those that have"}),
                             code_of(now));
    }
    const Result<std::string> name = capture_name(options.output, pid, began_at);
    if (!name) return terminal.fail(name.error(), kUsage);
    Stretches stretches(*system, interest, *name, options.keep.value_or(0), options.every.value_or(0));
    std::optional<Error> error = stretches.begin(options.force);
    if (error) return terminal.fail(*error, kFailed);
    const Interruption interruption;
    WallTime said_at = began_at;
    const bool says = !options.quiet && !terminal.json() && ::isatty(STDERR_FILENO) == 1;
    while (!error) {
        error = stretches.tick();
        const WallTime elapsed = system->now() - began_at;
        if (says && began_at + elapsed - said_at >= kBetweenWords) {
            terminal.message("\r\033[K" + progress(stretches.session(), elapsed, terminal.message_look()));
            said_at = began_at + elapsed;
        }
        if (options.duration && elapsed >= *options.duration) break;
        if (options.pid && !stretches.session().any_live()) break;
        if (interruption.wait(kBetweenLooks)) break;
    }
    if (!error) error = stretches.finish();
    if (says) terminal.message("\r\033[K");
    if (error) return terminal.fail(*error, kFailed);
    const CaptureSession& session = stretches.session();
    const auto as_text = [&] {
        return fmt::format("{}: {}\n", printable(stretches.path()),
                           progress(session, system->now() - began_at, terminal.look())) +
               (stretches.has_earlier() ? printable(stretches.earlier()) + ": the stretch before it\n" : "") +
               nothing_recorded_text(session.processes(), session.coverage(), terminal.look()) +
               coverage_lines(session.coverage(), terminal.look());
    };
    const auto as_json = [&] {
        Json json = document("record", system->now(), session.coverage());
        json["file"] = valid_utf8(stretches.path());
        json["earlier_file"] = stretches.has_earlier() ? Json(valid_utf8(stretches.earlier())) : Json(nullptr);
        json["bytes"] = session.bytes();
        json["events"] = session.events();
        json["events_lost"] = session.lost();
        json["processes"] = session.processes();
        return json;
    };
    return terminal.answer(as_text, as_json,
                           session.processes() != 0    ? kOk
                           : session.coverage().unread ? kInconclusive
                                                       : kNothingTracked);
}

Run add_options(OptionList& list) {
    const auto options = std::make_shared<Options>();
    list.text("-o,--output", options->output, "FILE", "Capture to write: %p is the pid, %h this machine, %t the time");
    list.number("--pid", options->pid, "PID", "Only this process, until it ends (default: all)");
    list.parsed("--for", "TIME", "How long to record: 90s, 10m, 1h30m (default: until Ctrl-C)",
                [options](const std::string& text) {
                    options->duration = parse_duration(text);
                    return options->duration ? "" : "`" + text + "` is not a time such as 90s, 10m or 1h30m";
                });
    list.parsed("--keep", "TIME",
                "Keep only the newest stretch of this length (1h), in FILE, and the one before it, in FILE.1",
                [options](const std::string& text) {
                    options->keep = parse_duration(text);
                    return options->keep ? "" : "`" + text + "` is not a time such as 90s, 10m or 1h30m";
                });
    list.parsed("--every", "TIME", "Record what is live at this interval (10s) instead of events: small, for weeks",
                [options](const std::string& text) {
                    options->every = parse_duration(text);
                    return options->every ? "" : "`" + text + "` is not a time such as 90s, 10m or 1h30m";
                });
    list.flag("--force", options->force, kForceHelp);
    list.flag("-q,--quiet", options->quiet, "Print no progress");
    return [options](const Invocation& invocation) {
        if (options->output.empty()) {
            return invocation.terminal.fail({"a recording goes to a file", "none is given", "ttmem record -o FILE"},
                                            kUsage);
        }
        return record(*options, invocation);
    };
}

}  // namespace record_parts

Command record_command() {
    using namespace record_parts;
    return {.name = "record",
            .summary = "record running processes in a capture",
            .examples =
                "  ttmem record -o all.ttmem                            all processes, until Ctrl-C\n"
                "  ttmem record --pid 4711 --for 10m -o %p-%t.ttmem\n"
                "  ttmem record --pid 4711 --keep 1h -o service.ttmem   for weeks, in bounded space\n"
                "  ttmem record --every 10s -o week.ttmem               what is live, every ten seconds\n",
            .details =
                "The processes need not cooperate, and do not notice. What their rings overwrite before it is read\n"
                "is lost, counted, and mentioned in every answer; what is live is right nonetheless. The file can\n"
                "be read while it grows, and after this command was killed. `ttmem run -o FILE` records a program\n"
                "from its start.\n"
                "\n"
                "With --keep, the file stays small however long the recording takes. Each stretch is a capture of\n"
                "its own, with what was live when it began; what happened before is in no answer, except in peaks,\n"
                "which processes count themselves.\n"
                "\n"
                "With --every, no events are recorded, only what was different at each look. What came and went\n"
                "between two looks is in no answer, and each answer says so; a peak lies between what was seen and\n"
                "what the processes count.\n"
                "\n"
                "Processes at TTMEM_LEVEL=counts keep no history; only what is live in them is recorded, twice a\n"
                "second.\n",
            .add_options = add_options};
}

}  // namespace ttmem
