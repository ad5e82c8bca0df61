#include "src/importers/ttnn_report/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

#include "src/base/decimal.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

constexpr int kMostTextBytes = 64 * 1024;
constexpr size_t kMostTables = 256;

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

// A path as SQLite's URI: what means something there is escaped.
std::string uri_of(const std::string& path) {
    std::string uri = "file:";
    for (const char c : path) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '.' || c == '_' || c == '-';
        char escaped[4];
        std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(c));
        uri += plain ? std::string(1, c) : escaped;
    }
    return uri + "?immutable=1&mode=ro";
}

std::string identifier(std::string_view name) {
    std::string text = "\"";
    for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

}  // namespace

bool ReportRow::is_null(int column) const { return ::sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::optional<int64_t> ReportRow::integer(int column) const {
    if (::sqlite3_column_type(statement_, column) == SQLITE_INTEGER) return ::sqlite3_column_int64(statement_, column);
    if (::sqlite3_column_type(statement_, column) != SQLITE_TEXT) return std::nullopt;
    return decimal_in<int64_t>(text(column));
}

std::optional<uint64_t> ReportRow::size(int column) const {
    const std::optional<int64_t> value = integer(column);
    return value && *value >= 0 ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
}

std::optional<uint32_t> ReportRow::id(int column) const {
    const std::optional<uint64_t> value = size(column);
    return value && *value <= std::numeric_limits<uint32_t>::max() ? std::optional(static_cast<uint32_t>(*value))
                                                                   : std::nullopt;
}

std::string ReportRow::text(int column) const {
    const unsigned char* text = ::sqlite3_column_text(statement_, column);
    if (text == nullptr) return "";
    const int bytes = std::min(::sqlite3_column_bytes(statement_, column), kMostTextBytes);
    return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(bytes));
}

void ReportDatabase::Close::operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
ReportDatabase::ReportDatabase(ReportDatabase&&) noexcept = default;
ReportDatabase::~ReportDatabase() = default;

Error ReportDatabase::fail(const std::string& while_doing) const {
    const int offset = database_ ? ::sqlite3_error_offset(database_.get()) : -1;
    const std::string where = offset >= 0 ? " (at " + std::to_string(offset) + " of the query)" : "";
    const std::string why = database_ ? ::sqlite3_errmsg(database_.get()) : "no memory";
    return Error{path_ + " is not a ttnn report that can be read", while_doing + ": " + why + where,
                 "make the report again; `sqlite3 FILE 'PRAGMA integrity_check'` says more about a damaged one"};
}

Result<ReportDatabase> ReportDatabase::open(const std::string& path) {
    ReportDatabase database(path);
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    const int opened = ::sqlite3_open_v2(uri_of(path).c_str(), &handle, flags, nullptr);
    database.database_.reset(handle);
    if (opened != SQLITE_OK) return database.fail("opening it");
    if (Result<void> done = database.defend(); !done) return done.error();
    if (Result<void> done = database.read_schema(); !done) return done.error();
    return database;
}

Result<void> ReportDatabase::defend() {
    sqlite3* database = database_.get();
    for (const auto& [option, value] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                                        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                        {SQLITE_DBCONFIG_DQS_DML, 0},
                                        {SQLITE_DBCONFIG_DQS_DDL, 0}}) {
        if (::sqlite3_db_config(database, option, value, nullptr) != SQLITE_OK) return fail("securing it");
    }
    ::sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    ::sqlite3_limit(database, SQLITE_LIMIT_COLUMN, 256);
    ::sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024);
    ::sqlite3_limit(database, SQLITE_LIMIT_EXPR_DEPTH, 32);
    ::sqlite3_limit(database, SQLITE_LIMIT_VDBE_OP, 25'000);
    ::sqlite3_limit(database, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    for (const char* pragma :
         {"PRAGMA mmap_size=0", "PRAGMA cell_size_check=ON", "PRAGMA temp_store=FILE", "PRAGMA cache_size=-16384"}) {
        if (Result<void> done = run(pragma, [](const ReportRow&) {}); !done) return done;
    }
    return {};
}

Result<void> ReportDatabase::read_schema() {
    std::string encoding;
    Result<void> done = run("PRAGMA encoding", [&](const ReportRow& row) { encoding = row.text(0); });
    if (!done) return done;
    if (encoding != "UTF-8") {
        return Error{path_ + " is not a ttnn report that can be read", "its text is " + printable(encoding),
                     "reports are UTF-8"};
    }
    std::vector<std::string> names;
    // A virtual table has no page of its own.
    done = run("SELECT name, type = 'table' AND rootpage > 0 FROM sqlite_schema WHERE type IN ('table', 'view')",
               [&](const ReportRow& row) {
                   if (names.size() + refused_.size() >= kMostTables) return;
                   (row.integer(1) == 1 ? names : refused_).push_back(row.text(0));
               });
    if (!done) return done;
    for (const std::string& name : names) {
        std::vector<std::string>& columns = tables_[name];
        // table_info leaves generated columns out.
        done = run("PRAGMA table_info(" + identifier(name) + ")",
                   [&](const ReportRow& row) { columns.push_back(row.text(1)); });
        if (!done) return done;
    }
    return {};
}

bool ReportDatabase::has(const std::string& table, const std::string& column) const {
    const auto found = tables_.find(table);
    if (found == tables_.end()) return false;
    return std::find(found->second.begin(), found->second.end(), column) != found->second.end();
}

Result<void> ReportDatabase::run(const std::string& query, const OnRow& on_row) const {
    sqlite3_stmt* statement = nullptr;
    if (::sqlite3_prepare_v2(database_.get(), query.c_str(), static_cast<int>(query.size()), &statement, nullptr) !=
        SQLITE_OK) {
        return fail(query);
    }
    const std::unique_ptr<sqlite3_stmt, Finalize> owner(statement);
    for (;;) {
        const int step = ::sqlite3_step(statement);
        if (step == SQLITE_DONE) return {};
        if (step != SQLITE_ROW) return fail(query);
        on_row(ReportRow(statement));
    }
}

std::string ReportDatabase::select(const std::string& table, const std::vector<std::string>& columns) const {
    std::string query = "SELECT ";
    for (size_t i = 0; i < columns.size(); ++i) {
        const bool there = columns[i] == "rowid" || has(table, columns[i]);
        query += (i > 0 ? ", " : "") + (there ? identifier(columns[i]) : std::string("NULL"));
    }
    return query + " FROM " + identifier(table);
}

Result<void> ReportDatabase::each(const std::string& table, const std::vector<std::string>& columns,
                                  const std::string& order, const OnRow& on_row) const {
    if (!has(table)) return {};
    return run(select(table, columns) + (order.empty() ? "" : " ORDER BY " + identifier(order)), on_row);
}

Result<void> ReportDatabase::each_between(const std::string& table, const std::vector<std::string>& columns,
                                          int64_t first, int64_t last, const OnRow& on_row) const {
    if (!has(table)) return {};
    return run(
        select(table, columns) + " WHERE rowid BETWEEN " + std::to_string(first) + " AND " + std::to_string(last),
        on_row);
}

Result<uint64_t> ReportDatabase::count(const std::string& table) const {
    uint64_t rows = 0;
    if (!has(table)) return rows;
    const Result<void> done =
        run("SELECT count(*) FROM " + identifier(table), [&](const ReportRow& row) { rows = row.size(0).value_or(0); });
    if (!done) return done.error();
    return rows;
}

Result<ByteReader> ReportDatabase::cell(const std::string& table, const std::string& column, int64_t rowid) const {
    sqlite3_blob* handle = nullptr;
    if (::sqlite3_blob_open(database_.get(), "main", table.c_str(), column.c_str(), rowid, 0, &handle) != SQLITE_OK) {
        ::sqlite3_blob_close(handle);
        return fail("reading " + table + "." + column + " of row " + std::to_string(rowid));
    }
    const std::shared_ptr<sqlite3_blob> blob(handle, ::sqlite3_blob_close);
    return ByteReader([this, blob, at = 0, row = rowid, table](char* to, size_t size) mutable -> Result<size_t> {
        const int bytes =
            static_cast<int>(std::min<size_t>(size, static_cast<size_t>(::sqlite3_blob_bytes(blob.get()) - at)));
        if (bytes > 0 && ::sqlite3_blob_read(blob.get(), to, bytes, at) != SQLITE_OK) {
            return fail("reading " + table + " of row " + std::to_string(row));
        }
        at += bytes;
        return static_cast<size_t>(bytes);
    });
}

}  // namespace ttmem
