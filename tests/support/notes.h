// What tests look for in the notes of an answer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "src/model/coverage.h"

namespace ttmem {

inline bool has_note(const Coverage& coverage, std::string_view part) {
    return std::ranges::any_of(coverage.notes,
                               [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

}  // namespace ttmem
