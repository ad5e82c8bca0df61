#include "src/apps/sources/capture_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <utility>

#include "src/apps/running/report_file.h"
#include "src/apps/sources/recordings.h"
#include "src/capture/capture_reader.h"
#include "src/collector/untracked_trace.h"

namespace ttmem {
namespace {

constexpr WallTime kBetweenFlushes = 1'000'000'000;  // what a recorder that is killed loses, at most
constexpr WallTime kBetweenStates = 5'000'000'000;

}  // namespace

Result<std::string> capture_name(const std::string& pattern, uint32_t pid, WallTime now) {
    if (is_stdout(pattern))
        return Error{"`-` is no name for a capture", "it is written at any place of a file, not as a stream",
                     "-o run.ttmem (a file of that name is ./-)"};
    std::string name;
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%') {
            name += pattern[i];
            continue;
        }
        const char what = i + 1 < pattern.size() ? pattern[++i] : '\0';
        if (what == '%') {
            name += '%';
        } else if (what == 'p') {
            name += std::to_string(pid);
        } else if (what == 'h') {
            std::array<char, 256> host{};
            ::gethostname(host.data(), host.size() - 1);
            for (const char* at = host.data(); *at != '\0'; ++at) name += *at == '/' ? '_' : *at;
        } else if (what == 't') {
            const std::time_t seconds = now / 1'000'000'000;
            std::tm utc{};
            ::gmtime_r(&seconds, &utc);
            std::array<char, 32> text{};
            name.append(text.data(), std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &utc));
        } else {
            return Error{"`" + pattern + "` is no name for a capture", "% must be followed by p, h, t or another %",
                         "-o run-%t.ttmem"};
        }
    }
    return name;
}

// A capture of a run that recorded nothing: there is nothing to lose. (Of one that is being written the lock tells.)
static bool has_recorded_nothing(const std::string& path) {
    if (!is_capture_file(path)) return false;
    const Result<Capture> capture = open_capture(path);
    return capture && capture->recording.end.processes.empty();
}

Result<CaptureSession> CaptureSession::open(const std::string& path, bool overwrite, const System& system) {
    if (std::optional<Error> error = would_replace_ledger(path, "capture", "-o")) return *error;
    overwrite = overwrite || has_recorded_nothing(path);
    Result<CaptureWriter> writer = CaptureWriter::create(path, {overwrite, system.now()});
    if (!writer) return writer.error();
    return CaptureSession(std::move(*writer), system);
}

Result<CaptureSession> CaptureSession::open_nameless(const System& system) {
    const char* folder = std::getenv("TMPDIR");
    std::string path = fmt::format("{}/ttmem-XXXXXX", folder != nullptr && *folder != '\0' ? folder : "/tmp");
    const ScopedFd made(::mkostemp(path.data(), O_CLOEXEC));
    if (!made) return Error{"no temporary file can be made as " + path, std::strerror(errno), "set TMPDIR"};
    Result<CaptureSession> session = open(path, true, system);
    ::unlink(path.c_str());
    if (session) session->path_ = fmt::format("/proc/self/fd/{}", session->writer_.descriptor());
    return session;
}

void CaptureSession::begin(const Interest& interest, const FollowOptions& options) {
    interest_ = interest;
    began_at_ = system_->now();
    follower_ = std::make_unique<Follower>(*system_, interest, options);
    between_states_ = std::max(kBetweenStates, options.every);
}

std::optional<Error> CaptureSession::once(const Result<void>& written) {
    if (written || failed_) return std::nullopt;
    failed_ = true;
    return written.error();
}

std::optional<Error> CaptureSession::write(const Follower::Batch& batch, bool all) {
    events_ += batch.events.size();
    for (const HistoryGap& gap : batch.gaps) lost_ += gap.events;
    return once(writer_.write(follower_->tables(), batch.live_before, batch.events, batch.gaps, all));
}

std::optional<Error> CaptureSession::tick() {
    if (failed_) return std::nullopt;
    const WallTime now = system_->now();
    const bool flush = now - flushed_at_ >= kBetweenFlushes;
    const bool state = now - stated_at_ >= between_states_ || (flush && has_opened_);
    const Follower::Batch batch = follower_->drain(state);
    if (state) has_opened_ = false;
    for (const Event& event : batch.events) has_opened_ |= event.kind == EventKind::kPlaceOpened;
    std::optional<Error> error = write(batch, flush || state);
    if (flush) flushed_at_ = now;
    if (!error && state) {
        error = once(writer_.write_state(follower_->state()));
        stated_at_ = now;
    }
    return error;
}

std::optional<Error> CaptureSession::finish() {
    if (failed_) return std::nullopt;
    if (std::optional<Error> error = write(follower_->finish(), true)) return error;
    Snapshot state = follower_->state();
    const std::optional<LedgerId> run = interest_.run ? std::optional(LedgerId{*interest_.run}) : std::nullopt;
    note_recorded_nothing(*system_, {interest_.pid, run, run.has_value(), began_at_}, state.coverage);
    state.coverage.merge(lacking_);
    coverage_ = state.coverage;
    return once(writer_.finish(state, state.generated_at));
}

}  // namespace ttmem
