#include "src/importers/machine/shm_region.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/support/imported_use_text.h"
#include "tests/support/notes.h"
#include "tests/support/shm_region_writer.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

constexpr ShmClock kNow = {1'760'000'000'000'000'000, 5'000'000'000'000};
constexpr uint64_t kJustNow = 1'760'000'000'000'000'000 - 1'000'000;

// Pids below 1000 live, below 2000 live under another name, others are dead.
ShmProcessState state_of(int32_t pid, const std::string&) {
    return pid < 1000 ? ShmProcessState::kLive : pid < 2000 ? ShmProcessState::kOther : ShmProcessState::kDead;
}

Result<ShmRegion> decode(const ShmRegionWriter& region) {
    return decode_shm_region(region.bytes(), "/dev/shm/tt_device_77_memory", state_of, kNow);
}

class EachVersion : public testing::TestWithParam<uint32_t> {};

TEST_P(EachVersion, IsReadAtItsOffsets) {
    ShmRegionWriter writer(GetParam());
    writer.updated(kJustNow).ids(0x1234567890abcdef, 5).totals(1000, 200, 30, 4, 500, 60);
    writer.chip(0, 5, false, 900, 150).chip(15, 6, true, 100, 50);
    writer.process(0, 42, "python3", 600, 200).process(63, 43, "a name of more than fifteen bytes", 400, 0, 500);
    const Result<ShmRegion> region = decode(writer);
    ASSERT_TRUE(region) << region.error().why;
    EXPECT_EQ(region->version, GetParam());
    EXPECT_EQ(region->device_id, 5u);
    EXPECT_EQ(region->processes_said, 2u);
    EXPECT_EQ(region->age_ns, 1'000'000);
    EXPECT_EQ(region->totals.dram, 1000u);
    EXPECT_EQ(region->totals.l1, 200u);
    EXPECT_EQ(region->totals.l1_small, 30u);
    EXPECT_EQ(region->totals.trace, 4u);
    EXPECT_EQ(region->totals.cb, 500u);
    EXPECT_EQ(region->totals.kernel, GetParam() == 1 ? std::optional<uint64_t>(60) : std::nullopt);
    ASSERT_EQ(region->chips.size(), 2u);
    EXPECT_EQ(region->chips[0].counters.dram, 900u);
    EXPECT_EQ(region->chips[1].chip_id, 6u);
    EXPECT_TRUE(region->chips[1].remote);
    EXPECT_EQ(region->chips[1].counters.l1, 50u);
    ASSERT_EQ(region->processes.size(), 2u);
    EXPECT_EQ(region->processes[0].name, "python3");
    EXPECT_EQ(region->processes[1].pid, 43);
    EXPECT_EQ(region->processes[1].counters.cb, 500u);
    EXPECT_EQ(region->processes[1].updated_ns, 1u);
    EXPECT_EQ(region->processes[1].name, "a name of more than fifteen bytes");
    EXPECT_FALSE(region->stale);
}

TEST_P(EachVersion, GhostsAreWhatNoLiveProcessCounts) {
    ShmRegionWriter writer(GetParam());
    writer.updated(kJustNow)
        .totals(1000, 200, 0, 0, 0)
        .process(0, 42, "live", 600, 50)
        .process(1, 9999, "killed", 400, 100);
    const Result<ShmRegion> region = decode(writer);
    ASSERT_TRUE(region);
    EXPECT_EQ(region->ghosts.dram, 400u);
    EXPECT_EQ(region->ghosts.l1, 150u) << "also what nobody in the list counts";
    EXPECT_EQ(region->processes[1].state, ShmProcessState::kDead);
    EXPECT_TRUE(has_note(region->coverage, "550 bytes of the totals belong to no live process (1 dead in its list)"));
    EXPECT_FALSE(region->coverage.complete);
}

INSTANTIATE_TEST_SUITE_P(ShmRegion, EachVersion, testing::Values(1u, 2u, 3u, 4u));

TEST(ShmRegion, AVersionOneWithoutKernelFieldsHasTheLaterLayout) {
    ShmRegionWriter writer(2);
    writer.totals(7, 0, 0, 0, 0).process(0, 42, "x", 7, 0);
    std::vector<std::byte> bytes = writer.bytes();
    bytes[0] = std::byte{1};
    const Result<ShmRegion> region = decode_shm_region(bytes, "tt_device_1_memory", state_of, kNow);
    ASSERT_TRUE(region);
    EXPECT_FALSE(region->totals.kernel);
    EXPECT_EQ(region->processes.at(0).counters.dram, 7u);
    EXPECT_FALSE(region->chip_id) << "the id is split in version 1";
}

TEST(ShmRegion, VersionFourIsValidOnlyWhenReady) {
    for (const auto& [state, reason] : {std::pair<uint32_t, std::string>{0, "not initialised"},
                                        {1, "initialisation in progress"},
                                        {77, "unknown init state 77"}}) {
        const Result<ShmRegion> region = decode(ShmRegionWriter(4).init_state(state));
        ASSERT_FALSE(region) << state;
        EXPECT_NE(region.error().why.find("byte 8536: " + reason), std::string::npos) << region.error().why;
    }
    EXPECT_TRUE(decode(ShmRegionWriter(3).init_state(0))) << "older versions have no such state";
    EXPECT_TRUE(decode(ShmRegionWriter(2).init_state(1)));
}

TEST(ShmRegion, AnUnusedChipSlotIsZeroOrAllOnesByAge) {
    EXPECT_EQ(decode(ShmRegionWriter(1).chip(3, 0, false, 0, 0))->chips.size(), 0u);
    EXPECT_EQ(decode(ShmRegionWriter(2).chip(0, 0, false, 64, 0))->chips.size(), 1u) << "chip 0 with memory is a chip";
    EXPECT_EQ(decode(ShmRegionWriter(3).chip(0, 0, false, 0, 0))->chips.size(), 1u)
        << "0 is a chip where unused says otherwise";
    EXPECT_EQ(decode(ShmRegionWriter(3))->chips.size(), 0u);
}

TEST(ShmRegion, AHalfMadeRegionIsSaidToBeOne) {
    const auto why = [](size_t size) {
        return decode_shm_region(std::vector<std::byte>(size), "tt_device_1_memory", state_of, kNow).error().why;
    };
    EXPECT_NE(why(0).find("it is empty"), std::string::npos);
    EXPECT_NE(why(8575).find("8575 bytes"), std::string::npos);
    EXPECT_NE(why(8576).find("not initialised yet"), std::string::npos);
    EXPECT_NE(decode(ShmRegionWriter(9)).error().why.find("version 9"), std::string::npos);
}

TEST(ShmRegion, AReadInTheMiddleOfAChangeIsNoted) {
    const Result<ShmRegion> region = decode(ShmRegionWriter(3).totals(100, 0, 0, 0, 0).process(0, 42, "x", 164, 0));
    ASSERT_TRUE(region);
    EXPECT_EQ(region->ghosts.dram, 0u);
    EXPECT_TRUE(has_note(region->coverage, "64 bytes more than its totals"));
}

TEST(ShmRegion, APidOfAnotherNameIsNeitherLiveNorAGhost) {
    const Result<ShmRegion> region = decode(ShmRegionWriter(3).totals(100, 0, 0, 0, 0).process(0, 1500, "x", 100, 0));
    ASSERT_TRUE(region);
    EXPECT_EQ(region->ghosts.dram, 0u);
    EXPECT_TRUE(region->stale);
    EXPECT_TRUE(has_note(region->coverage, "may be used again"));
}

TEST(ShmRegion, StaleWhenNobodyLivesOrItIsOld) {
    EXPECT_TRUE(decode(ShmRegionWriter(3).updated(kJustNow).process(0, 9999, "dead", 0, 0))->stale);
    const Result<ShmRegion> old =
        decode(ShmRegionWriter(3).updated(kJustNow - 600'000'000'000).process(0, 42, "live", 0, 0));
    EXPECT_TRUE(old->stale);
    EXPECT_TRUE(has_note(old->coverage, "last updated 10 min"));
    // Monotonic clocks are small numbers.
    EXPECT_EQ(decode(ShmRegionWriter(3).updated(4'999'000'000'000))->age_ns, 1'000'000'000);
    EXPECT_FALSE(decode(ShmRegionWriter(3).updated(0))->age_ns);
    EXPECT_FALSE(decode(ShmRegionWriter(3).updated(UINT64_MAX))->age_ns) << "of the future";
}

TEST(ShmRegion, SumsOfHostileCountersDoNotWrap) {
    const Result<ShmRegion> region = decode(ShmRegionWriter(3)
                                                .totals(5, 5, 5, 5, 5)
                                                .process(0, 42, "x", UINT64_MAX, 1)
                                                .process(1, 43, "y", UINT64_MAX, UINT64_MAX));
    ASSERT_TRUE(region);
    EXPECT_EQ(region->ghosts.dram, 0u);
    EXPECT_EQ(region->ghosts.l1_small, 5u);
}

TEST(ShmRegion, FiguresMeanWhatTheirVersionMeans) {
    const ImportedUse three = shm_region_use(*decode(ShmRegionWriter(3).ids(99, 4).totals(1, 2, 3, 4, 5)));
    EXPECT_EQ(three.format, "tt-metal-shm");
    EXPECT_EQ(three.version, "3");
    EXPECT_EQ(three.chips.at(0).chip_id, ChipId{99});
    EXPECT_EQ(three.chips[0].use.chip.logical_id, 4u);
    EXPECT_EQ(three.chips[0].use.pool(Pool::kTrace).requested_bytes, 4u);
    EXPECT_FALSE(three.chips[0].use.pool(Pool::kDram).reserved_bytes) << "not in a region";
    EXPECT_FALSE(three.allocations);
    EXPECT_EQ(three.chips[0].use.cb.reserved_bytes, 5u);
    EXPECT_FALSE(three.chips[0].use.cb.resident_bytes);
    const ImportedUse four = shm_region_use(*decode(ShmRegionWriter(4).totals(1, 2, 3, 4, 5)));
    EXPECT_EQ(four.chips.at(0).use.cb.resident_bytes, 5u);
    const ImportedUse one = shm_region_use(*decode(ShmRegionWriter(1).ids(4, 0).totals(1, 2, 3, 4, 5)));
    EXPECT_FALSE(one.chips.at(0).use.cb.reserved_bytes);
    EXPECT_FALSE(one.chips[0].chip_id);
    EXPECT_FALSE(one.coverage.complete);
}

TEST(ShmRegion, GoldenTextOfVersionThree) {
    ShmRegionWriter writer(3);
    writer.updated(kJustNow - 125'000'000'000).ids(99, 4).totals(4096, 512, 0, 64, 1024);
    writer.process(0, 42, "model", 1024, 512).process(1, 9999, "killed", 3072, 0);
    EXPECT_EQ(ImportedUseText::of(shm_region_use(*decode(writer))),
              R"(tt-metal-shm / 3
[chip 4] id 99
  cb reserved 1024
  dram requested 4096
  l1 requested 512
  l1_small requested 0
  trace requested 64
incomplete
- 4,160 bytes of the totals belong to no live process (1 dead in its list)
- tt-metal's counters only: no allocations, owners, reserved bytes or peaks
- not counted by it: kernels, semaphores, host memory, allocator padding
- it is updated at most every 100 ms: the last change of a burst may be missing
- last updated 2 min 5 s ago
)");
}

TEST(ShmRegion, IsRecognisedByContent) {
    for (const uint32_t version : {1u, 2u, 3u, 4u}) {
        const ShmRegionWriter writer(version);
        EXPECT_TRUE(looks_like_shm_region(writer.bytes(), writer.bytes().size())) << version;
        EXPECT_FALSE(looks_like_shm_region(writer.bytes(), 100));
    }
    EXPECT_FALSE(looks_like_shm_region(std::vector<std::byte>(8576), 8576));
}

class ShmDirectory : public testing::Test {
protected:
    ShmDirectory() {
        folder_ = temporary_.path();
        options_.directory = folder_;
        options_.liveness = state_of;
        options_.clock = [] { return kNow; };
    }
    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    TemporaryDirectory temporary_;
    std::string folder_;
    ShmScanOptions options_;
};

TEST_F(ShmDirectory, FindsRegionsByNameAndKeepsReasonsOfTheRest) {
    ShmRegionWriter(3).totals(1, 0, 0, 0, 0).write(path("tt_device_18446744073709551615_memory"));
    ShmRegionWriter(1).totals(2, 0, 0, 0, 0).write(path("tt_device_258_memory"));
    ShmRegionWriter(4).init_state(1).write(path("tt_device_3_memory"));
    ShmRegionWriter(3).write(path("tt_device_x_memory"));
    ShmRegionWriter(3).write(path("other"));
    std::filesystem::create_symlink(path("other"), path("tt_device_5_memory"));
    ASSERT_EQ(::mkfifo(path("tt_device_6_memory").c_str(), 0600), 0);
    const ShmRegions scan = scan_shm_regions(options_);
    ASSERT_EQ(scan.regions.size(), 2u);
    EXPECT_EQ(scan.regions[1].version, 1u);
    ASSERT_EQ(scan.unreadable.size(), 3u);
    EXPECT_NE(scan.unreadable[0].what.find("tt_device_3_memory"), std::string::npos);
    EXPECT_NE(scan.unreadable[2].why.find("not a regular file"), std::string::npos) << scan.unreadable[2].why;
}

// Runs as a user who may not read the file, in a child of its own: root would read it.
TEST_F(ShmDirectory, ARegionOfAnotherUserIsUnreadableWithItsOwner) {
    ShmRegionWriter(3).write(path("tt_device_1_memory"));
    ASSERT_EQ(::chmod(path("tt_device_1_memory").c_str(), 0), 0);
    ASSERT_EQ(::chmod(options_.directory.c_str(), 0755), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(2);
        const ShmRegions scan = scan_shm_regions(options_);
        const bool told = scan.regions.empty() && scan.unreadable.size() == 1 &&
                          scan.unreadable[0].why.find("it belongs to uid ") != std::string::npos;
        ::_exit(told ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(ShmDirectory, ADirectoryThatIsNotThereHasNoRegions) {
    options_.directory += "/missing";
    const ShmRegions scan = scan_shm_regions(options_);
    EXPECT_TRUE(scan.regions.empty());
    EXPECT_TRUE(scan.unreadable.empty());
}

TEST(ShmLiveness, AsksTheKernel) {
    EXPECT_EQ(shm_process_state(::getpid(), ""), ShmProcessState::kLive);
    EXPECT_EQ(shm_process_state(::getpid(), "surely another"), ShmProcessState::kOther);
    EXPECT_EQ(shm_process_state(0x7ffffff0, "x"), ShmProcessState::kDead);
}

}  // namespace
}  // namespace ttmem
