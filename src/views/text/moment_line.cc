#include "src/views/text/moment_line.h"

#include "src/base/text.h"
#include "src/views/text/wrap.h"

namespace ttmem {

std::string moment_words(const std::string& moment) { return moment.empty() ? "" : " " + printable(moment); }

std::string moment_line(const std::string& moment, const std::string& other, const Look& look) {
    if (moment.empty()) return "";
    return wrapped("As it was" + moment_words(moment) + "." + (other.empty() ? "" : " " + other) + "\n", look);
}

}  // namespace ttmem
