#include "src/machine/mock_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

namespace fs = std::filesystem;

class MockFolders : public testing::Test {
protected:
    MockFolders() { ::setenv("TMPDIR", parent_.path().c_str(), 1); }
    ~MockFolders() override { ::unsetenv("TMPDIR"); }

    size_t count() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(parent_.path()), fs::directory_iterator()));
    }

    TemporaryDirectory parent_;
    const MockMachine machine_{"N150", {}, "", std::nullopt, "arch: {0: wormhole_b0}\n"};
};

TEST_F(MockFolders, HasTheDescriptorAndGoesWithItsOwner) {
    {
        const Result<MockFolder> folder = MockFolder::make(machine_);
        ASSERT_TRUE(folder);
        auto environment = folder->environment();
        std::ifstream descriptor(environment["TT_METAL_MOCK_CLUSTER_DESC_PATH"]);
        const std::string text{std::istreambuf_iterator<char>(descriptor), {}};
        EXPECT_EQ(text, machine_.descriptor);
        EXPECT_EQ(environment["TTMEM_MOCK"], "N150");
        EXPECT_EQ(environment["TT_METAL_SHM_TRACKING_DISABLED"], "1");
        EXPECT_TRUE(environment["TT_METAL_CACHE"].starts_with(folder->path() + "/"));
        struct stat status {};
        ASSERT_EQ(::stat(folder->path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777u, 0700u);
    }
    EXPECT_EQ(count(), 0u);
}

TEST_F(MockFolders, KnowsWhetherTheStandInHasCompiled) {
    const Result<MockFolder> folder = MockFolder::make(machine_);
    ASSERT_TRUE(folder);
    EXPECT_FALSE(folder->has_compiled());
    std::ofstream(folder->path() + "/compiled") << "";
    EXPECT_TRUE(folder->has_compiled());
}

TEST_F(MockFolders, KnowsHowProcessesEndedThatSaidSo) {
    const Result<MockFolder> folder = MockFolder::make(machine_);
    ASSERT_TRUE(folder);
    EXPECT_TRUE(folder->ends().empty());
    std::ofstream(folder->path() + "/ended/4711") << "3\n";
    std::ofstream(folder->path() + "/ended/4712") << "";
    std::ofstream(folder->path() + "/ended/none") << "1\n";
    EXPECT_EQ(folder->ends(), (std::map<uint32_t, int>{{4711, 3}}));
}

TEST(ForgetHardware, ChipsThatTheUserHidHideNoneOfTheMock) {
    ::setenv("TT_VISIBLE_DEVICES", "3", 1);
    forget_hardware();
    EXPECT_EQ(std::getenv("TT_VISIBLE_DEVICES"), nullptr);
}

}  // namespace
}  // namespace ttmem
