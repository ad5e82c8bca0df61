#include "src/views/text/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/base/text.h"
#include "src/views/text/table.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

Tone tone_of(Health health) {
    return health == Health::kOk ? Tone::kGood : health == Health::kWarning ? Tone::kWarning : Tone::kBad;
}

size_t count_of(const std::vector<Finding>& findings, Health health) {
    return static_cast<size_t>(
        std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.health == health; }));
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, const Look& look) {
    size_t widest = 0;
    for (const Finding& f : findings) widest = std::max(widest, width_of(f.check));
    std::string text;
    for (const Finding& f : findings) {
        const std::string name = health_name(f.health);
        const std::string column(6 + widest + 2, ' ');  // where sentences begin
        text += wrapped(look.paint(tone_of(f.health), name) + std::string(6 - name.size(), ' ') +
                            fmt::format("{:<{}}  {}\n", f.check, widest, printable(f.found)),
                        look, column);
        if (!f.next.empty()) text += wrapped(column + "-> " + printable(f.next) + "\n", look, column + "   ");
    }
    return text + fmt::format("\n{} ok, {}, {}\n", count_of(findings, Health::kOk),
                              counted(count_of(findings, Health::kWarning), "warning"),
                              counted(count_of(findings, Health::kFailure), "failure"));
}

}  // namespace ttmem
