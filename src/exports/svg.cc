#include "src/exports/svg.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "src/base/text.h"

namespace ttmem {
namespace {

struct Colour {
    const char* name;
    const char* fill;
    const char* hatch;  // drawn over it, in a square of 8
};

constexpr std::array kColours = {
    Colour{"tensor", "#0072b2", ""},
    Colour{"persistent", "#56b4e9", "M0 4H8"},
    Colour{"program", "#e69f00", "M-2 2L2 -2M0 8L8 0M6 10L10 6"},
    Colour{"trace", "#cc79a7", "M4 0V8"},
    Colour{"cb", "#009e73", "M0 0L8 8M-2 6L2 10M6 -2L10 2"},
    Colour{"runtime", "#999999", "M0 2H8M0 6H8"},
    Colour{"leaked", "#d55e00", "M0 0L8 8M8 0L0 8"},
};

std::string pattern(const std::string& name, const std::string& fill, const std::string& hatch, const char* stroke) {
    std::string text =
        fmt::format("<pattern id=\"{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">", name);
    if (!fill.empty()) text += fmt::format("<rect width=\"8\" height=\"8\" fill=\"{}\"/>", fill);
    if (!hatch.empty()) {
        text += fmt::format("<path d=\"{}\" class=\"{}\" fill=\"none\"/>", hatch, stroke);
    }
    return text + "</pattern>\n";
}

}  // namespace

std::string svg_number(double value) {
    const double rounded = std::round(value * 10) / 10;
    return rounded == std::floor(rounded) ? fmt::format("{:.0f}", rounded) : fmt::format("{:.1f}", rounded);
}

std::vector<uint64_t> svg_byte_ticks(uint64_t from, uint64_t to, uint64_t most) {
    uint64_t step = 1;
    while ((to - from) / step > most) step *= 2;
    std::vector<uint64_t> ticks;
    const uint64_t first = from / step + (from % step != 0), last = to / step;
    for (uint64_t i = 0; i <= most && first <= last && i <= last - first; ++i) ticks.push_back((first + i) * step);
    return ticks;
}

std::string svg_escaped(std::string_view foreign) {
    std::string text;
    for (const char c : printable(foreign)) {
        switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            default:
                text += c;
        }
    }
    return text;
}

std::string svg_style() {
    std::string text =
        "<style>\n"
        "text{font:12px system-ui,sans-serif;fill:#1a1a1a}.faint{fill:#5c5c5c}.head{font-size:15px;font-weight:600}"
        ".bad{fill:#b33c00}\n"
        ".back{fill:#fff}.init{fill:#f1f1ec}.line{stroke:#8a8a8a;fill:none}.grid{stroke:#dedede;fill:none}"
        ".limit{stroke:#1a1a1a;stroke-dasharray:6 4;fill:none}\n"
        ".badline{stroke:#d55e00;stroke-width:2;fill:none}.badmark{stroke:#d55e00;stroke-width:2.5;fill:none}"
        ".peak{fill:#1a1a1a}.span{fill:#e4e4de;stroke:#fff}.hatch{stroke:#fff;stroke-opacity:.55}"
        ".cell{fill:#fff;stroke:#b5b5b5}.shown{fill:none;stroke:#d55e00;stroke-width:2.5}"
        ".clash{fill:none;stroke:#d55e00;stroke-width:2.5}.strong{font-weight:600}"
        ".asked{fill:none;stroke:#d55e00;stroke-width:2;stroke-dasharray:5 3}"
        ".over{stroke:#fff;stroke-width:3;paint-order:stroke}\n"
        ".unknownhatch{stroke:#5c5c5c}.gaphatch{stroke:#8a8a8a;stroke-opacity:.8}\n"
        "@media(prefers-color-scheme:dark){text{fill:#ededed}.faint{fill:#ababab}.bad{fill:#ff9b66}.back{fill:#1b1b1d}"
        ".init{fill:#252528}.cell{fill:#1b1b1d;stroke:#56565c}.grid{stroke:#37373b}.limit{stroke:#ededed}.peak{fill:#"
        "ededed}"
        ".span{fill:#3a3a40;stroke:#1b1b1d}.hatch{stroke:#000;stroke-opacity:.4}.unknownhatch{stroke:#ababab}.over{"
        "stroke:#1b1b1d}}\n";
    for (const Colour& colour : kColours) text += fmt::format(".{}{{fill:url(#p-{})}}", colour.name, colour.name);
    text += ".unknown{fill:url(#p-unknown)}.gap{fill:url(#p-gap)}\n</style>\n<defs>\n";
    for (const Colour& colour : kColours) {
        text += pattern(std::string("p-") + colour.name, colour.fill, colour.hatch, "hatch");
    }
    text += pattern("p-unknown", "", "M0 0L8 8M-2 6L2 10M6 -2L10 2", "unknownhatch");
    text += pattern("p-gap", "", "M-2 2L2 -2M0 8L8 0M6 10L10 6", "gaphatch");
    return text + "</defs>\n";
}

}  // namespace ttmem
