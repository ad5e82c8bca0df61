// The file that a report goes to: an old one stays whole until the new one is complete.
//
// A regular file is written beside its name and renamed; a pipe, a device, or what a symbolic link in /proc leads to
// (/dev/stdout, /dev/fd/3) is written straight.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/views/json/list_document.h"

namespace ttmem {

// What becomes of a file that is there already. What people keep (a page, a picture, an export, as a capture) is
// replaced only by --force. What is written anew at each run, for others to read (reports, baselines, metrics),
// replaces an earlier one, which it knows by its begin, or an empty file. A capture is never replaced by anything but
// another one, a ledger by nothing.
enum class Existing : uint8_t { kKept, kReplaced, kRenewed };
inline Existing existing(bool force) { return force ? Existing::kReplaced : Existing::kKept; }
// By what a file that is renewed is known, near its begin.
constexpr std::string_view kOurReport = "\"schema\": \"ttmem.run/", kOurMetrics = "# TYPE ttmem_",
                           kOurJunit = "<testsuite name=\"ttmem check\"", kOurBaseline = "# ttmem check --baseline";
constexpr const char* kForceHelp = "Replace the file if it exists";

// "-": where an answer is a stream, as a page or a picture, this is where it goes; what is written beside an answer, or
// anew at each run, needs a file.
inline bool is_stdout(std::string_view path) { return path == "-"; }

class ReportFile {
public:
    ReportFile() = default;  // none is wanted

    // Before the program starts: it would be sad to learn of a wrong path when it has run for a day. Nothing is
    // left if the report is never written. Errors call it `what`, and the option that names it `option`.
    // Refuses "-"; callers who write there do so themselves.
    // `ours`: what an earlier one has, where that is renewed.
    static Result<ReportFile> prepare(const std::string& path, Existing existing, const std::string& what,
                                      const std::string& option, std::string_view ours = "");

    bool wanted() const { return !path_.empty(); }

    // An error leaves what was there before.
    Result<void> write(const ListDocument& document);
    // Whatever `fill` hands to its argument, which says whether it could be written; false of `fill` is an error, too.
    using Put = std::function<bool(std::string_view)>;
    Result<void> write(const std::function<bool(const Put&)>& fill);

private:
    std::string path_;  // as it was given
    std::string what_ = "report";
    std::string target_;  // the file that is replaced; "" when it is written straight
    ScopedFd straight_;
};

// Prepares and writes at once: every file of a command that has its whole text goes this way.
Result<void> write_file(const std::string& path, Existing existing, std::string_view text, const std::string& what,
                        const std::string& option, std::string_view ours = "");

// Of all that writes to a name: it must not where a ledger is, of a process that lives or of one that has ended.
std::optional<Error> would_replace_ledger(const std::string& path, const std::string& what, const std::string& option);

}  // namespace ttmem
