// A document with one long list. Each item is made when it is written and forgotten then: there may be a million, and a
// Json of each takes some kilobytes and ten microseconds.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "src/views/json/json.h"

namespace ttmem {

struct ListDocument {
    Json before;            // what stands before the list; not empty
    std::string_view name;  // of the list
    size_t count = 0;
    // Appends the item of this number, as item_text() has it. What it refers to has to live as long as the document.
    std::function<void(size_t, std::string&)> append_item = {};
    Json after = Json::object();  // what stands behind the list
};

// An item of the list: on a line of its own, two steps further in than the document.
std::string item_text(const Json& item);

// Hands over, piece by piece, the text that a Json of all of it would have: indented, ended by a newline. Ends when
// `write` says false, and gives what it said last.
bool write_text(const ListDocument& document, const std::function<bool(const std::string&)>& write);

std::string to_text(const ListDocument& document);

}  // namespace ttmem
