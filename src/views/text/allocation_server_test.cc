#include "src/views/text/allocation_server.h"

#include <gtest/gtest.h>

#include "src/analysis/snapshot/registration_story.h"
#include "tests/support/sample_registrations.h"

namespace ttmem {
namespace {

std::string story_of(const AllocationServerState& state) {
    std::string text;
    for (const Registrant& owner : registrants_at(state, kAddress))
        for (const std::string& sentence : registrant_story(state, owner)) text += sentence + "\n";
    return text;
}

TEST(AllocationServerText, TheEighteenRegistrationsAreOnePieceOfMemory) {
    EXPECT_EQ(
        story_of(binary()),
        "Process 4711 (python3) registered this address with the allocation server 18 times, 4 times on device 0 and "
        "twice on each of devices 1 to 7: a buffer of 24,576 B in dram.\n"
        "It is one mesh allocation, the same address on 8 chips, 24,576 B on each: its client registers every buffer "
        "object that looks at it, owner or view.\n"
        "The 2 more on device 0 are buffers of the mesh itself, whose number looks like a chip's to the server.\n"
        "None was freed so far; the allocation server shows 18 buffers live, 442,368 B.\n"
        "It takes 24,576 B on each of 8 chips, once. Its client does not report the end of every registration, so it "
        "may "
        "be free already: ttmem's own ledger of the process knows.\n");
    EXPECT_NE(story_of(binary(1)).find("1 was freed so far; the allocation server shows 17 buffers live, 417,792 B."),
              std::string::npos);
}

TEST(AllocationServerText, ABufferThatWasRegisteredOnceIsToldInTwoSentences) {
    AllocationServerState state = binary();
    state.blocks = {block(3, 1)};
    EXPECT_EQ(story_of(state),
              "Process 4711 (python3) registered this address with the allocation server once: a buffer of 24,576 B in "
              "dram.\n"
              "None was freed so far; the allocation server shows 1 buffer live, 24,576 B.\n");
}

TEST(AllocationServerText, AnEndedProcessHoldsNothing) {
    AllocationServerState state = binary();
    state.processes[0].ended_at = 1;
    for (RegisteredBlock& b : state.blocks) b.until = 1;
    EXPECT_NE(story_of(state).find("The process has ended, and its memory went with it; 0 of 18 registrations had been "
                                   "freed."),
              std::string::npos);
    EXPECT_TRUE(registered_use(state).empty());
}

TEST(AllocationServerText, StatusShowsEachBlockOnceAndTheServersCountsBesideIt) {
    Look look;
    look.exact_bytes = true;
    EXPECT_EQ(allocation_server_text(binary(), look),
              "\nThe allocation server (process 812, /tmp/tt_allocation_server.sock), not in any figure above:\n"
              "DEVICE     PROCESS           DRAM  L1  L1_SMALL  TRACE  CB  BLOCKS  REGISTRATIONS\n"
              "0          4711 (python3)  24,576   0         0      0   0       1              4\n"
              "1-7, each  4711 (python3)  24,576   0         0      0   0       1              2\n"
              "The same as the allocation server counts it, a buffer for each registration:\n"
              "DEVICE     BUFFERS  KEYS    DRAM  L1  L1_SMALL  TRACE\n"
              "0                4     1  98,304   0         0      0\n"
              "1-7, each        2     1  49,152   0         0      0\n");
    EXPECT_EQ(allocation_server_text(std::nullopt, look), "");
}

TEST(AllocationServerText, AForeignNameCannotChangeTheTerminal) {
    AllocationServerState state = binary();
    state.processes[0].comm = "evil\x1b[2J";
    EXPECT_EQ(allocation_server_text(state, {}).find('\x1b'), std::string::npos);
    EXPECT_EQ(registrants_text(state, kAddress, {}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace ttmem
