#include "src/exports/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

// As ClickHouse takes a text apart: every byte of the name is in the table, and none that a terminal obeys in the file.
void append_sql_text(std::string& to, std::string_view foreign) {
    std::string text;
    for (const char c : foreign) {
        if (c == '\'' || c == '\\') text += '\\';
        text += c;
    }
    to.append("'").append(printable(text)).append("'");
}

// Of a column that knows no NULL.
std::string_view nothing_of(const TableColumn& column) {
    if (column.type.starts_with("Nullable")) return "NULL";
    return column.type.find("String") != std::string_view::npos ? "''" : "0";
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
    std::string line;
    for (const TableColumn& column : columns_) line.append(line.empty() ? "" : ",").append(column.name);
    return line + "\n";
}

void Row::begin() {
    line_.clear();
    if (syntax_ == RowSyntax::kJsonLines) line_.push_back('{');
    if (syntax_ == RowSyntax::kValues) line_.push_back('(');
    column_ = 0;
    is_first_ = true;
}

void Row::cell() {
    if (!is_first_) line_ += ',';
    is_first_ = false;
    if (syntax_ == RowSyntax::kJsonLines) line_.append("\"").append(columns_[column_].name).append("\":");
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
    switch (syntax_) {
        case RowSyntax::kCsv:
            append_csv_text(line_, foreign);
            break;
        case RowSyntax::kJsonLines:
            append_json_text(line_, foreign);
            break;
        case RowSyntax::kValues:
            append_sql_text(line_, foreign);
            break;
    }
    return *this;
}

Row& Row::nothing() {
    switch (syntax_) {
        case RowSyntax::kCsv:
            cell();
            break;
        case RowSyntax::kJsonLines:
            ++column_;
            break;
        case RowSyntax::kValues:
            cell();
            line_ += nothing_of(columns_[column_ - 1]);
            break;
    }
    return *this;
}

const std::string& Row::end() {
    static constexpr std::array<std::string_view, 3> kEnds = {"\n", "}\n", ")"};
    line_ += kEnds[static_cast<size_t>(syntax_)];
    return line_;
}

}  // namespace ttmem
