#include "src/apps/sources/capture_session.h"

#include <gtest/gtest.h>

#include "src/capture/capture_reader.h"
#include "tests/support/fake_system.h"
#include "tests/support/temporary_directory.h"

namespace ttmem {
namespace {

using ledger::Op;
using ledger::TestLedger;

constexpr WallTime kFlush = 1'100'000'000;

// A recorder that is killed leaves no other state than the last one before it.
TEST(CaptureSession, WritesWhichChipsThereAreSoonAfterTheyWereOpened) {
    const TemporaryDirectory folder;
    FakeSystem system;
    TestLedger& bytes = system.add("/d", 1, 42).bytes;
    ledger::Recorder recorder = bytes.recorder(0);
    const std::string path = (folder.path() / "a.ttmem").string();
    Result<CaptureSession> session = CaptureSession::open(path, false, system);
    ASSERT_TRUE(session);
    session->begin({}, {});
    const auto tick = [&](WallTime later) {
        system.time += later;
        EXPECT_FALSE(session->tick());
    };
    tick(0);
    tick(kFlush);
    EXPECT_TRUE(open_capture(path)->recording.end.processes.at(0).chips.empty());
    bytes.set_chip(0, 0x10, 3);
    bytes.open(1, 1, 1, 0);
    ledger::record_event<ledger::RealStore>(
        recorder, 0, {0, 0, 0, 0, ledger::pack_order(0, 1, 0), ledger::pack_time(5'000, 0, Op::kSessionOpen)});
    tick(kFlush);
    tick(kFlush);
    const Snapshot end = open_capture(path)->recording.end;
    ASSERT_EQ(end.processes.at(0).chips.size(), 1u);
    EXPECT_EQ(end.processes[0].chips[0].chip.logical_id, 3u);
    EXPECT_EQ(end.chips.size(), 1u);
}

}  // namespace
}  // namespace ttmem
