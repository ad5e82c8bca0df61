#include "src/exports/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "src/base/text.h"

namespace ttmem {
namespace {

bool is_plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

// RFC 4180: quoted where a reader could take it for something else. A spreadsheet runs what begins like a formula, also
// in quotes; an apostrophe before it makes it a text. One that begins with an apostrophe gets another, so that taking
// one away always yields the name.
void append_csv_text(std::string& to, std::string_view foreign) {
    std::string text = printable(foreign);
    if (std::string_view("=+-@'").find(text.front()) != std::string_view::npos) text.insert(0, 1, '\'');
    if (text.find_first_of(",\"") == std::string::npos) {
        to += text;
        return;
    }
    to += '"';
    for (const char c : text) {
        if (c == '"') to += '"';
        to += c;
    }
    to += '"';
}

}  // namespace

void append_json_text(std::string& to, std::string_view foreign) {
    if (is_plain(foreign)) {
        to.append("\"").append(foreign).append("\"");
    } else {
        to += escaped_controls(nlohmann::json(valid_utf8(foreign)).dump());
    }
}

std::string Row::heading() const {
    if (syntax_ == RowSyntax::kJsonLines) return "";
    std::string line;
    for (const std::string_view name : columns_) line.append(line.empty() ? "" : ",").append(name);
    return line + "\n";
}

void Row::begin() {
    line_.clear();
    if (syntax_ == RowSyntax::kJsonLines) line_.push_back('{');
    column_ = 0;
    is_first_ = true;
}

void Row::cell() {
    if (!is_first_) line_ += ',';
    is_first_ = false;
    if (syntax_ == RowSyntax::kJsonLines) line_.append("\"").append(columns_[column_]).append("\":");
    ++column_;
}

Row& Row::number(uint64_t value) {
    cell();
    fmt::format_to(std::back_inserter(line_), "{}", value);
    return *this;
}

Row& Row::truth(bool value) {
    cell();
    line_ += value ? "true" : "false";
    return *this;
}

Row& Row::text(std::string_view foreign) {
    if (foreign.empty()) return nothing();
    cell();
    if (syntax_ == RowSyntax::kJsonLines) {
        append_json_text(line_, foreign);
    } else {
        append_csv_text(line_, foreign);
    }
    return *this;
}

Row& Row::nothing() {
    if (syntax_ == RowSyntax::kCsv) {
        cell();
    } else {
        ++column_;
    }
    return *this;
}

const std::string& Row::end() {
    line_ += syntax_ == RowSyntax::kJsonLines ? "}\n" : "\n";
    return line_;
}

}  // namespace ttmem
