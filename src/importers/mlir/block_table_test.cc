#include "src/importers/mlir/block_table.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "src/base/fd.h"

namespace ttmem {
namespace {

std::string block(uint64_t address, uint64_t size, bool allocated) {
    return std::string(R"({"allocated": ")") + (allocated ? "yes" : "no") + R"(", "size": ")" + std::to_string(size) +
           R"(", "address": ")" + std::to_string(address) + R"(", "nextID": "-1", "prevID": "-1", "blockID": "0"})";
}

std::string table(uint64_t bank, uint64_t allocated, uint64_t free, uint64_t largest, const std::string& blocks) {
    return R"({"num_banks": 12, "total_bytes_per_bank": )" + std::to_string(bank) +
           R"(, "total_bytes_allocated_per_bank": )" + std::to_string(allocated) +
           R"(, "total_bytes_free_per_bank": )" + std::to_string(free) +
           R"(, "largest_contiguous_bytes_free_per_bank": )" + std::to_string(largest) + R"(, "block_table": [)" +
           blocks + "]}";
}

std::string operation(const std::string& name, const std::string& pools) {
    return "{\"loc\": \"loc(\\\"test.py:1\\\")\", \"debug_str\": \"%0 = \\\"" + name + "\\\"(%arg0) : ()\", " + pools +
           "}";
}

const std::string kEmpty = table(1000, 0, 1000, 1000, block(0, 1000, false));
const std::string kUsed = table(
    1000, 300, 700, 500,
    block(0, 100, true) + "," + block(800, 200, true) + "," + block(100, 200, false) + "," + block(300, 500, false));

struct Report {
    std::vector<ReportedOperation> operations;
    ImportedUse use;
};

Report read(const std::string& text) {
    Report report;
    Result<ImportedUse> use = read_memory_report(read_from_text(text), "report.json",
                                                 [&](const ReportedOperation& op) { report.operations.push_back(op); });
    EXPECT_TRUE(use) << (use ? "" : use.error().what + ": " + use.error().why);
    if (use) report.use = std::move(*use);
    return report;
}

Error refusal(const std::string& text) {
    const Result<ImportedUse> use = read_memory_report(read_from_text(text), "report.json");
    EXPECT_FALSE(use) << text;
    return use ? Error{} : use.error();
}

TEST(BlockTable, ReadsAListAndAnObjectOfOperations) {
    const std::string list = "[" + operation("ttnn.add", "\"dram\": " + kUsed + ", \"l1\": " + kEmpty) + ", " +
                             operation("ttnn.sigmoid", "\"dram\": " + kEmpty) + "]";
    const std::string object = "{\"0\": " + operation("ttnn.add", "\"dram\": " + kUsed + ", \"l1\": " + kEmpty) +
                               ", \"1\": " + operation("ttnn.sigmoid", "\"dram\": " + kEmpty) + "}\n";
    for (const std::string& text : {list, object}) {
        const Report report = read(text);
        ASSERT_EQ(report.operations.size(), 2u);
        const ReportedOperation& first = report.operations[0];
        EXPECT_EQ(first.name, "ttnn.add");
        EXPECT_EQ(first.location, "loc(\"test.py:1\")");
        ASSERT_EQ(first.tables.size(), 2u);
        EXPECT_EQ(first.tables[0].pool, Pool::kDram);
        ASSERT_EQ(first.tables[0].blocks.size(), 4u);
        EXPECT_EQ(first.tables[0].blocks[1].address.value, 100u);  // by address
        EXPECT_TRUE(first.tables[0].contradictions.empty());

        EXPECT_EQ(report.use.operations, 2u);
        ASSERT_EQ(report.use.chips.size(), 1u);
        const ImportedChip& chip = report.use.chips[0];
        EXPECT_EQ(chip.use.pool(Pool::kDram).capacity_bytes, 12000u);
        EXPECT_EQ(chip.use.pool(Pool::kDram).reserved_bytes, 0u);
        EXPECT_EQ(chip.peak(Pool::kDram).reserved_bytes, 3600u);
        EXPECT_EQ(chip.peak(Pool::kDram).operation, "ttnn.add");
        EXPECT_FALSE(chip.use.pool(Pool::kTrace).reserved_bytes);
        EXPECT_EQ(report.use.coverage.notes.size(), 1u);
    }
}

TEST(BlockTable, ReadsReportsByDevice) {
    const Report report =
        read("[" + operation("a", R"("dram": {"device_0": )" + kUsed + R"(, "device_1": )" + kEmpty + "}") + "]");
    ASSERT_EQ(report.operations.at(0).tables.size(), 2u);
    EXPECT_EQ(report.operations[0].tables[1].device, "1");
    ASSERT_EQ(report.use.chips.size(), 2u);
    EXPECT_EQ(report.use.chips[0].name, "chip 0");
    EXPECT_EQ(report.use.chips[0].peak(Pool::kDram).reserved_bytes, 3600u);
    EXPECT_EQ(report.use.chips[1].peak(Pool::kDram).reserved_bytes, 0u);
}

TEST(BlockTable, NamesEveryContradiction) {
    const auto of = [](const std::string& text) {
        const Report report = read("[" + operation("ttnn.tan", "\"dram\": " + text) + "]");
        EXPECT_FALSE(report.use.coverage.complete);
        EXPECT_EQ(report.use.coverage.notes.size(), report.operations[0].tables[0].contradictions.size() + 1);
        return report.operations[0].tables[0].contradictions;
    };
    EXPECT_EQ(of(table(1000, 300, 750, 700, block(0, 300, true) + "," + block(300, 700, false))),
              (std::vector<std::string>{"What is free is stated as 750 B, 50 B more than its blocks have.",
                                        "Allocated and free bytes as stated exceed the bank by 50 B."}));
    EXPECT_EQ(of(table(1000, 300, 600, 600, block(0, 300, true) + "," + block(300, 600, false))),
              (std::vector<std::string>{"The size of a bank is stated as 1,000 B, 100 B more than its blocks have.",
                                        "Allocated and free bytes as stated are 100 B less than the bank."}));
    EXPECT_EQ(
        of(table(1000, 0, 1000, 900, block(0, 400, false) + "," + block(500, 600, false))),
        (std::vector<std::string>{"The blocks do not follow each other without a gap.",
                                  "The largest free block is stated as 900 B, 300 B more than its blocks have."}));
    EXPECT_EQ(of(table(1000, 0, 1000, 1000, block(UINT64_MAX, 1000, false))).at(0),
              "The blocks do not follow each other without a gap.");
}

TEST(BlockTable, CountsTheContradictionsItDoesNotRepeat) {
    std::string text = "[";
    for (int i = 0; i < 20; ++i) {
        text += (i == 0 ? "" : ",") +
                operation("op" + std::to_string(i), "\"l1\": " + table(1000, 0, 1000, 999, block(0, 1000, false)));
    }
    const Report report = read(text + "]");
    ASSERT_EQ(report.use.coverage.notes.size(), 10u);
    EXPECT_EQ(report.use.coverage.notes[0],
              "report.json, operation 0 (op0), l1: The largest free block is stated as 999 B, 1 B less than its blocks "
              "have.");
    EXPECT_EQ(report.use.coverage.notes[9], "12 more like these in report.json.");
}

TEST(BlockTable, RefusesWhatIsNoReportWithOffsetAndReason) {
    EXPECT_EQ(refusal("").what, "report.json is not a memory report of tt-mlir, at byte 0");
    EXPECT_EQ(refusal("hello").why, "it does not begin with a list or an object of operations");
    EXPECT_EQ(refusal("[1]").what, "report.json is not a memory report of tt-mlir, at byte 1");
    EXPECT_EQ(refusal("[{}]").why,
              "operation 0: an operation has none of \"dram\", \"l1\", \"l1_small\" and \"trace\"");
    EXPECT_EQ(refusal("[{\"a\": nope}]").what,
              "report.json is not a memory report of tt-mlir, at byte 8");  // where "null" would go on
    EXPECT_EQ(refusal("[{\"dram\": 1}]").why, "operation 0: \"dram\" is missing or is not an object");
    EXPECT_EQ(refusal("[{\"dram\": {}}]").why, "operation 0: in \"dram\": \"num_banks\" is missing or is not a number");
    const std::string good = operation("a", "\"dram\": " + kUsed);
    EXPECT_EQ(refusal("[" + good + " " + good + "]").why, "a comma or the end of the operations is missing");
    EXPECT_EQ(refusal("[" + good + "]]").why, "something follows the end of the report");
    EXPECT_EQ(refusal("[" + good).why, "a comma or the end of the operations is missing");
    EXPECT_EQ(refusal("[" + good.substr(0, 50)).what, "report.json: the text ends within a value");
    EXPECT_EQ(refusal("{\"0\": " + good + ", \"0\": " + good + "}").why, "two operations have the same number");
    EXPECT_EQ(refusal("{\"0\" " + good + "}").why, "a colon is missing");
    EXPECT_EQ(refusal("{" + good + "}").why, "the number of an operation is missing");
    std::string negative = good;
    negative.replace(negative.find("\"size\": \"100\""), 13, "\"size\": \"-10\"");
    EXPECT_EQ(refusal("[" + negative + "]").why,
              "operation 0: in \"dram\": \"size\" is missing or is not the number of a block");
}

TEST(BlockTable, APoolThatCannotBeReadIsLeftOutAndNamed) {
    const Report report = read("[" + operation("a", "\"dram\": {\"num_banks\": 12}, \"l1\": " + kUsed) + "," +
                               operation("b", "\"dram\": " + kUsed + ", \"l1\": " + kUsed) + "]");
    EXPECT_EQ(report.use.operations, 2u);
    ASSERT_EQ(report.use.chips.size(), 1u);
    EXPECT_TRUE(report.use.chips[0].peak(Pool::kDram).reserved_bytes);
    EXPECT_EQ(report.use.chips[0].peak(Pool::kDram).bytes_per_bank, 300u);
    EXPECT_EQ(report.use.coverage.notes[0],
              "report.json, operation 0 (a), left out, cannot be read: in \"dram\": \"total_bytes_per_bank\" is "
              "missing or is not a number.");
    EXPECT_FALSE(report.use.coverage.complete);

    const Report after = read("[" + operation("a", "\"dram\": 1") + "," + operation("b", "\"dram\": " + kUsed) + "]");
    EXPECT_EQ(after.use.chips.at(0).peak(Pool::kDram).bytes_per_bank, 300u) << "what follows is read";
    EXPECT_EQ(refusal("[" + operation("a", "\"dram\": 1") + "]").what,
              "report.json is a memory report of tt-mlir of which no pool can be read");
}

// The real reports.

Report read_file(const std::string& path) {
    Report report;
    const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    Result<ImportedUse> use = read_memory_report(read_from_fd(fd.get()), "report.json",
                                                 [&](const ReportedOperation& op) { report.operations.push_back(op); });
    EXPECT_TRUE(use) << (use ? "" : use.error().what + ": " + use.error().why);
    if (use) report.use = std::move(*use);
    return report;
}

TEST(RealBlockTable, AddsUpToTheBankInEveryPool) {
    const std::string path = std::string(TTMEM_DATA_DIR) + "/reports/builder_memory_report.json";
    if (::access(path.c_str(), R_OK) != 0) GTEST_SKIP() << "no " << path;
    const Report report = read_file(path);
    ASSERT_EQ(report.operations.size(), 4u);
    for (const ReportedOperation& operation : report.operations) {
        EXPECT_EQ(operation.tables.size(), 4u);
        for (const BlockTable& table : operation.tables) {
            uint64_t sum = 0;
            for (const Block& block : table.blocks) sum += block.bytes;
            EXPECT_EQ(sum, table.bank_bytes);
            EXPECT_EQ(table.contradictions, std::vector<std::string>{});
        }
    }
    EXPECT_EQ(report.use.coverage.notes.size(), 1u);
    EXPECT_EQ(report.use.chips.at(0).use.pool(Pool::kDram).capacity_bytes, 12ull * 1071821792u);
}

TEST(RealBlockTable, FlagsTheExcessOfTheSecondReport) {
    const std::string path = std::string(TTMEM_DATA_DIR) + "/reports/ttrt_memory_report.json";
    if (::access(path.c_str(), R_OK) != 0) GTEST_SKIP() << "no " << path;
    const Report report = read_file(path);
    ASSERT_EQ(report.operations.size(), 1u);
    EXPECT_EQ(report.operations[0].name, "ttnn.tan");
    EXPECT_EQ(report.operations[0].tables.at(0).contradictions,
              (std::vector<std::string>{"What is free is stated as 1,071,167,456 B, 2,048 B more than its blocks have.",
                                        "Allocated and free bytes as stated exceed the bank by 2,048 B."}));
    EXPECT_FALSE(report.use.coverage.complete);
    EXPECT_EQ(
        report.use.coverage.notes.at(1),
        "report.json, operation 0 (ttnn.tan), dram: Allocated and free bytes as stated exceed the bank by 2,048 B.");
    EXPECT_EQ(report.use.chips.at(0).use.pool(Pool::kDram).reserved_bytes, 12ull * 16384u);
}

}  // namespace
}  // namespace ttmem
