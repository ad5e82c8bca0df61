// What rows and columns the views of `ttmem top` have, of now and of moments of a capture.
#include <gtest/gtest.h>

#include <algorithm>

#include "src/analysis/snapshot/attribution.h"
#include "src/analysis/snapshot/verdicts.h"
#include "src/base/text.h"
#include "tests/support/sample_map.h"
#include "tests/support/top_frames.h"

namespace ttmem::tui {
namespace {

TEST(Buffers, OfOneOwnerAreInTwoRowsWhereSomeLeakedAndSomeDidNot) {
    Snapshot s = live_sample();
    s.allocations = {s.allocations[0], s.allocations[0], s.allocations[0]};
    for (size_t i = 0; i < 3; ++i) s.allocations[i].handle += i;
    s.allocations[0].holder_ended = false;
    s.allocations[1].iteration = s.allocations[2].iteration = 3;  // which is over: they leaked
    for (size_t group = 0; group + 1 < 7; ++group) {
        State state = state_of(View::kBuffers);
        state.here().group = group;
        const std::string text = text_of(TopValues{s}, state, {160, 24});
        const std::vector<std::string> lines = lines_of(text);
        EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return says(line, "%"); }), 2) << text;
        EXPECT_EQ(std::ranges::count_if(lines, [](const auto& line) { return says(line, "leaked"); }), 1) << text;
    }
}

TEST(Buffers, HaveTheirLineWhereItIsKnown) {
    Snapshot s = live_sample();
    s.texts.push_back("/models/attention.py");
    s.texts.push_back("forward");
    const auto file = static_cast<uint32_t>(s.texts.size() - 2);
    s.stacks.push_back({0, file, file + 1, 42});
    EXPECT_FALSE(says(text_of(TopValues{s}, state_of(View::kBuffers), {160, 24}), "LINE"));
    s.allocations[0].stack = 1;
    for (const size_t group : {0, 2, 6}) {
        State state = state_of(View::kBuffers);
        state.here().group = group;
        const std::string text = text_of(TopValues{s}, state, {160, 24});
        EXPECT_TRUE(says(text, "LINE") && says(text, "attention.py:42 forward")) << text;
    }
}

TEST(Failures, ThatDidNotHappenAreToldOnce) {
    const Snapshot s = live_sample();
    const std::string text = text_of(TopValues{s}, state_of(View::kFailures), {120, 24});
    const size_t first = text.find("No allocation has failed.");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_EQ(text.find("No allocation has failed.", first + 1), std::string::npos) << text;
}

TEST(Programs, OfAPastMomentAreThoseOfItsLayout) {
    const Snapshot then = sample_map(), now = live_sample();
    TopValues values{now};
    values.has_programs = false;
    EXPECT_TRUE(says(text_of(values, state_of(View::kPrograms), {120, 24}), "were not read"));
    values.layout = &then;
    const std::string text = text_of(values, state_of(View::kPrograms), {120, 24});
    EXPECT_TRUE(says(text, "matmul") && says(text, "reserved")) << text;
    EXPECT_FALSE(says(text, " resident")) << "history does not tell\n" << text;
}

TEST(Overview, OfAMomentHasThePeaksOfTheWholeCapture) {
    const Snapshot all = live_sample();
    Snapshot then = all;
    for (ChipUse& use : then.processes[0].chips) use.pool(Pool::kDram).peak_reserved.reset();
    TopValues values{then};
    const Size size{120, 24};
    EXPECT_FALSE(says(text_of(values, state_of(View::kOverview), size), "5.00 MiB"));
    values.with_ended = &all;
    EXPECT_TRUE(says(text_of(values, state_of(View::kOverview), size), "5.00 MiB"));
}

TEST(Overview, OfAProcessThatLeakedSaysHowMuch) {
    Snapshot s = live_sample();
    s.allocations[0].holder_ended = false;
    s.allocations = {s.allocations[0]};
    for (const Size size : {Size{80, 24}, {120, 24}, {200, 50}}) {
        s.allocations[0].iteration = 0;
        EXPECT_FALSE(says(text_of(TopValues{s}, state_of(View::kOverview), size), "OUTLIVED"));
        s.allocations[0].iteration = 3;  // which is over
        ASSERT_EQ(verdict_of(s, s.allocations[0]), Verdict::kLeaked);
        const std::string bytes = human_bytes(sum_of(s, s.allocations[0]).reserved_bytes);
        // Without history it is known to have outlived its iteration, no more.
        const std::string text = text_of(TopValues{s}, state_of(View::kOverview), size);
        EXPECT_TRUE(says(text, "OUTLIVED") && !says(text, "LEAKED") && says(text, bytes)) << text;
        Snapshot settled = s;
        AccumulatedReport history;
        history.repetitions[s.process_of(s.allocations[0]).ledger] = {};
        const LeakVerdict judged = leak_verdict(settled, history);
        TopValues with_verdict{s};
        with_verdict.leaks = &judged;
        EXPECT_TRUE(says(text_of(with_verdict, state_of(View::kOverview), size), "LEAKED"));
    }
    // Of what grew from iteration to iteration and was freed later, a recording tells.
    s.allocations.clear();
    LeakVerdict verdict;
    Accumulated& grown = verdict.accumulated.emplace().emplace_back();
    grown.grown.last.reserved_bytes = 5 << 20;
    TopValues values{s};
    values.leaks = &verdict;
    const std::string text = text_of(values, state_of(View::kOverview));
    EXPECT_TRUE(says(text, "LEAKED") && says(text, "5.00 MiB")) << text;
}

TEST(Failures, HaveTheTimeByWhichALogOrACaptureFindsThem) {
    Snapshot s = live_sample();
    Failure& failure = s.processes[0].failures.emplace_back();
    failure.kind = FailureKind::kOutOfMemory;
    failure.at = s.generated_at - 40'000'000'000;
    const auto shown = [&](const TopValues& values) { return text_of(values, state_of(View::kFailures), {120, 24}); };
    EXPECT_TRUE(says(shown(TopValues{s}), rfc3339(failure.at).substr(11, 8))) << shown(TopValues{s});
    failure.at -= WallTime{3} * 24 * 3600 * 1'000'000'000;
    EXPECT_TRUE(says(shown(TopValues{s}), rfc3339(failure.at).substr(5, 5))) << "of another day";
    TopHistory history;
    history.timeline.by_time = true;
    history.timeline.zero = history.timeline.from = failure.at - 797'123'456,
    history.timeline.to = failure.at + 1'000'000;
    TopValues values{s};
    values.source = "run.ttmem", values.history = &history;
    EXPECT_TRUE(says(shown(values), "797.2 ms") || says(shown(values), "797.5 ms") || says(shown(values), "798 ms"))
        << shown(values);
}

TEST(Header, OfWhatHasEndedSaysSo) {
    Snapshot s = live_sample();
    s.processes[0].state = ProcessState::kExited;
    EXPECT_TRUE(says(text_of(TopValues{s}, state_of(View::kLeaks), {120, 24}), "2 chips  2 processes, ended"));
}

}  // namespace
}  // namespace ttmem::tui
