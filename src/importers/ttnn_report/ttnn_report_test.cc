// Reports of each schema, made here with SQLite, then the real empty ones.
#include "src/importers/ttnn_report/ttnn_report.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/imported_use_text.h"
#include "tests/support/notes.h"
#include "tests/support/report_file.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

TEST_F(ReportFile, TruePeaksHaveCircularBuffersAndWhatLivesWithinAnOperation) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kDevices);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'ttnn.add', 0.5), (2, 'ttnn.matmul', 1)");
    graph(1, {start("ttnn.add"), node("buffer_allocate", buffer(1400000, 100000, 2048), {7}), end("ttnn.add")});
    // Within the matmul: a temporary of 500,000 bytes, circular buffers, and the input freed by its address.
    graph(2, {start("ttnn.matmul"), node("buffer_allocate", buffer(1300000, 500000, 8192), {3}),
              node("circular_buffer_deallocate_all", {{"device_id", 0}}), circular_buffer(1000),
              node("buffer_deallocate", buffer(1300000, 500000, 8192), {3}),
              node("buffer_deallocate", buffer(1400000, 100000, 2048), {99}),
              node("buffer_allocate", buffer(1350000, 60000, 1024), {4}), end("ttnn.matmul")});
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 2048, 1), (2, 0, 1350000, 1024, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report) << report.error().why;
    EXPECT_EQ(report->format, "ttnn-report");
    EXPECT_EQ(report->operations, 2u);
    EXPECT_EQ(report->allocations, 3u);
    EXPECT_EQ(report->frees, 2u);
    EXPECT_EQ(report->cb_plans, 1u);
    ASSERT_EQ(report->chips.size(), 1u);
    const ImportedChip& chip = report->chips[0];
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 600000u);
    EXPECT_EQ(chip.peak(Pool::kL1).reserved_bytes, (2048u + 8192) * 64);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 600000u + 64 * 1000);
    EXPECT_EQ(chip.peak(Pool::kL1).reserved_with_cb_bytes, (2048u + 8192 + 1000) * 64);
    EXPECT_EQ(chip.peak(Pool::kL1).operation, "ttnn.matmul");
    EXPECT_EQ(chip.use.pool(Pool::kL1).requested_bytes, 60000u);
    EXPECT_EQ(chip.use.pool(Pool::kL1).allocations, 1u);
    EXPECT_TRUE(report->coverage.complete) << report->coverage.notes.at(0);
}

TEST_F(ReportFile, ABufferMadeOutsideOfOperationsIsLiveDuringTheNextOne) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kDevices);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'ttnn.add', 1), (2, 'ttnn.mul', 1)");
    graph(1, {start("ttnn.add"), node("buffer_allocate", buffer(1300000, 64000, 1000), {1}),
              node("buffer_deallocate", buffer(1300000, 64000, 1000), {1}), end("ttnn.add")});
    graph(2, Json::array({start("ttnn.mul"), end("ttnn.mul")}));
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 3000, 1)");  // gone at the end of operation 2
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    const ImportedChip& chip = report->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kL1).reserved_bytes, 4000u * 64);
    EXPECT_FALSE(chip.peak(Pool::kL1).requested_bytes) << "nothing says what was asked for";
    EXPECT_FALSE(chip.peak(Pool::kL1).with_cb_bytes);
    EXPECT_EQ(chip.use.pool(Pool::kL1).reserved_bytes, 0u);
    EXPECT_TRUE(has_note(report->coverage, "1 buffer appears in the table"));
    EXPECT_TRUE(has_note(report->coverage, "1 buffer goes from the table"));
    EXPECT_EQ(report->allocations, 1u);
}

TEST_F(ReportFile, WithoutCapturedGraphsPeaksAreOfTheEndsOfOperations) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kDevices);
    sql("INSERT INTO operations VALUES (2, 'b', 1), (1, 'a', 1)");
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 100, 1), (1, 0, 1300000, 50, 3), (2, 0, 1400000, 100, 1), (2, 0, "
        "1200000, 11, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    const ImportedChip& chip = report->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kL1).reserved_bytes, 111u * 64);
    EXPECT_EQ(chip.peak(Pool::kL1).operation, "b");
    EXPECT_EQ(chip.use.pool(Pool::kL1).reserved_bytes, 111u * 64) << "operations are in the order of their ids";
    EXPECT_EQ(chip.peak(Pool::kL1Small).reserved_bytes, 50u * 64);
    EXPECT_FALSE(report->allocations) << "not known, not zero";
    EXPECT_FALSE(report->cb_plans);
    EXPECT_TRUE(has_note(report->coverage, "no captured graphs"));
}

TEST_F(ReportFile, PagesSayWhatWasRequested) {
    sql(kOperations);
    sql("CREATE TABLE buffers (operation_id int, device_id int, address int, max_size_per_bank int, buffer_type int, "
        "buffer_layout int)");
    sql("CREATE TABLE buffer_pages (operation_id int, device_id int, address int, core_y int, core_x int, bank_id int,"
        " page_index int, page_address int, page_size int, buffer_type int)");
    sql("INSERT INTO operations VALUES (1, 'a', 1), (2, 'b', 1)");
    for (const char* operation : {"1", "2"}) {
        sql(std::string("INSERT INTO buffers VALUES (") + operation + ", 0, 4096, 4096, 0, 0)");
        for (int page = 0; page < 5; ++page) {
            sql(std::string("INSERT INTO buffer_pages VALUES (") + operation + ", 0, 4096, 0, 0, 0, 0, 4096, 2048, 0)");
        }
    }
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->pages, 10u);
    const ImportedChip& chip = report->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kDram).requested_bytes, 5u * 2048) << "once, not per operation";
    EXPECT_FALSE(chip.peak(Pool::kDram).reserved_bytes) << "the number of DRAM banks is not in a report";
}

TEST_F(ReportFile, ChunksAreReadLikePages) {
    sql(kOperations);
    sql(kOldBuffers);
    sql("CREATE TABLE buffer_chunks (operation_id int, device_id int, address int, bank_id int, core_x int, core_y int,"
        " chunk_address int, chunk_size int, page_size int, num_pages int, buffer_type int, rank int)");
    sql("INSERT INTO operations VALUES (1, 'a', 1)");
    sql("INSERT INTO buffers VALUES (1, 0, 4096, 4096, 0)");
    sql("INSERT INTO buffer_chunks VALUES (1, 0, 4096, 0, 0, 0, 4096, 4096, 2048, 2, 0, 0), (1, 0, 4096, 1, 0, 0, "
        "4096, 2048, 2048, 1, 0, 0)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->pages, 3u);
    EXPECT_EQ(report->chips.at(0).peak(Pool::kDram).requested_bytes, 6144u);
}

TEST_F(ReportFile, GoldenText) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kDevices);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'ttnn.add', 0.5)");
    graph(1, {start("ttnn.add"), node("circular_buffer_deallocate_all", {{"device_id", 0}}), circular_buffer(100),
              node("buffer_allocate", buffer(1400000, 100000, 2048), {7}), end("ttnn.add")});
    sql("INSERT INTO buffers VALUES (1, 0, 1400000, 2048, 1), (1, 0, 64, 4096, 0)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    EXPECT_EQ(ImportedUseText::of(*report), R"(ttnn-report / unversioned
operations 1
top level 1
allocations 1
frees 0
cb plans 1
circular buffers 1
[mesh 0]
  cb resident 6400
  dram allocations 1
  l1 requested 100000
  l1 reserved 131072
  l1 allocations 1
  l1 capacity 83200000
  l1 peak 100000 at ttnn.add
  l1 peak reserved 131072
  l1 peak with cb 106400 at ttnn.add
  l1 peak reserved with cb 137472
incomplete
- 1 allocation without a size
- 1 buffer appears in the table without an allocation in the captured graphs (made outside of operations)
)");
}

TEST_F(ReportFile, UnknownTablesAndColumnsDoNotDisturb) {
    sql("CREATE TABLE operations (colour text, name text, operation_id int)");
    sql("CREATE TABLE buffers (note text, buffer_type int, address int, device_id text, max_size_per_bank int, "
        "operation_id int)");
    sql("CREATE TABLE novelty (x); CREATE TABLE stack_traces (operation_id int, stack_trace text, source_file_id int);"
        "CREATE TABLE source_files (id int, path text, contents text); INSERT INTO stack_traces VALUES (1, 'here', 1)");
    sql("CREATE TABLE report_metadata (key text UNIQUE, value text); INSERT INTO report_metadata VALUES "
        "('schema_version', '2.1')");
    sql("INSERT INTO operations VALUES ('red', 'a', 1)");
    sql("INSERT INTO buffers VALUES ('x', 0, 4096, '3', 100, 1), ('bad', 77, 4096, 'z', 100, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->version, "2.1");
    EXPECT_EQ(report->chips.at(0).name, "mesh 3");
    EXPECT_TRUE(has_note(report->coverage, "1 row of buffers cannot be read"));
}

TEST_F(ReportFile, ABrokenGraphIsNotedWithItsByteAndTheRestGoesOn) {
    sql(kOperations);
    sql(kOldBuffers);
    sql(kDevices);
    sql(kGraphs);
    sql("INSERT INTO operations VALUES (1, 'broken', 1), (2, 'good', 1)");
    graph_text(1, R"([{"node_type":"function_start","params":{"name":"x"}},!])");
    graph(2, {start("good"), node("buffer_allocate", buffer(1400000, 500, 64), {1}), end("good")});
    sql("INSERT INTO buffers VALUES (2, 0, 1400000, 64, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report);
    EXPECT_TRUE(has_note(report->coverage, "1 captured graph cannot be read, the first: the graph of broken"));
    EXPECT_TRUE(has_note(report->coverage, "at byte 54"));
    EXPECT_EQ(report->chips.at(0).peak(Pool::kL1).requested_bytes, 500u);
    EXPECT_EQ(report->chips[0].peak(Pool::kL1).operation, "good");
    EXPECT_FALSE(report->chips[0].peak(Pool::kL1).with_cb_bytes) << "the broken one may have had circular buffers";
    EXPECT_FALSE(report->chips[0].peak(Pool::kL1).core->bytes);
    EXPECT_FALSE(report->chips[0].peak(Pool::kL1).core->cb_bytes);
}

TEST_F(ReportFile, ViewsVirtualTablesAndGeneratedColumnsAreNotRun) {
    sql(kOperations);
    sql(kOldBuffers);
    sql("CREATE VIEW captured_graph AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS "
        "operation_id FROM n");
    sql("CREATE TABLE devices (device_id int, l1_num_banks int AS (length(hex(zeroblob(100000000)))))");
    sql("CREATE VIRTUAL TABLE buffer_pages USING fts5(operation_id)");
    sql("INSERT INTO devices (device_id) VALUES (0)");
    sql("INSERT INTO operations VALUES (1, 'a', 1)");
    sql("INSERT INTO buffers VALUES (1, 0, 4096, 100, 1)");
    const Result<ImportedUse> report = read();
    ASSERT_TRUE(report) << report.error().why;
    EXPECT_TRUE(has_note(report->coverage, "captured_graph is not an ordinary table"));
    EXPECT_TRUE(has_note(report->coverage, "buffer_pages is not an ordinary table"));
    EXPECT_FALSE(report->chips.at(0).peak(Pool::kL1).reserved_bytes);
}

TEST_F(ReportFile, WhatIsNoReportIsRefused) {
    sql("CREATE TABLE recipes (x)");
    Result<ImportedUse> report = read();
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().what.find("db.sqlite is not a ttnn report"), std::string::npos);
    std::ofstream(path(), std::ios::trunc)
        << "not a database, although its name mentions so, and long enough to be taken for one";
    report = read_ttnn_report(path());
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().why.find("not a database"), std::string::npos) << report.error().why;
    EXPECT_FALSE(read_ttnn_report(folder_ + "/missing"));
}

TEST_F(ReportFile, ADamagedFileIsRefusedWithSqlitesReason) {
    sql(kOperations);
    sql(kOldBuffers);
    sql("INSERT INTO operations VALUES (1, 'a', 1)");
    for (int i = 0; i < 4; ++i)
        sql("INSERT INTO buffers SELECT 1, 0, 4096, 100, 1 FROM (VALUES (1), (2), (3), (4), (5), (6), (7))");
    sql("INSERT INTO buffers SELECT a.operation_id, 0, 4096, 100, 1 FROM buffers a, buffers b");
    close();
    fs::resize_file(path(), fs::file_size(path()) / 2);
    const Result<ImportedUse> report = read_ttnn_report(path());
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().why.find("malformed"), std::string::npos) << report.error().why;
}

TEST_F(ReportFile, IsFoundByFolderAndNothingIsWrittenBesideIt) {
    sql(kOperations);
    sql(kOldBuffers);
    close();
    fs::permissions(path(), fs::perms::owner_read);
    ASSERT_TRUE(read_ttnn_report(folder_));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
    std::ifstream file(path(), std::ios::binary);
    std::string head(16, '\0');
    file.read(head.data(), 16);
    EXPECT_TRUE(looks_like_sqlite(head));
    EXPECT_FALSE(looks_like_sqlite("SQLite"));
}

TEST(RealReport, EmptyReportsOfTwoSchemasAreReadAsEmpty) {
    const std::string folder = std::string(TTMEM_DATA_DIR) + "/reports/empty_schema";
    if (!fs::exists(folder)) GTEST_SKIP() << "there is no " << folder;
    for (const char* name : {"empty.2a1fb5b1.sqlite", "empty.49b7d804.sqlite"}) {
        const Result<ImportedUse> report = read_ttnn_report(folder + "/" + name);
        ASSERT_TRUE(report) << report.error().why;
        EXPECT_EQ(report->operations, 0u);
        EXPECT_TRUE(report->chips.empty());
        EXPECT_TRUE(has_note(report->coverage, "the report has no operations"));
    }
}

}  // namespace
}  // namespace ttmem
