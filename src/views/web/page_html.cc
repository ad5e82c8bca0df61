#include "src/views/web/page_html.h"

namespace ttmem {
namespace {

constexpr std::string_view kPlace = "<!--data-->", kPolicy = "default-src 'none';";

// In JSON a `<` can only be in a string, and there it may be written otherwise: then nothing ends the script element.
std::string without_markup(std::string_view json) {
    std::string text;
    text.reserve(json.size() + json.size() / 64);
    for (const char c : json) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

}  // namespace

std::string page_html(std::string_view json, bool is_live) {
    const std::string_view page = page_template();
    const size_t at = page.find(kPlace);
    std::string html(page.substr(0, at));
    if (is_live) html.insert(html.find(kPolicy) + kPolicy.size(), " connect-src 'self';");
    html += "<script type=\"application/json\" id=\"data\"";
    html += is_live ? " data-live>" : ">";
    html += without_markup(json);
    html += "</script>";
    html += page.substr(at + kPlace.size());
    return html;
}

}  // namespace ttmem
