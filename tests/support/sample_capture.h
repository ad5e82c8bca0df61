// What the tests of `info` show, as text and as JSON.
#pragma once

#include "src/views/values/info.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

struct SampleCapture {
    CaptureFacts facts{.path = "run\x1b.ttmem",
                       .bytes = 4096,
                       .readable_bytes = 4096,
                       .blocks = 9,
                       .event_blocks = 2,
                       .event_bytes = 2500,
                       .finished = true,
                       .first_at = 1'700'000'000'000'000'000,
                       .last_at = 1'700'000'065'000'000'000,
                       .state_at = 1'700'000'066'000'000'000,
                       .trouble = ""};
    Recording recording;

    SampleCapture() {
        Process process;
        process.pid = 42;
        process.comm = "py\x1bthon";
        process.level = "events";
        process.state = ProcessState::kKilled;
        recording.end.processes.push_back(process);
        recording.end.generated_at = facts.state_at;
        recording.end.places.emplace_back();
        recording.end.allocations.resize(3);
        recording.live_before.resize(1);
        recording.began_at = 1'700'000'000'000'000'000;
        recording.ended_at = 1'700'000'066'000'000'000;
        recording.events = 1000;
    }
    InfoValues values() const { return {facts, recording}; }
};

}  // namespace ttmem
