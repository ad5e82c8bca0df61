#include "src/apps/utf8_locale.h"

#include <cstdlib>
#include <string>

namespace ttmem {

bool is_utf8_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == 0) continue;
        const std::string locale(value);
        return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos ||
               locale.find("UTF8") != std::string::npos || locale.find("utf-8") != std::string::npos;
    }
    return false;
}

}  // namespace ttmem
