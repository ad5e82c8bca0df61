#include "src/machine/mock_ends.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

// Of processes 100, 101, ..., each with a device that it has closed or not.
Snapshot snapshot_of(const std::vector<std::pair<ProcessState, bool>>& processes) {
    Snapshot snapshot;
    for (const auto& [state, has_open] : processes) {
        Process& process = snapshot.processes.emplace_back();
        process.pid = static_cast<uint32_t>(99 + snapshot.processes.size());
        process.state = state;
        process.last_sign_at = 7;
        Place& place = snapshot.places.emplace_back();
        place.process = ProcessIndex{static_cast<uint32_t>(snapshot.processes.size() - 1)};
        place.open = has_open;
    }
    return snapshot;
}

std::vector<uint32_t> pids(const std::vector<FailedProcess>& failed) {
    std::vector<uint32_t> pids;
    for (const FailedProcess& process : failed) pids.push_back(process.pid);
    return pids;
}

TEST(MockEnds, WhoWasKilledWithADeviceOpenFailed) {
    using enum ProcessState;
    Snapshot snapshot = snapshot_of({{kKilled, true}, {kKilled, false}, {kExited, true}, {kLive, true}});
    const std::vector<FailedProcess> failed = failed_processes(snapshot, {}, 1);
    EXPECT_EQ(pids(failed), std::vector<uint32_t>{100});
    EXPECT_FALSE(failed[0].status);
}

TEST(MockEnds, WhoEndedWithAnotherStatusThanZeroFailed) {
    using enum ProcessState;
    Snapshot snapshot = snapshot_of({{kExited, false}, {kExited, false}});
    const std::vector<FailedProcess> failed = failed_processes(snapshot, {{101, 3}, {4711, 1}}, 1);
    EXPECT_EQ(pids(failed), std::vector<uint32_t>{101});
    EXPECT_EQ(failed[0].status, 3);
}

TEST(MockEnds, WhoEndedByExitWithoutDestructorsWasNotKilled) {
    using enum ProcessState;
    Snapshot snapshot = snapshot_of({{kKilled, true}, {kKilled, true}});
    EXPECT_EQ(pids(failed_processes(snapshot, {{100, 0}, {101, 1}}, 1)), std::vector<uint32_t>{101});
    for (const Process& process : snapshot.processes) {
        EXPECT_EQ(process.state, kExited);
        EXPECT_EQ(process.last_sign_at, 0);
    }
}

TEST(MockEnds, OfTheProgramItselfItsParentKnows) {
    Snapshot snapshot = snapshot_of({{ProcessState::kKilled, true}});
    EXPECT_TRUE(failed_processes(snapshot, {{100, 1}}, 100).empty());
    EXPECT_EQ(snapshot.processes[0].state, ProcessState::kKilled);
}

}  // namespace
}  // namespace ttmem
