#include "src/apps/running/failure_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "src/apps/options/asked_recording.h"
#include "src/base/fd.h"
#include "src/views/text/last_failure.h"

namespace ttmem {
namespace {

constexpr size_t kFileWidth = 120;

bool write_all(int fd, const std::string& text) {
    for (size_t done = 0; done < text.size();) {
        const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
        if (written < 0) return false;
        done += static_cast<size_t>(written);
    }
    return true;
}

}  // namespace

std::optional<LastFailure> last_failure_of_run(unsigned __int128 run, const std::string& capture) {
    AskedRecording asked;
    asked.file = capture;
    if (capture.empty()) asked.run = run;
    const Result<Recording> recording = asked_recording(asked);
    if (!recording) return std::nullopt;
    return explain_last_failure(*recording);
}

std::string keep_in_file(const LastFailure& failure, const std::string& source, pid_t program) {
    constexpr std::string_view kSuffix = ".txt";
    const char* folder = std::getenv("TMPDIR");
    std::string path = std::string(folder != nullptr && *folder != 0 ? folder : "/tmp") + "/ttmem-failure-" +
                       std::to_string(program) + "-XXXXXX" + std::string(kSuffix);
    const ScopedFd file(::mkostemps(path.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC));
    if (!file) return "";
    const Look look{.exact_bytes = true, .width = kFileWidth};
    if (write_all(file.get(), last_failure_text({failure, source, 0}, true, look))) return path;
    ::unlink(path.c_str());
    return "";
}

}  // namespace ttmem
