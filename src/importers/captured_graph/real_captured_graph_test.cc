// Captured graphs from public repositories, which lie beside the checkout or nowhere.
#include "src/importers/captured_graph/captured_graph.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "src/base/fd.h"
#include "tests/support/graph_text.h"
#include "tests/support/notes.h"

namespace ttmem {
namespace {

std::string real(const std::string& name) { return std::string(TTMEM_DATA_DIR) + "/graphs/" + name; }

Result<ImportedUse> import_real(const std::string& name) {
    const ScopedFd fd(::open(real(name).c_str(), O_RDONLY | O_CLOEXEC));
    return import_captured_graph(read_from_fd(fd.get()), name);
}

#define REQUIRE_REAL(name) \
    if (!std::filesystem::exists(real(name))) GTEST_SKIP() << "there is no " << real(name)

TEST(RealCapturedGraph, TheMatmulsCircularBuffersLieOnTheChipOfItsMesh) {
    REQUIRE_REAL("matmul_normal_mode.json");
    const Result<ImportedUse> use = import_real("matmul_normal_mode.json");
    ASSERT_TRUE(use) << use.error().why;
    ASSERT_EQ(use->chips.size(), 1u) << "buffers say device 1 (a mesh), circular buffers device 0 (its chip)";
    const ImportedChip& chip = use->chips[0];
    EXPECT_EQ(chip.use.chip.logical_id, 0u);
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 2097152u);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 2097152u + (131072u + 131072 + 524288) * 4);
    EXPECT_EQ(chip.peak(Pool::kDram).requested_bytes, 22528u) << "the program's binary";
    EXPECT_FALSE(chip.peak(Pool::kL1).reserved_bytes);
    EXPECT_EQ(use->operations, 4u);
    EXPECT_EQ(use->allocations, 2u);
    EXPECT_EQ(use->frees, 1u);
    EXPECT_EQ(use->cb_plans, 1u);
    EXPECT_EQ(use->earlier[static_cast<size_t>(Pool::kDram)].bytes, 2097152u);
}

TEST(RealCapturedGraph, TheConvolutionWasCapturedWithoutDispatch) {
    REQUIRE_REAL("conv2d.json");
    const Result<ImportedUse> use = import_real("conv2d.json");
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_TRUE(has_note(use->coverage, "13 of 13 allocations say address 0"));
    ASSERT_EQ(use->chips.size(), 1u);
    const ImportedChip& chip = use->chips[0];
    EXPECT_EQ(chip.peak(Pool::kL1Small).requested_bytes, 2u * 1236 + 2 * 4120) << "its type says L1";
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 2795008u + 2097152);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes,
              2795008u + 2097152 + (12288u + 18432 + 12288 + 30720 + 4096 + 64) * 110);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_operation, "ttnn.conv2d > Conv2dDeviceOperation");
    EXPECT_EQ(chip.use.pool(Pool::kL1).requested_bytes, 0u) << "all is freed at the end";
    EXPECT_EQ(use->circular_buffers, 21u);
}

TEST(RealCapturedGraph, TheShardedAddsCircularBuffersAliasItsTensors) {
    REQUIRE_REAL("sharded_add.json");
    const Result<ImportedUse> use = import_real("sharded_add.json");
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).with_cb_bytes, 2097152u);
    EXPECT_EQ(use->circular_buffers, 3u);
}

TEST(RealCapturedGraph, TheConcatsFreesHaveNeitherSizeNorAddress) {
    REQUIRE_REAL("concat_2024_schema.json");
    const Result<ImportedUse> use = import_real("concat_2024_schema.json");
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->version, "text");
    EXPECT_EQ(use->allocations, 6u);
    EXPECT_EQ(use->frees, 5u);
    const ImportedChip& chip = use->chips.at(0);
    EXPECT_EQ(chip.peak(Pool::kL1).requested_bytes, 33554432u);
    EXPECT_EQ(chip.use.pool(Pool::kL1).requested_bytes, 16777216u) << "the result stays";
    EXPECT_EQ(chip.use.pool(Pool::kDram).requested_bytes, 0u);
    EXPECT_EQ(chip.peak(Pool::kL1).with_cb_bytes, 33554432u + 4096 * 64);
    EXPECT_EQ(use->cb_plans, 3u);
}

TEST(RealCapturedGraph, TheOldestSchemasGarbageAddressIsFlagged) {
    REQUIRE_REAL("ttnn_add_oldest_schema.json");
    const Result<ImportedUse> use = import_real("ttnn_add_oldest_schema.json");
    ASSERT_TRUE(use) << use.error().why;
    EXPECT_EQ(use->version, "name");
    EXPECT_TRUE(has_note(use->coverage, "1953396066"));
    EXPECT_EQ(use->chips.at(0).peak(Pool::kL1).requested_bytes, 2u * 24576);
    EXPECT_EQ(use->chips.at(0).use.pool(Pool::kL1).requested_bytes, 0u);
    EXPECT_EQ(use->cb_plans, 2u);
}

TEST(RealCapturedGraph, TheInvalidOneIsRefusedAtItsLicenceLine) {
    REQUIRE_REAL("invalid_as_committed.json");
    const Result<ImportedUse> use = import_real("invalid_as_committed.json");
    ASSERT_FALSE(use);
    EXPECT_NE(use.error().what.find("invalid_as_committed.json"), std::string::npos);
    EXPECT_NE(use.error().why.find("at byte 14076"), std::string::npos) << use.error().why;
    EXPECT_NE(use.error().why.find("a node (an object) must begin here"), std::string::npos);
}

}  // namespace
}  // namespace ttmem
