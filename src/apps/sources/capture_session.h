// A capture that is being recorded: follows processes, and writes what they do to its file while they do it.
//
// It needs no cooperation of the processes, and an error of the file disturbs nobody: it is said once, the file ends
// there, and can be read.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/base/result.h"
#include "src/capture/capture_writer.h"
#include "src/collector/follower.h"

namespace ttmem {

// The name of a capture: %p is `pid`, %h the name of this machine, %t the time, as 20261129-004711, %% a percent sign.
Result<std::string> capture_name(const std::string& pattern, uint32_t pid, WallTime now);

class CaptureSession {
public:
    // The file is made at once, so that a wrong name is known before there is anything to record.
    static Result<CaptureSession> open(const std::string& path, bool overwrite, const System& system);

    // One without a name, in $TMPDIR or /tmp, for as long as it is open. path() is one that this process can open.
    static Result<CaptureSession> open_nameless(const System& system);

    void begin(const Interest& interest, const FollowOptions& options);

    // Several times a second. Returns the error of the file, the first time.
    std::optional<Error> tick();

    // Before finish(): what who records knows to be missing from it.
    void lacks(const Coverage& more) { lacking_.merge(more); }

    // The end of the recording: the current state, in full.
    std::optional<Error> finish();

    bool any_live() const { return follower_->any_live(); }
    size_t processes() const { return follower_->tables().processes.size(); }
    uint64_t events() const { return events_; }
    uint64_t lost() const { return lost_; }
    const Coverage& coverage() const { return coverage_; }  // of the state that finish() wrote
    uint64_t bytes() const { return writer_.bytes(); }
    const std::string& path() const { return path_; }

private:
    CaptureSession(CaptureWriter writer, const System& system)
        : writer_(std::move(writer)), path_(writer_.path()), system_(&system) {}
    std::optional<Error> write(const Follower::Batch& batch, bool all);
    std::optional<Error> once(const Result<void>& written);

    CaptureWriter writer_;
    std::string path_;
    const System* system_;
    std::unique_ptr<Follower> follower_;
    WallTime between_states_ = 0;
    WallTime flushed_at_ = 0, stated_at_ = 0;
    uint64_t events_ = 0, lost_ = 0;
    Coverage coverage_, lacking_;
    Interest interest_;
    WallTime began_at_ = 0;
    bool has_opened_ = false;  // a process did, since the last state: it may have chips that no state has
    bool failed_ = false;
};

}  // namespace ttmem
