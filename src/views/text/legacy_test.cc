// The fork's clients, as people read them.
#include "src/views/text/legacy.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

constexpr uint64_t kAddress = 1'073'737'728;

LegacyBlock block(uint32_t device, uint64_t registrations, uint64_t frees = 0) {
    LegacyBlock b;
    b.device = device;
    b.address = kAddress;
    b.bytes = 24'576;
    b.registrations = registrations;
    b.frees = frees;
    return b;
}

// One process with the matmul's binary on 8 chips.
LegacyState binary(uint64_t frees_on_first = 0) {
    LegacyState state;
    state.server_pid = 812;
    state.socket = "/tmp/tt_allocation_server.sock";
    state.processes.push_back({});
    state.processes[0].pid = 4711;
    state.processes[0].comm = "python3";
    for (uint32_t device = 0; device < 8; ++device)
        state.blocks.push_back(block(device, device == 0 ? 4 : 2, device == 0 ? frees_on_first : 0));
    for (uint32_t device = 0; device < 8; ++device) {
        const uint64_t buffers = state.blocks[device].live_registrations();
        state.fork.push_back({device, 1, buffers, {buffers * 24'576}});
    }
    return state;
}

std::string story_of(const LegacyState& state) {
    std::string text;
    for (const LegacyOwner& owner : legacy_owners(state, kAddress))
        for (const std::string& sentence : legacy_story(state, owner)) text += sentence + "\n";
    return text;
}

TEST(LegacyText, TheEighteenRegistrationsAreOnePieceOfMemory) {
    EXPECT_EQ(
        story_of(binary()),
        "Process 4711 (python3) registered this address with the allocation server 18 times, 4 times on device 0 and "
        "twice on each of devices 1 to 7: a buffer of 24,576 B in dram.\n"
        "It is one mesh allocation, the same address on 8 chips, 24,576 B on each: the fork registers every buffer "
        "object that looks at it, owner or view.\n"
        "The 2 more on device 0 are buffers of the mesh itself, whose number looks like a chip's to the server.\n"
        "None was freed so far; the fork's view shows 18 buffers live, 442,368 B.\n"
        "It takes 24,576 B on each of 8 chips, once. The fork does not report the end of every registration, so it may "
        "be free already: ttmem's own ledger of the process knows.\n");
    EXPECT_NE(story_of(binary(1)).find("1 was freed so far; the fork's view shows 17 buffers live, 417,792 B."),
              std::string::npos);
}

TEST(LegacyText, ABufferThatWasRegisteredOnceIsToldInTwoSentences) {
    LegacyState state = binary();
    state.blocks = {block(3, 1)};
    EXPECT_EQ(story_of(state),
              "Process 4711 (python3) registered this address with the allocation server once: a buffer of 24,576 B in "
              "dram.\n"
              "None was freed so far; the fork's view shows 1 buffer live, 24,576 B.\n");
}

TEST(LegacyText, AnEndedProcessHoldsNothing) {
    LegacyState state = binary();
    state.processes[0].ended_at = 1;
    for (LegacyBlock& b : state.blocks) b.until = 1;
    EXPECT_NE(story_of(state).find("The process has ended, and its memory went with it; 0 of 18 registrations had been "
                                   "freed."),
              std::string::npos);
    EXPECT_TRUE(legacy_use(state).empty());
}

TEST(LegacyText, StatusShowsEachBlockOnceAndTheForksViewBesideIt) {
    Look look;
    look.exact_bytes = true;
    EXPECT_EQ(legacy_text(binary(), look),
              "\nThe fork's allocation server (process 812, /tmp/tt_allocation_server.sock), not in any figure above:\n"
              "DEVICE     PROCESS           DRAM  L1  L1_SMALL  TRACE  CB  BLOCKS  REGISTRATIONS\n"
              "0          4711 (python3)  24,576   0         0      0   0       1              4\n"
              "1-7, each  4711 (python3)  24,576   0         0      0   0       1              2\n"
              "The same as the fork counts it, a buffer for each registration:\n"
              "DEVICE     BUFFERS  KEYS    DRAM  L1  L1_SMALL  TRACE\n"
              "0                4     1  98,304   0         0      0\n"
              "1-7, each        2     1  49,152   0         0      0\n");
    EXPECT_EQ(legacy_text(std::nullopt, look), "");
}

TEST(LegacyText, AForeignNameCannotChangeTheTerminal) {
    LegacyState state = binary();
    state.processes[0].comm = "evil\x1b[2J";
    EXPECT_EQ(legacy_text(state, {}).find('\x1b'), std::string::npos);
    EXPECT_EQ(story_of(state).find('\x1b'), std::string::npos);
}

TEST(LegacyJson, HasEachDeviceOfEachProcessAndTheForksView) {
    const Json json = legacy_json(binary());
    EXPECT_EQ(json["processes"][0]["pid"], 4711);
    EXPECT_EQ(json["processes"][0]["devices"][1]["requested_bytes"]["dram"], 24'576);
    EXPECT_EQ(json["processes"][0]["devices"][1]["registrations"], 2);
    EXPECT_EQ(json["fork_view"][0]["bytes"]["dram"], 98'304);
    EXPECT_TRUE(legacy_json(std::nullopt).is_null());
    const Json owners = legacy_owners_json(binary(), kAddress);
    EXPECT_EQ(owners[0]["registrations"], 18);
    EXPECT_EQ(owners[0]["devices"].size(), 8u);
    EXPECT_TRUE(legacy_owners_json(binary(), kAddress + 1).empty());
}

}  // namespace
}  // namespace ttmem
