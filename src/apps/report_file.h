// The file that a report goes to: an old one stays whole until the new one is complete.
//
// A regular file is written beside its name and renamed; a pipe, a device, or what a symbolic link in /proc leads to
// (/dev/stdout, /dev/fd/3) is written straight.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/views/json/list_document.h"

namespace ttmem {

class ReportFile {
public:
    ReportFile() = default;  // none is wanted

    // Before the program starts: it would be sad to learn of a wrong path when it has run for a day. Nothing is
    // left if the report is never written. A capture is never replaced. Errors call it `what`, and the option that
    // names it `option`.
    static Result<ReportFile> prepare(const std::string& path, const std::string& what = "report",
                                      const std::string& option = "--report");

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
Result<void> write_file(const std::string& path, std::string_view text, const std::string& what,
                        const std::string& option);

}  // namespace ttmem
