// Any bytes as the database of a ttnn report.
//
// The input is laid over a small valid database (made once), from the offset that its first two bytes give: bytes alone
// would seldom get past SQLite's header.
#include <sqlite3.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "src/importers/ttnn_report/ttnn_report.h"

namespace {

const std::string& path() {
    static const std::string kPath = "/tmp/ttmem-report-fuzz-" + std::to_string(::getpid()) + ".sqlite";
    return kPath;
}

std::string make_database() {
    sqlite3* database = nullptr;
    ::sqlite3_open(path().c_str(), &database);
    ::sqlite3_exec(
        database,
        "PRAGMA page_size=512;"
        "CREATE TABLE operations (operation_id int, name text, duration float);"
        "CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int);"
        "CREATE TABLE buffer_pages (operation_id int, device_id int, address int, page_size int, buffer_type int);"
        "CREATE TABLE captured_graph (operation_id int, captured_graph text);"
        "INSERT INTO operations VALUES (1, 'ttnn.add', 0.5), (2, 'ttnn.matmul', 1);"
        "INSERT INTO buffers VALUES (1, 0, 4096, 2048, 1), (2, 0, 8192, 2048, 0), (2, 0, 4096, 2048, 1);"
        "INSERT INTO buffer_pages VALUES (1, 0, 4096, 2048, 1);"
        "INSERT INTO captured_graph VALUES (1, '[{\"node_type\":\"buffer_allocate\",\"connections\":[1],\"params\":"
        "{\"address\":8192,\"size\":5,\"type\":\"DRAM\"}}]')",
        nullptr, nullptr, nullptr);
    ::sqlite3_close(database);
    std::stringstream bytes;
    bytes << std::ifstream(path(), std::ios::binary).rdbuf();
    std::atexit([] { ::unlink(path().c_str()); });
    return bytes.str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::string kValid = make_database();
    if (size < 2) return 0;
    std::string bytes = kValid;
    const size_t offset = (data[0] + 256u * data[1]) % bytes.size();
    bytes.replace(offset, size - 2, reinterpret_cast<const char*>(data + 2), size - 2);
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    const ttmem::Result<ttmem::ImportedUse> report = ttmem::read_ttnn_report(path());
    if (!report && (report.error().what.empty() || report.error().why.empty())) std::abort();
    return 0;
}
