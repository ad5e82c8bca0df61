#include "src/apps/options/picture_option.h"

#include "src/apps/exit_code.h"
#include "src/apps/running/report_file.h"
#include "src/base/text.h"
#include "src/views/text/coverage_line.h"

namespace ttmem {

void add_picture_option(OptionList& options, std::shared_ptr<AskedPicture> asked) {
    options.text("--svg", asked->file, "FILE",
                 "Write a picture to this file instead (- for stdout), for a page or a bug report");
    options.flag("--force", asked->force, kForceHelp);
}

int write_picture(const AskedPicture& asked, const std::string& svg, const Coverage& coverage, int code,
                  const Terminal& terminal) {
    if (is_stdout(asked.file)) return terminal.answer(svg, code);
    const Result<void> written = write_file(asked.file, existing(asked.force), svg, "picture", "--svg");
    if (!written) return terminal.fail(written.error(), kFailed);
    terminal.message("ttmem: the picture is in " + printable(asked.file) + "\n" +
                     coverage_lines(coverage, terminal.message_look()));
    return code;
}

}  // namespace ttmem
