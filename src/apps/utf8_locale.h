// Whether the terminal shows more than ASCII, as the locale says.
#pragma once

namespace ttmem {

bool is_utf8_locale();

}  // namespace ttmem
