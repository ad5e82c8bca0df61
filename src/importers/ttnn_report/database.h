// The SQLite file of a ttnn report, read as hostile input.
//
// Opened read-only and immutable (no lock, journal or shared memory is touched, nothing is mapped), with SQLite's
// defensive settings. Only ordinary tables and their stored columns are used: views, virtual tables, triggers and
// generated columns, which would run what their author wrote, count as missing. Rows come in the file's order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/result.h"
#include "src/importers/input/byte_reader.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ttmem {

// One row of a query: its columns in the order they were asked for. A column the table lacks is null.
class ReportRow {
public:
    explicit ReportRow(sqlite3_stmt* statement) : statement_(statement) {}
    bool is_null(int column) const;
    // Integers, and text that is one.
    std::optional<int64_t> integer(int column) const;
    std::optional<uint64_t> size(int column) const;  // an integer that is not negative
    std::optional<uint32_t> id(int column) const;    // likewise, of 32 bits
    std::string text(int column) const;              // at most 64 KiB of it

private:
    sqlite3_stmt* statement_;
};

class ReportDatabase {
public:
    static Result<ReportDatabase> open(const std::string& path);
    ReportDatabase(ReportDatabase&&) noexcept;
    ~ReportDatabase();

    bool has(const std::string& table) const { return tables_.contains(table); }
    bool has(const std::string& table, const std::string& column) const;
    // Table names that are there, but are not ordinary tables.
    const std::vector<std::string>& refused() const { return refused_; }

    using OnRow = std::function<void(const ReportRow& row)>;
    // `columns` of all rows of a table, "rowid" among them if wanted; no row at all if the table is not there. `order`
    // is a column or "".
    Result<void> each(const std::string& table, const std::vector<std::string>& columns, const std::string& order,
                      const OnRow& on_row) const;
    // The rows whose rowid is in [first, last].
    Result<void> each_between(const std::string& table, const std::vector<std::string>& columns, int64_t first,
                              int64_t last, const OnRow& on_row) const;
    Result<uint64_t> count(const std::string& table) const;
    // Reads the text of one cell as a stream. Requires: the database outlives the reader.
    Result<ByteReader> cell(const std::string& table, const std::string& column, int64_t rowid) const;

    const std::string& path() const { return path_; }

private:
    explicit ReportDatabase(std::string path) : path_(std::move(path)) {}
    Result<void> defend();
    Result<void> read_schema();
    Result<void> run(const std::string& query, const OnRow& on_row) const;
    std::string select(const std::string& table, const std::vector<std::string>& columns) const;
    Error fail(const std::string& while_doing) const;

    struct Close {
        void operator()(sqlite3* database) const;
    };
    std::string path_;
    std::unique_ptr<sqlite3, Close> database_;
    std::map<std::string, std::vector<std::string>> tables_;  // with their stored columns
    std::vector<std::string> refused_;
};

}  // namespace ttmem
