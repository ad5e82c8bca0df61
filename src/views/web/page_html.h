// The page as one HTML file: what web/ builds, with the data of one recording in it. It asks nobody for anything, and
// its policy lets it run no other script than its own.
#pragma once

#include <string>
#include <string_view>

namespace ttmem {

// `json`: the document ttmem.page-data/1 (src/views/json/page.h) as text. Whatever names are in it, no markup comes of
// them. `is_live`: it comes from a server, and asks that for newer data beside it, which the policy allows then.
std::string page_html(std::string_view json, bool is_live = false);

// The page without data: web/dist/page.html.
std::string_view page_template();

}  // namespace ttmem
