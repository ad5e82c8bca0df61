// The cells of a line of tt-metal's memory reports.
#pragma once

#include <string_view>
#include <vector>

namespace ttmem {

// Without the blanks and quotes around them.
inline std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    while (true) {
        const size_t comma = line.find(',');
        std::string_view cell = line.substr(0, comma);
        while (!cell.empty() && (cell.front() == ' ' || cell.front() == '"')) cell.remove_prefix(1);
        while (!cell.empty() && std::string_view(" \"\r").find(cell.back()) != std::string_view::npos)
            cell.remove_suffix(1);
        cells.push_back(cell);
        if (comma == std::string_view::npos) return cells;
        line.remove_prefix(comma + 1);
    }
}

}  // namespace ttmem
