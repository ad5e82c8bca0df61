// For tests of the follower: a process with a place and two recording threads, and what its history leaves live.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "src/collector/follower.h"
#include "tests/support/fake_system.h"

namespace ttmem {

using ledger::Body;
using ledger::Op;
using ledger::TestLedger;

using Live = std::map<std::pair<uint32_t, uint64_t>, uint64_t>;  // process and handle: requested bytes

inline void replay(const Follower::Batch& batch, Live& live) {
    for (const Allocation& a : batch.live_before) live[{a.process.value, a.handle}] = a.requested_bytes;
    for (const Event& event : batch.events) {
        const std::pair key{event.process, event.subject};
        if (event.kind == EventKind::kAllocated) {
            EXPECT_FALSE(live.contains(key)) << "allocated twice";
            live[key] = event.requested_bytes;
        }
        if (event.kind == EventKind::kFreed) {
            EXPECT_EQ(live.erase(key), 1u) << "freed before it was allocated";
        }
    }
}

inline Live live_in(const Snapshot& snapshot) {
    Live live;
    for (const Allocation& a : snapshot.allocations) live[{a.process.value, a.handle}] = a.requested_bytes;
    return live;
}

inline std::vector<Event> of_kind(const std::vector<Event>& events, EventKind kind) {
    std::vector<Event> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                 [=](const Event& e) { return e.kind == kind; });
    return found;
}

// One process on a machine, with a place and two recording threads.
struct Followed {
    FakeSystem system;
    FakeLedger& process;
    ledger::Recorder first, second;

    explicit Followed(uint64_t events_per_ring = 16)
        : process(system.add("/d", 1, 42, 9, geometry(events_per_ring))),
          first(opened().recorder(0)),
          second(process.bytes.recorder(1)) {}

    TestLedger& opened() {
        process.bytes.set_chip(0, 0x10, 0);
        process.bytes.open(1, 1, 2, 7, process.bytes.add_text("mesh"));
        return process.bytes;
    }
    static ledger::Geometry geometry(uint64_t events) {
        ledger::Geometry geometry = TestLedger::small();
        geometry.events_per_ring = events;
        return geometry;
    }
    Body body(uint64_t bytes, uint64_t clock, uint32_t owner = 0) {
        Body body = TestLedger::body(4096, bytes, 1, 0, owner);
        body.time = ledger::pack_time(clock, 1, Op::kAlloc);
        return body;
    }
};

}  // namespace ttmem
