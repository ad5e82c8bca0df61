#include "tests/docs/document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace ttmem {
namespace {

std::string trimmed(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '`'), text.end());
    const size_t first = text.find_first_not_of(' ');
    if (first == std::string::npos) return "";
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(trimmed(cell));
    return cells;
}

bool is_rule(const std::string& line) { return line.find_first_not_of("|-: ") == std::string::npos; }

}  // namespace

Document::Document(const std::string& name, const std::string& folder) {
    std::ifstream file(std::string(TTMEM_SOURCE_DIR "/") + folder + "/" + name);
    EXPECT_TRUE(file.is_open()) << folder << "/" << name << " cannot be read";
    enum { kText, kTable, kAfterTable, kHex, kCode } mode = kText;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            mode = mode == kHex || mode == kCode ? kAfterTable : line == "```hex" ? kHex : kCode;
        } else if (mode == kHex) {
            hex_lines_.push_back(line);
        } else if (mode == kCode) {
            continue;
        } else if (line.starts_with('#')) {
            sections_.push_back({trimmed(line.substr(line.find_first_not_of('#'))), {}});
            mode = kText;
        } else if (line.starts_with('|') && !sections_.empty() && mode != kAfterTable) {
            if (mode == kText) {
                mode = kTable;  // this line is the head
            } else if (!is_rule(line)) {
                sections_.back().rows.push_back(cells_of(line));
            }
        } else if (mode == kTable) {
            mode = kAfterTable;
        }
    }
}

const Section& Document::section(const std::string& title) const {
    static const Section none;
    for (const Section& section : sections_) {
        if (section.title.starts_with(title)) return section;
    }
    ADD_FAILURE() << "the document has no section \"" << title << "\"";
    return none;
}

std::vector<uint8_t> Document::bytes(size_t size) const {
    std::vector<uint8_t> bytes(size);
    for (const std::string& line : hex_lines_) {
        std::istringstream words(line.substr(0, line.find('|')));
        size_t offset = 0;
        words >> std::hex >> offset;
        unsigned byte = 0;
        for (; words >> std::hex >> byte; ++offset) {
            if (offset >= size || byte > 255) {
                ADD_FAILURE() << "a line of hex does not fit: " << line;
                return bytes;
            }
            bytes[offset] = static_cast<uint8_t>(byte);
        }
    }
    return bytes;
}

std::string hex_lines(const std::vector<uint8_t>& bytes) {
    std::string lines;
    for (size_t offset = 0; offset < bytes.size(); offset += 16) {
        std::string hex, text;
        bool any = false;
        for (size_t i = offset; i < std::min(offset + 16, bytes.size()); ++i) {
            char two[8];
            std::snprintf(two, sizeof two, " %02x", bytes[i]);
            hex += two;
            text += bytes[i] >= 0x20 && bytes[i] < 0x7f ? static_cast<char>(bytes[i]) : '.';
            any |= bytes[i] != 0;
        }
        char at[24];
        std::snprintf(at, sizeof at, "%06zx ", offset);
        if (any) lines += at + hex + "  |" + text + "|\n";
    }
    return lines;
}

}  // namespace ttmem
