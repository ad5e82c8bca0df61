#include "src/views/text/status.h"

#include <gtest/gtest.h>

#include <sstream>

#include "src/views/text/table.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

TEST(StatusText, ChipsWithTheSameFiguresShareTheirLinesAndTheTotalAddsUp) {
    const Snapshot s = sample_snapshot();
    EXPECT_EQ(status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {}),
              R"(2026-11-22T18:48:13.000Z   2 chips, 1 process

CHIP       ARCH         POOL  REQUESTED  RESERVED      PEAK  CAPACITY   FULL  ALLOCATIONS
0-1, each  wormhole_b0  dram   4.02 MiB  4.03 MiB  5.00 MiB  12.0 GiB  <0.1%            2
all 2                   dram   8.05 MiB  8.06 MiB            24.0 GiB  <0.1%

PID  STATE  COMMAND  TRACKED SINCE  CHIPS      DRAM   L1  PEAK DRAM, ONE CHIP
100  live   llama    2 min 5 s ago  0-1    8.06 MiB  0 B             5.00 MiB
Reserved bytes, on all chips of the process together.
)");
}

TEST(StatusText, OfACaptureSaysThatItIsOfItsEndAndWhatTheFiguresAreThen) {
    Snapshot s = sample_snapshot();
    s.processes[0].state = ProcessState::kExited;
    StatusValues values{s.generated_at, s.chips, {&s.processes[0]}, {}, {}, "at the end of run.ttmem", 7};
    const std::string text = status_text(values, {});
    EXPECT_EQ(
        text.find("8.06 MiB were held on all chips together; dram of chip 0 was fullest, with 5.00 MiB of 12.0 GiB at "
                  "its peak (<0.1%).\nAs it was at the end of run.ttmem: 2 chips, 1 process. Closing devices had "
                  "released 7 allocations; `ttmem buffers` with the capture lists them.\n"),
        0u)
        << text;
    EXPECT_NE(text.find("2 min 5 s before"), std::string::npos) << text;
    EXPECT_EQ(text.find(" ago"), std::string::npos) << text;
    values.chips.clear();
    EXPECT_NE(status_text(values, {}).find("\nNo chip was registered.\n"), std::string::npos);
    s.processes[0].failed_allocations = 1;
    EXPECT_EQ(status_text(values, {})
                  .find("1 allocation failed: `ttmem explain --last` with the capture tells why. Nothing was held.\n"),
              0u)
        << status_text(values, {});
}

TEST(StatusText, MoreThanThereIsIsRemarkedOn) {
    Snapshot s = sample_snapshot();
    s.chips.resize(1);
    PoolUse& dram = s.chips[0].pool(Pool::kDram);
    dram.capacity_bytes = dram.reserved_bytes;
    const auto text = [&] { return status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {}); };
    EXPECT_EQ(text().find("Over 100% full"), std::string::npos) << text();
    dram.capacity_bytes = *dram.reserved_bytes - 1;
    EXPECT_NE(text().find("Over 100% full: dram of chip 0: "), std::string::npos) << text();
}

TEST(StatusText, CircularBuffersThatFoundNoRoomMakeTheirFiguresBounds) {
    Snapshot s = sample_snapshot();
    for (ChipUse& use : s.chips) use.cb = {4096, 0, 1024, {}, true};
    const std::string text = status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {});
    EXPECT_NE(text.find(">= 4.00 KiB"), std::string::npos) << text;
    EXPECT_NE(text.find(">= 0 B"), std::string::npos) << text;
    EXPECT_NE(text.find(">= 1.00 KiB"), std::string::npos) << text;
    EXPECT_NE(text.find(">= 8.00 KiB"), std::string::npos) << text;
}

TEST(StatusText, NoLineIsWiderThanTheTerminal) {
    Snapshot s = sample_snapshot();
    for (ChipUse& use : s.chips) use.cb = {65536, 32768, 4096, {}};
    s.processes[0].comm = std::string(60, 'x');
    for (const size_t width : {80, 100, 120}) {
        std::istringstream text(status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {.width = width}));
        for (std::string line; std::getline(text, line);) EXPECT_LE(width_of(line), width) << line;
    }
}

TEST(StatusText, CircularBuffersHaveALineOfTheirOwn) {
    Snapshot s = sample_snapshot();
    for (ChipUse& use : s.chips) use.cb = {65536, 32768, 4096, {}};
    s.chips[1].cb.resident_bytes = 0;
    const std::string text = status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {});
    EXPECT_EQ(text.substr(0, text.find("\n\nPID")),
              R"(2026-11-22T18:48:13.000Z   2 chips, 1 process

CHIP   ARCH         POOL  REQUESTED  RESERVED      PEAK  CAPACITY   FULL  ALLOCATIONS  RESIDENT  MAX/CORE
0      wormhole_b0  dram   4.02 MiB  4.03 MiB  5.00 MiB  12.0 GiB  <0.1%            2
                    cb               64.0 KiB                                          32.0 KiB  4.00 KiB
1      wormhole_b0  dram   4.02 MiB  4.03 MiB  5.00 MiB  12.0 GiB  <0.1%            2
                    cb               64.0 KiB                                               0 B  4.00 KiB
all 2               dram   8.05 MiB  8.06 MiB            24.0 GiB  <0.1%
                    cb                128 KiB                                          32.0 KiB)");
}

TEST(StatusText, MemoryOfTheHostIsShownWhereThereIsSome) {
    Snapshot s = sample_snapshot();
    PoolUse& system = s.chips[0].pool(Pool::kSystem);
    system = {8 << 20, 8 << 20, 1, Interval{9 << 20, 9 << 20}, Interval{9 << 20, 9 << 20}, {}};
    s.processes[0].chips[0].pool(Pool::kSystem) = system;
    s.chips[1].pool(Pool::kSystem).capacity_bytes = 16 << 20;  // nobody used it
    EXPECT_EQ(status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {}),
              R"(2026-11-22T18:48:13.000Z   2 chips, 1 process

CHIP   ARCH         POOL    REQUESTED  RESERVED      PEAK  CAPACITY   FULL  ALLOCATIONS
0      wormhole_b0  dram     4.02 MiB  4.03 MiB  5.00 MiB  12.0 GiB  <0.1%            2
                    system   8.00 MiB  8.00 MiB  9.00 MiB         -      -            1
1      wormhole_b0  dram     4.02 MiB  4.03 MiB  5.00 MiB  12.0 GiB  <0.1%            2
all 2               dram     8.05 MiB  8.06 MiB            24.0 GiB  <0.1%
                    system   8.00 MiB  8.00 MiB                   -      -

PID  STATE  COMMAND  TRACKED SINCE  CHIPS      DRAM   L1    SYSTEM  PEAK DRAM, ONE CHIP
100  live   llama    2 min 5 s ago  0-1    8.06 MiB  0 B  8.00 MiB             5.00 MiB
Reserved bytes, on all chips of the process together.
)");
}

TEST(StatusText, ExactBytesAndWhatIsMissing) {
    Snapshot s = sample_snapshot();
    s.chips.pop_back();
    s.coverage.complete = false;
    s.coverage.notes = {"a note"};
    s.processes[0].pid_verified = false;
    EXPECT_EQ(status_text({s.generated_at, s.chips, {&s.processes[0]}, s.coverage, {}}, {.exact_bytes = true}),
              R"(2026-11-22T18:48:13.000Z   1 chip, 1 process

CHIP  ARCH         POOL  REQUESTED   RESERVED       PEAK        CAPACITY   FULL  ALLOCATIONS
0     wormhole_b0  dram  4,218,880  4,227,072  5,242,880  12,884,901,888  <0.1%            2

 PID  STATE  COMMAND  TRACKED SINCE  CHIPS         DRAM  L1  PEAK DRAM, ONE CHIP
100?  live   llama    2 min 5 s ago  0, 0xa1  8,454,144   0            5,242,880
Reserved bytes, on all chips of the process together.
? the pid is what the process says; it may be that of a container
Incomplete: a note
)");
}

TEST(StatusText, AFigureThatUntrackedAllocationsMayAddToIsABound) {
    Snapshot s = sample_snapshot();
    s.chips.resize(1);
    s.chips[0].pool(Pool::kDram).is_bound = true;
    const std::string text = status_text({s.generated_at, s.chips, {&s.processes[0]}, {}, {}}, {});
    EXPECT_NE(text.find(">= 4.02 MiB  >= 4.03 MiB"), std::string::npos) << text;
}

TEST(StatusText, NothingTrackedSaysWhoHoldsTheDevicesAndWhatToDo) {
    UntrackedProcesses untracked;
    untracked.device_nodes = true;
    untracked.device_users = {{4711, "vllm\x1b[2J", {"/dev/tenstorrent/0", "/dev/tenstorrent/1"}}};
    untracked.hidden_processes = 1;
    EXPECT_EQ(status_text({kSampleNow, {}, {}, {}, untracked}, {}),
              R"(Nothing is tracked: no running process has a ledger here.
These processes hold a device and are not tracked:
 PID  COMMAND      HOLDS
4711  vllm\x1b[2J  /dev/tenstorrent/0, /dev/tenstorrent/1
The open files of 1 process cannot be seen (other users'); as root they can.

To track a program, start it under `ttmem run`; tt-metal and ttnn are followed as they are:
  ttmem run -- python3 model.py
What ended already:  ttmem ps --dead
If it should be tracked but is not:  ttmem doctor
)");
}

TEST(StatusText, AChipOfWhichNothingIsKnownIsStillListed) {
    ChipUse unknown;
    unknown.chip.id = ChipId{0xb0};
    const Snapshot s = sample_snapshot();
    const std::string text = status_text({s.generated_at, {unknown}, {&s.processes[0]}, {}, {}}, {});
    EXPECT_NE(text.find("0xb0  dram              -         -     -         -     -            -\n"), std::string::npos)
        << text;
}

}  // namespace
}  // namespace ttmem
