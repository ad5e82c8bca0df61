// `--svg FILE`: a picture in place of text.
#pragma once

#include <memory>
#include <string>

#include "src/apps/options/option_list.h"
#include "src/apps/terminal.h"
#include "src/model/coverage.h"

namespace ttmem {

struct AskedPicture {
    std::string file;  // "-" stdout; "" none is asked for
    bool force = false;

    bool is_asked() const { return !file.empty(); }
};

// --svg, --force.
void add_picture_option(OptionList& options, std::shared_ptr<AskedPicture> asked);

// Writes it, and says on stderr where it is and what is missing in it. The exit code: `code`, or why it could not be
// written.
int write_picture(const AskedPicture& asked, const std::string& svg, const Coverage& coverage, int code,
                  const Terminal& terminal);

}  // namespace ttmem
