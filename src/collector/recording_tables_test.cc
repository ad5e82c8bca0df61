#include "src/collector/recording_tables.h"

#include <gtest/gtest.h>

namespace ttmem {
namespace {

TEST(RecordingTables, KeepATimeThatIsKnown) {
    RecordingTables tables;
    const ProcessIndex process = tables.process(Process());
    Place place;
    place.process = process;
    place.opening = 7;
    place.open = true;
    place.opened_at = 1'000;
    const uint32_t index = tables.place(place);
    place.opened_at = 1'002;  // as a later look reckons it
    place.closed_at = 5'000;
    place.open = false;
    EXPECT_EQ(tables.place(place), index);
    place.opened_at = 999;
    place.closed_at = 5'001;
    EXPECT_EQ(tables.place(place), index);
    const Place& kept = tables.snapshot().places.at(index);
    EXPECT_EQ(kept.opened_at, 1'000);
    EXPECT_EQ(kept.closed_at, 5'000);
    EXPECT_FALSE(kept.open);

    Program program;
    program.process = process;
    program.handle = 1;
    tables.add(program);
    program.created_at = 2'000;  // only now
    tables.add(program);
    program.created_at = 2'001;
    program.destroyed = true;
    tables.add(program);
    ASSERT_EQ(tables.snapshot().programs.size(), 1u);
    EXPECT_EQ(tables.snapshot().programs[0].created_at, 2'000);
    EXPECT_TRUE(tables.snapshot().programs[0].destroyed);

    Trace trace;
    trace.process = process;
    trace.handle = 2;
    trace.captured_at = 3'000;
    tables.add(trace);
    trace.captured_at = 3'001;
    trace.ended = true;
    tables.add(trace);
    ASSERT_EQ(tables.snapshot().traces.size(), 1u);
    EXPECT_EQ(tables.snapshot().traces[0].captured_at, 3'000);
    EXPECT_TRUE(tables.snapshot().traces[0].ended);
}

}  // namespace
}  // namespace ttmem
