// One row of a table, as a line of CSV, as a JSON object on a line, or as the values of a statement of SQL: the same
// columns in all of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ttmem {

enum class RowSyntax : uint8_t { kCsv, kJsonLines, kValues };

struct TableColumn {
    std::string_view name, type;  // the type as ClickHouse has it
};

// Cells in the order of the columns. What is not known is an empty cell; an object lacks it, and of values it is NULL,
// or empty where the column has none.
class Row {
public:
    // `columns` have to live as long as this.
    Row(RowSyntax syntax, std::span<const TableColumn> columns) : syntax_(syntax), columns_(columns) {}

    std::string heading() const;  // a line of CSV with the names

    void begin();
    Row& number(uint64_t value);
    Row& number_or_nothing(uint64_t value) { return value == 0 ? nothing() : number(value); }  // 0 is not known
    Row& truth(bool value);
    Row& text(std::string_view foreign);  // "" is not known
    Row& nothing();
    const std::string& end();  // the line; of values without its end

private:
    void cell();

    RowSyntax syntax_;
    std::span<const TableColumn> columns_;
    size_t column_ = 0;
    bool is_first_ = true;
    std::string line_;
};

// Foreign bytes as a JSON text with its quotes.
void append_json_text(std::string& to, std::string_view foreign);

}  // namespace ttmem
