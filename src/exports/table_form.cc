#include "src/exports/table_form.h"

#include <array>

namespace ttmem {
namespace {

constexpr std::array<TableColumn, 26> kEventColumns = {{
    {"time_unix_ns", "Nullable(UInt64)"},
    {"order", "UInt64"},
    {"event", "LowCardinality(String)"},
    {"process", "UInt32"},
    {"pid", "UInt32"},
    {"ledger", "String"},
    {"thread", "Nullable(UInt32)"},
    {"place", "LowCardinality(String)"},
    {"chips", "Nullable(UInt16)"},
    {"pool", "LowCardinality(String)"},
    {"class", "LowCardinality(String)"},
    {"op", "LowCardinality(String)"},
    {"tag", "LowCardinality(String)"},
    {"name", "LowCardinality(String)"},
    {"iteration", "Nullable(UInt32)"},
    {"id", "String"},
    {"holder", "String"},
    {"address_in_bank", "Nullable(UInt64)"},
    {"requested_bytes_per_chip", "Nullable(UInt64)"},
    {"reserved_bytes_per_chip", "Nullable(UInt64)"},
    {"bytes_per_bank", "Nullable(UInt64)"},
    {"banks", "Nullable(UInt16)"},
    {"data_banks", "Nullable(UInt16)"},
    {"persistent", "Nullable(Bool)"},
    {"line", "LowCardinality(String)"},
    {"called_at", "LowCardinality(String)"},
}};

constexpr std::array<TableColumn, 25> kAllocationColumns = {{
    {"id", "String"},
    {"process", "UInt32"},
    {"pid", "UInt32"},
    {"ledger", "String"},
    {"thread", "Nullable(UInt32)"},
    {"place", "LowCardinality(String)"},
    {"chips", "UInt16"},
    {"pool", "LowCardinality(String)"},
    {"class", "LowCardinality(String)"},
    {"op", "LowCardinality(String)"},
    {"tag", "LowCardinality(String)"},
    {"iteration", "Nullable(UInt32)"},
    {"holder", "String"},
    {"address_in_bank", "UInt64"},
    {"requested_bytes_per_chip", "UInt64"},
    {"reserved_bytes_per_chip", "UInt64"},
    {"bytes_per_bank", "UInt64"},
    {"banks", "UInt16"},
    {"persistent", "Bool"},
    {"allocated_unix_ns", "Nullable(UInt64)"},
    {"ended_unix_ns", "Nullable(UInt64)"},
    {"lifetime_ns", "Nullable(UInt64)"},
    {"end", "LowCardinality(String)"},
    {"line", "LowCardinality(String)"},
    {"called_at", "LowCardinality(String)"},
}};

std::string names_of(std::span<const TableColumn> columns) {
    std::string names;
    for (const TableColumn& column : columns) names.append(names.empty() ? "" : ", ").append(column.name);
    return names;
}

std::string full_name(const TableForm& form) { return "ttmem_" + std::string(form.name); }

}  // namespace

const TableForm& event_form() {
    static constexpr TableForm kForm = {"events", "event", kEventColumns, "ledger, order, id"};
    return kForm;
}

const TableForm& allocation_form() {
    static constexpr TableForm kForm = {"allocations", "allocation", kAllocationColumns, "ledger, id"};
    return kForm;
}

std::string create_statement(const TableForm& form) {
    std::string statement = "CREATE TABLE IF NOT EXISTS " + full_name(form) + "\n(\n";
    for (const TableColumn& column : form.columns) {
        statement.append("    ").append(column.name).append(" ").append(column.type);
        statement += &column == &form.columns.back() ? "\n" : ",\n";
    }
    return statement + ")\nENGINE = ReplacingMergeTree\nORDER BY (" + std::string(form.key) + ");\n";
}

std::string insert_statement(const TableForm& form) {
    return "INSERT INTO " + full_name(form) + " (" + names_of(form.columns) + ") VALUES\n";
}

}  // namespace ttmem
