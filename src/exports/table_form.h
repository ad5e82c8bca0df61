// The tables that a recording is written as: their names and columns, and both in the words of ClickHouse.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "src/exports/row.h"

namespace ttmem {

struct TableForm {
    std::string_view name, row;  // "events", and what a row is
    std::span<const TableColumn> columns;
    std::string_view
        key;  // columns that tell its rows apart: of two rows with the same, ClickHouse keeps the later one
};

const TableForm& event_form();
const TableForm& allocation_form();

std::string create_statement(const TableForm& form);  // of a table that may be there already
std::string insert_statement(const TableForm& form);  // the part before the rows, which are of RowSyntax::kValues

}  // namespace ttmem
