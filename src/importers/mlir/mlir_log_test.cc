#include "src/importers/mlir/mlir_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "src/base/fd.h"
#include "src/importers/packed/gzip_reader.h"

namespace ttmem {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

struct Log {
    std::vector<LoggedState> states;
    ImportedUse use;
};

Log read_mlir(const std::string& text) {
    Log log;
    Result<ImportedUse> use =
        read_mlir_log(read_from_text(text), "run.log", [&](const LoggedState& state) { log.states.push_back(state); });
    EXPECT_TRUE(use) << (use ? "" : use.error().what + ": " + use.error().why);
    if (use) log.use = std::move(*use);
    return log;
}

std::string view(int allocated, int free) {
    return "\x1b[32m RuntimeTTNN\x1b[0m | \x1b[1m INFO\x1b[0m | KCM DRAM View - Banks: 12 Size: 1023 MB "
           "TotalBytesAllocatedPerBank: " +
           std::to_string(allocated) + " MB FreePerBank: " + std::to_string(free) +
           " MB ContiguousFreePerBank: 900 MB\n";
}
std::string executing(const std::string& operation) {
    return "\x1b[32m RuntimeTTNN\x1b[0m | \x1b[1m INFO\x1b[0m | Executing operation: " + operation + "\n";
}
std::string pool(const std::string& name, const std::string& allocated) {
    return "   Always |    DEBUG | Device " + name +
           " memory state: MemoryView{numBanks: 12, totalBytesPerBank: 8.000 MB, " +
           "totalBytesAllocatedPerBank: " + allocated + " MB}\n";
}

TEST(MlirLog, ReadsOperationsWithTheStateBeforeEach) {
    const std::string first =
        executing("%0 = \"ttnn.get_device\"() : () -> !ttnn.device loc(\"gather.4_workaround\"(\"gather.4\"))");
    const Log log =
        read_mlir("# noise\n" + first + view(61, 962) +
                  executing("%1 = \"ttnn.typecast\"(%arg1) : (tensor<1x2>) -> tensor<1x2> loc(\"gather.4\")") +
                  view(70, 953) + executing("\"ttnn.deallocate\"(%arg1) <{force = false}> : () -> ()") + view(65, 958) +
                  executing("%0 = \"ttnn.reshape\"(%arg1) : () -> ()") + view(1, 1022));
    ASSERT_EQ(log.states.size(), 4u);
    const LoggedState& state = log.states[0];
    EXPECT_EQ(state.name, "ttnn.get_device");
    EXPECT_EQ(state.result, "%0");
    EXPECT_EQ(state.location, "gather.4_workaround");
    EXPECT_EQ(state.operation, 0u);
    EXPECT_EQ(state.line, 2u);
    EXPECT_EQ(state.offset, 8u);
    EXPECT_EQ(state.pool(Pool::kDram)->allocated_per_bank.bytes, 61 * kMiB);
    EXPECT_EQ(log.states[1].location, "gather.4");
    EXPECT_EQ(log.states[2].name, "ttnn.deallocate");
    EXPECT_EQ(log.states[2].program, 0u);
    EXPECT_EQ(log.states[3].program, 1u);
    EXPECT_EQ(log.states[3].operation, 3u);

    EXPECT_EQ(log.use.format, "tt-mlir-log");
    EXPECT_EQ(log.use.version, "dram-view");
    EXPECT_EQ(log.use.operations, 4u);
    ASSERT_EQ(log.use.chips.size(), 1u);
    const ImportedChip& chip = log.use.chips[0];
    EXPECT_EQ(chip.use.pool(Pool::kDram).reserved_bytes, 12 * 1 * kMiB);
    EXPECT_EQ(chip.use.pool(Pool::kDram).capacity_bytes, 12 * 1023 * kMiB);
    EXPECT_EQ(chip.peak(Pool::kDram).reserved_bytes, 12 * 70 * kMiB);
    EXPECT_EQ(chip.peak(Pool::kDram).operation, "ttnn.get_device");  // which left it behind
    EXPECT_FALSE(chip.use.pool(Pool::kL1).reserved_bytes);
    EXPECT_FALSE(chip.peak(Pool::kDram).requested_bytes);
}

TEST(MlirLog, ReadsTheStatesOfTheMemoryLogLevel) {
    const std::string header = "   Always |     INFO | Device memory state before operation TypecastOp\n";
    const Log log =
        read_mlir("   Always |    DEBUG | Device memory state before submit\n" + pool("DRAM", "0.008") +
                  pool("L1", "0.000") + header + pool("DRAM", "1.000") + pool("L1 SMALL", "0.500") +
                  executing("%3 = \"ttnn.typecast\"(%2) loc(\"a\")") +  // its header came first
                  executing("%4 = \"ttnn.add\"(%3) loc(\"b\")") +
                  "   Always |     INFO | Device memory state before operation AddOp\n" + pool("DRAM", "2.000"));
    ASSERT_EQ(log.states.size(), 3u);
    EXPECT_EQ(log.states[0].name, "before submit");
    EXPECT_FALSE(log.states[0].operation);
    EXPECT_EQ(log.states[1].name, "ttnn.typecast");
    EXPECT_EQ(log.states[1].location, "a");
    EXPECT_EQ(log.states[1].pool(Pool::kL1Small)->allocated_per_bank.bytes, kMiB / 2);
    EXPECT_EQ(log.states[2].name, "ttnn.add");
    EXPECT_EQ(log.states[2].operation, 1u);
    EXPECT_EQ(log.states[2].pool(Pool::kDram)->allocated_per_bank.bytes, 2 * kMiB);
    EXPECT_EQ(log.use.operations, 2u);
    EXPECT_EQ(log.use.version, "memory-view");
    EXPECT_EQ(log.use.chips.at(0).peak(Pool::kDram).operation, "ttnn.typecast");
    EXPECT_EQ(log.use.chips.at(0).peak(Pool::kL1Small).operation, "ttnn.typecast");
}

TEST(MlirLog, FollowsEveryRankOnItsOwn) {
    const std::string a = "[1,0]<stdout>:", b = "[1,1]<stdout>:";
    const Log log = read_mlir(a + executing("%0 = \"ttnn.add\"()") + b + executing("%0 = \"ttnn.matmul\"()") + b +
                              view(20, 1003) + a + view(10, 1013));
    ASSERT_EQ(log.states.size(), 2u);
    ASSERT_EQ(log.use.chips.size(), 2u);
    EXPECT_EQ(log.use.chips[0].name, "rank 1,0");
    EXPECT_EQ(log.use.chips[0].peak(Pool::kDram).reserved_bytes, 12 * 10 * kMiB);
    EXPECT_EQ(log.use.chips[1].peak(Pool::kDram).operation, "ttnn.matmul");
}

TEST(MlirLog, SaysWhichFiguresItLeftOut) {
    const Log log = read_mlir(executing("%0 = \"a\"()") + view(61, 2578) + executing("%1 = \"b\"()") + view(61, 962) +
                              "KCM DRAM View - Banks: x\n");
    EXPECT_FALSE(log.states[0].pool(Pool::kDram)->free_per_bank);
    EXPECT_TRUE(log.states[1].pool(Pool::kDram)->free_per_bank);
    const std::vector<std::string>& notes = log.use.coverage.notes;
    ASSERT_EQ(notes.size(), 4u);
    EXPECT_EQ(notes[2],
              "In 1 of 2 states the free bytes contradict the size and the allocated bytes, first in line 2; they are "
              "left out.");
    EXPECT_EQ(notes[3].substr(0, 63), "1 lines look like the state of a pool but are none, first line ");
    EXPECT_FALSE(log.use.coverage.complete);
}

TEST(MlirLog, RefusesATextWithoutStates) {
    for (const std::string text :
         {"", "nothing\nhere\n", "Executing operation: %0 = \"a\"()\n", "DRAM View - Banks: none\n"}) {
        const Result<ImportedUse> use = read_mlir_log(read_from_text(text), "run.log");
        ASSERT_FALSE(use) << text;
        EXPECT_EQ(use.error().what, "run.log has no state of a pool in its " + std::to_string(text.size()) + " bytes");
        EXPECT_FALSE(use.error().why.empty());
    }
}

TEST(MlirLog, TakesLinesOfAnyLength) {
    const Log log = read_mlir(std::string(3 << 20, 'x') + "\n" +
                              executing("%0 = \"a\"(" + std::string(200000, 'y') + ")") + view(5, 1018));
    ASSERT_EQ(log.states.size(), 1u);
    EXPECT_EQ(log.states[0].name, "a");
    EXPECT_EQ(log.states[0].line, 2u);
}

// ---- the real log, and the stream that was derived from it on another way

std::vector<nlohmann::json> derived_stream() {
    std::vector<nlohmann::json> rows;
    std::ifstream file(std::string(TTMEM_DATA_DIR) + "/streams/4b_512_1L.jsonl");
    for (std::string line; std::getline(file, line);) rows.push_back(nlohmann::json::parse(line));
    return rows;
}

uint64_t bytes_per_bank(uint64_t bytes, uint64_t banks) {
    constexpr uint64_t kPage = 2048;
    const uint64_t pages = (bytes + kPage - 1) / kPage;
    return (pages + banks - 1) / banks * kPage;
}

class RealMlirLog : public testing::Test {
protected:
    void SetUp() override {
        const std::string path = std::string(TTMEM_DATA_DIR) + "/logs/qwen3_embedding_4b_512_1L.log.gz";
        const ScopedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) GTEST_SKIP() << "no " << path;
        Result<ImportedUse> use = read_mlir_log(maybe_gunzip(read_from_fd(fd.get())), path,
                                                [&](const LoggedState& state) { states_.push_back(state); });
        ASSERT_TRUE(use) << use.error().what << ": " << use.error().why;
        use_ = std::move(*use);
    }

    std::vector<LoggedState> states_;
    ImportedUse use_;
};

TEST_F(RealMlirLog, HasAStateBeforeEachOfItsOperations) {
    EXPECT_EQ(use_.operations, 396u);
    ASSERT_EQ(states_.size(), 396u);
    for (const LoggedState& state : states_) {
        ASSERT_TRUE(state.operation && state.pool(Pool::kDram)) << "line " << state.line;
        EXPECT_FALSE(state.name.empty()) << "line " << state.line;
    }
    EXPECT_EQ(states_.back().program, 2u);
    EXPECT_EQ(use_.chips.at(0).peak(Pool::kDram).reserved_bytes, 12 * 156 * kMiB);
    EXPECT_EQ(use_.chips.at(0).peak(Pool::kDram).operation, "ttnn.typecast");
}

TEST_F(RealMlirLog, ShowsTheSameStatesAsTheDerivedStream) {
    size_t at = 0, broken = 0;
    for (const nlohmann::json& row : derived_stream()) {
        if (row["ev"] != "dram_view") continue;
        ASSERT_LT(at, states_.size());
        const MemoryView& view = *states_[at++].pool(Pool::kDram);
        EXPECT_EQ(view.banks, row["banks"].get<uint64_t>());
        EXPECT_EQ(view.bank_bytes.bytes, row["size_mb"].get<uint64_t>() * kMiB);
        EXPECT_EQ(view.allocated_per_bank.bytes, row["allocated_mb"].get<uint64_t>() * kMiB);
        const int64_t sum = row["allocated_mb"].get<int64_t>() + row["free_mb"].get<int64_t>();
        const bool fits = std::abs(sum - row["size_mb"].get<int64_t>()) < 2;
        EXPECT_EQ(view.free_per_bank.has_value(), fits);
        broken += !fits;
    }
    EXPECT_EQ(at, states_.size());
    EXPECT_GT(broken, 0u);  // which is what the log is known for
}

// What the operations allocate and free, by sizes and page rounding alone, follows what the allocator reported.
TEST_F(RealMlirLog, StaysWithinTheDerivedStream) {
    for (const bool reshapes_copy : {false, true}) {
        size_t at = 0;
        std::optional<uint32_t> program;
        int64_t now = 0, pending = 0, worst = 0;
        std::set<std::string> live;
        for (const nlohmann::json& row : derived_stream()) {
            if (row["ev"] == "dram_view") {
                const LoggedState& state = states_.at(at++);
                const auto logged = static_cast<int64_t>(state.pool(Pool::kDram)->allocated_per_bank.bytes);
                if (program != state.program)
                    now = logged, program = state.program;  // what was there before is not derived
                worst = std::max(worst, std::abs(now - logged));
                now += std::exchange(pending, 0);
                continue;
            }
            if (row["mem"] != "dram" || row.value("preexisting", false)) continue;
            const auto bytes = static_cast<int64_t>(bytes_per_bank(row["bytes"], 12));
            if (at < states_.size() && program != states_[at].program) live.clear();
            if (row["ev"] == "alloc" && (reshapes_copy || !row.value("maybe_alias", false))) {
                pending += bytes;
                live.insert(row["id"]);
            } else if (row["ev"] == "free" && live.erase(row["id"]) != 0) {
                pending -= bytes;
            }
        }
        EXPECT_EQ(at, states_.size());
        EXPECT_LE(static_cast<double>(worst), 3.5 * static_cast<double>(kMiB)) << reshapes_copy;
    }
}

}  // namespace
}  // namespace ttmem
