// Reports of several devices, ranks and meshes, and of schemas with other columns.
#include "tests/support/notes.h"
#include "tests/support/report_file.h"

namespace ttmem {
namespace {

// Eight devices with the same model: each allocates at the same addresses, and one of them a buffer more.
TEST_F(ReportFile, EqualRowsOfSeveralDevicesAreBuffersOfEachOfThem) {
    sql(kOperations);
    sql(kOldBuffers);
    sql("CREATE TABLE devices (device_id int, l1_num_banks int, l1_bank_size int)");
    sql("INSERT INTO operations VALUES (1, 'ttnn.add', 1), (2, 'ttnn.mul', 1)");
    for (int device = 0; device < 8; ++device) {
        const std::string id = std::to_string(device);
        sql("INSERT INTO devices VALUES (" + id + ", 64, 1300000)");
        sql("INSERT INTO buffers VALUES (1, " + id + ", 1000000, 4096, 1), (2, " + id + ", 1000000, 4096, 1)");
    }
    sql("INSERT INTO buffers VALUES (2, 3, 800000, 8192, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->chips.size(), 8u);
    for (uint32_t device = 0; device < 8; ++device) {
        const ImportedChip& chip = report->chips[device];
        EXPECT_EQ(chip.name, "mesh " + std::to_string(device));
        EXPECT_EQ(chip.peak(Pool::kL1).bytes_per_bank, device == 3 ? 12288u : 4096u) << chip.name;
        EXPECT_EQ(chip.use.pool(Pool::kL1).allocations, device == 3 ? 2u : 1u) << chip.name;
        EXPECT_EQ(chip.use.pool(Pool::kL1).capacity_bytes, 64u * 1300000) << chip.name;
    }
}

// The graph frees on the mesh what the table has of each of its chips.
TEST_F(ReportFile, AFreeOnAMeshEndsTheRowsOfEachOfItsChips) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kGraphs);
    sql("CREATE TABLE tensors (tensor_id int, device_id int); INSERT INTO tensors VALUES (1, 4)");
    sql("CREATE TABLE device_tensors (tensor_id int, device_id int); INSERT INTO device_tensors VALUES (1, 0), (1, 1)");
    sql("INSERT INTO operations VALUES (1, 'a', 1), (2, 'b', 1)");
    graph(1, Json::array({start("a"), end("a")}));
    graph(2, {start("b"), node("buffer_deallocate", buffer(1400000, 5000, 2048, 4), {9}),
              node("buffer_allocate", buffer(1200000, 5000, 1024, 4), {3}), end("b")});
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 2048, 1), (1, 1, 1400000, 2048, 1), (1, 1, 1300000, 64, 1), "
        "(2, 0, 1200000, 1024, 1), (2, 1, 1200000, 1024, 1), (2, 1, 1300000, 64, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->chips.size(), 2u) << report->chips.back().name;
    EXPECT_EQ(report->chips[0].name, "chip 0");
    EXPECT_EQ(report->chips[0].peak(Pool::kL1).bytes_per_bank, 2048u);
    EXPECT_EQ(report->chips[0].use.pool(Pool::kL1).allocations, 1u);
    EXPECT_EQ(report->chips[1].peak(Pool::kL1).bytes_per_bank, 2048u + 64);
    EXPECT_EQ(report->chips[1].use.pool(Pool::kL1).allocations, 2u);
    EXPECT_EQ(report->frees, 1u);
}

TEST_F(ReportFile, RowsAtTheNewBufferOfAGraphTellTheChipsOfItsMesh) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'a', 1), (2, 'b', 1)");
    graph(1, {start("a"), node("buffer_allocate", buffer(1400000, 5000, 2048, 9), {1}), end("a")});
    graph(2, Json::array({start("b"), end("b")}));
    for (const char* operation : {"1", "2"}) {
        for (const char* device : {"0", "1", "2"})
            sql(std::string("INSERT INTO buffers VALUES (") + operation + ", " + device + ", 1400000, 2048, 1)");
    }
    sql("INSERT INTO buffers VALUES (2, 2, 1300000, 8192, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->chips.size(), 3u) << report->chips.back().name;
    for (uint32_t i = 0; i < 3; ++i) {
        EXPECT_EQ(report->chips[i].name, "chip " + std::to_string(i));
        EXPECT_EQ(report->chips[i].peak(Pool::kL1).bytes_per_bank, i == 2 ? 10240u : 2048u);
    }
}

TEST_F(ReportFile, TheMeshOfTheGraphsAndTheChipsOfTheTableAreOneBuffer) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kGraphs);
    sql("CREATE TABLE tensors (tensor_id int UNIQUE, device_id int, address int); INSERT INTO tensors VALUES (1, 4, "
        "1400000)");
    sql("CREATE TABLE device_tensors (tensor_id int, device_id int, address int);"
        "INSERT INTO device_tensors VALUES (1, 0, 1400000), (1, 1, 1400000)");
    sql("INSERT INTO operations VALUES (1, 'a', 1)");
    graph(1, {start("a"), node("buffer_allocate", buffer(1400000, 5000, 2048, 4), {1}),
              node("circular_buffer_deallocate_all", {{"device_id", 4}}), circular_buffer(10, 0),
              circular_buffer(10, 1), end("a")});
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 2048, 1), (1, 1, 1400000, 2048, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->chips.size(), 2u);
    for (const ImportedChip& chip : report->chips) {
        EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 5000u) << chip.name;
        EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 5640u) << chip.name;
    }
    EXPECT_EQ(report->tensors, 1u);
    EXPECT_TRUE(report->coverage.complete) << report->coverage.notes.at(0);
}

TEST_F(ReportFile, ARenamedColumnIsNamedAndNeverNothing) {
    for (const char* column : {"operation_id", "device_id", "address", "buffer_type"}) {
        sql("DROP TABLE IF EXISTS operations; DROP TABLE IF EXISTS buffers");
        sql(kOperations);
        sql(kOldBuffers);
        sql("INSERT INTO operations VALUES (1, 'a', 1)");
        sql("INSERT INTO buffers VALUES (1, 0, 4096, 100, 1)");
        sql("ALTER TABLE buffers RENAME COLUMN " + std::string(column) + " TO newer");
        const Result<ImportedUse> report = read();
        ASSERT_FALSE(report) << column;
        EXPECT_NE(report.error().why.find("\"buffers\" has no \"" + std::string(column) + "\""), std::string::npos)
            << report.error().why;
        ::sqlite3_open(path().c_str(), &database_);
    }
    sql("ALTER TABLE operations RENAME COLUMN operation_id TO id");
    const Result<ImportedUse> report = read();
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().why.find("\"operations\" has no \"operation_id\""), std::string::npos);
}

TEST_F(ReportFile, GraphsAreReadWhereTheTableOfBuffersCannotBe) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'a', 1)");
    graph(1, {start("a"), node("buffer_allocate", buffer(1400000, 500, 64), {1}), end("a")});
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 64, 1)");
    sql("ALTER TABLE buffers RENAME COLUMN address TO start");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report) << report.error().why;
    EXPECT_EQ(report->chips.at(0).peak(Pool::kL1).requested_bytes, 500u);
    EXPECT_TRUE(has_note(report->coverage, "its table \"buffers\" has no \"address\""));
}

TEST_F(ReportFile, RanksAreHostsOfTheirOwn) {
    sql("CREATE TABLE operations (operation_id int, name text, duration float, rank int)");
    sql("CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int, "
        "buffer_layout int, rank int)");
    sql("CREATE TABLE devices (device_id int, l1_num_banks int, rank int); INSERT INTO devices VALUES (0, 64, 0), (0, "
        "10, 1)");
    sql("INSERT INTO operations VALUES (1, 'a', 1, 0), (1, 'a', 1, 1)");
    sql("INSERT INTO buffers VALUES (1, 0, 4096, 100, 1, 0, 0), (1, 0, 4096, 100, 1, 0, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    ASSERT_EQ(report->chips.size(), 2u);
    EXPECT_EQ(report->chips[0].peak(Pool::kL1).reserved_bytes, 6400u);
    EXPECT_EQ(report->chips[1].peak(Pool::kL1).reserved_bytes, 1000u);
    EXPECT_TRUE(report->chips[1].name.starts_with("rank 1")) << report->chips[1].name;
    EXPECT_EQ(report->operations, 2u);
}

}  // namespace
}  // namespace ttmem
