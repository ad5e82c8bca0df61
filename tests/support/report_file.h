// Reports made with SQLite, for tests of their importer.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/importers/ttnn_report/ttnn_report.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {

class ReportFile : public testing::Test {
public:
    using Json = nlohmann::ordered_json;
    static constexpr const char* kOperations =
        "CREATE TABLE operations (operation_id int UNIQUE, name text, duration float)";
    static constexpr const char* kOldBuffers =
        "CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int)";
    static constexpr const char* kDevices =
        "CREATE TABLE devices (device_id int, l1_num_banks int, l1_bank_size int, worker_l1_size int,"
        " address_at_first_l1_cb_buffer int); INSERT INTO devices VALUES (0, 64, 1300000, 1499136, 101152)";
    static constexpr const char* kGraphs = "CREATE TABLE captured_graph (operation_id int, captured_graph text)";

    static Json node(const std::string& type, Json params, std::vector<int> connections = {}) {
        return {{"connections", connections}, {"node_type", type}, {"params", params}};
    }
    static Json buffer(uint64_t address, uint64_t size, uint64_t per_bank, int device = 0) {
        return {{"address", address}, {"buffer_type", 1}, {"device_id", device}, {"max_size_per_bank", per_bank},
                {"size", size},       {"type", "L1"}};
    }
    static Json start(const std::string& name) { return node("function_start", {{"name", name}}); }
    static Json end(const std::string& name) { return node("function_end", {{"name", name}}); }
    static Json circular_buffer(uint64_t size, int device = 0) {
        return node("circular_buffer_allocate", {{"address", 101152},
                                                 {"core_range_set", "{[0-0 - 7-7]}"},
                                                 {"device_id", device},
                                                 {"globally_allocated", "0"},
                                                 {"size", size}});
    }

protected:
    ReportFile() {
        folder_ = temporary_.path();
        ::sqlite3_open(path().c_str(), &database_);
        sql("PRAGMA synchronous=OFF");
    }
    ~ReportFile() override { close(); }

    std::string path() const { return folder_ + "/db.sqlite"; }

    void close() {
        ::sqlite3_close(database_);
        database_ = nullptr;
    }

    void sql(const std::string& text) {
        char* error = nullptr;
        ASSERT_EQ(::sqlite3_exec(database_, text.c_str(), nullptr, nullptr, &error), SQLITE_OK)
            << text << ": " << error;
    }

    void graph(int operation, const Json& nodes) { graph_text(operation, nodes.dump()); }
    void graph_text(int operation, const std::string& text) {
        char* statement = ::sqlite3_mprintf("INSERT INTO captured_graph (operation_id, captured_graph) VALUES (%d, %Q)",
                                            operation, text.c_str());
        sql(statement);
        ::sqlite3_free(statement);
    }

    Result<ImportedUse> read() {
        close();
        return read_ttnn_report(path());
    }

    TemporaryDirectory temporary_;
    std::string folder_;
    sqlite3* database_ = nullptr;
};

}  // namespace ttmem
