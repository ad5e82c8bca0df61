#include "src/views/tui/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <sstream>

#include "src/analysis/snapshot/overlaps.h"
#include "src/base/text.h"
#include "src/views/text/process_rows.h"
#include "tests/support/sample_map.h"
#include "tests/support/sample_recording.h"
#include "tests/support/sample_snapshot.h"
#include "tests/support/top_frames.h"

namespace ttmem::tui {
namespace {

constexpr std::array<View, kViewCount> kAllViews = {View::kOverview, View::kBuffers,  View::kPrograms, View::kTimeline,
                                                    View::kLeaks,    View::kFailures, View::kL1};

TEST(Overview, BeginsWithTheVerdictAndShowsChipsProcessesAndKeys) {
    const Snapshot s = live_sample();
    TopValues values{s};
    values.at = kSampleNow;
    values.host_bytes = {{s.processes[0].ledger, 3221225472}};
    const std::string text = text_of(values, state_of(View::kOverview), {100, 24});
    EXPECT_TRUE(says(text, "dram of each of chips 0, 1 is fullest: <0.1% (4.03 MiB of 12.0 GiB)") ||
                says(text, "dram of each of chips 0-1 is fullest: <0.1% (4.03 MiB of 12.0 GiB)"))
        << text;
    EXPECT_TRUE(says(text, "complete  18:48:13")) << text;
    EXPECT_TRUE(says(text, "2 chips  1 process")) << text;
    EXPECT_TRUE(says(text, "[#")) << text;
    EXPECT_TRUE(says(text, "llama")) << text;
    EXPECT_TRUE(says(text, "3.00 GiB")) << text;
    EXPECT_TRUE(says(text, " q quit  ? help  1-7 view")) << text;
}

TEST(Overview, SaysWhatIsMissingBesideTheFigures) {
    Snapshot s = live_sample();
    s.coverage.note("the ledger of process 300 could not be read");
    const std::string text = text_of(TopValues{s}, state_of(View::kOverview));
    EXPECT_TRUE(says(text, " INCOMPLETE ")) << text;
    EXPECT_TRUE(says(text, "Incomplete: the ledger of process 300 could not be read")) << text;
}

TEST(Overview, SaysThatBlocksLieOverEachOther) {
    Snapshot s = live_sample();
    EXPECT_FALSE(says(text_of(TopValues{s}, state_of(View::kOverview)), "Note: "));
    s.allocations.push_back(s.allocations.front());
    note_overlaps(s);
    const std::string text = text_of(TopValues{s}, state_of(View::kOverview));
    EXPECT_TRUE(says(text, "Note: allocators overlap: ")) << text;
    EXPECT_TRUE(says(text, "complete")) << text;
}

TEST(Overview, ShowsManyChipsAsAGrid) {
    Snapshot s = live_sample();
    s.chips.clear();
    for (uint32_t i = 0; i < 32; ++i) {
        s.chips.push_back(sample_chip(0xa0 + i, i));
        s.chips.back().pool(Pool::kDram).reserved_bytes = uint64_t{402653184} * (i + 1);
    }
    s.chips[7].pool(Pool::kDram).reserved_bytes = std::nullopt;
    const std::string text = text_of(TopValues{s}, state_of(View::kOverview));
    EXPECT_TRUE(says(text, "dram of chip 31 is fullest: 100.0% (12.0 GiB of 12.0 GiB)")) << text;
    EXPECT_TRUE(says(text, "31 # 100%")) << text;
    EXPECT_TRUE(says(text, " 7 ?    -")) << "what is not known is not 0\n" << text;
}

TEST(Overview, TellsWhatToDoWhereNothingIsTracked) {
    const Snapshot s;
    const std::string text = text_of(TopValues{s}, state_of(View::kOverview));
    EXPECT_TRUE(says(text, "Nothing is tracked")) << text;
    EXPECT_TRUE(says(text, "ttmem run --")) << text;
}

TEST(Buffers, AddUpToTheTotalInEveryGrouping) {
    const Snapshot s = live_sample();
    const Look look;
    for (size_t group = 0; group < 7; ++group) {
        State state = state_of(View::kBuffers);
        state.here().group = group;
        const std::string text = text_of(TopValues{s}, state, {160, 24});
        // Two allocations on two chips, and what the killed process held on one.
        EXPECT_TRUE(says(text, "3 allocations: 8.05 MiB requested, 8.09 MiB reserved, on all their chips together"))
            << text;
    }
}

TEST(Buffers, AreThoseOfOneChipWhereOneIsChosen) {
    const Snapshot s = live_sample();
    State state = state_of(View::kBuffers);
    state.chip = 2;
    EXPECT_TRUE(says(text_of(TopValues{s}, state, {160, 24}),
                     "2 allocations: 4.02 MiB requested, 4.03 MiB reserved, on this chip"));
}

TEST(Buffers, DoNotPretendToKnowWhatWasNotRead) {
    const Snapshot s = live_sample();
    TopValues values{s};
    values.has_allocations = false;
    EXPECT_TRUE(says(text_of(values, state_of(View::kBuffers)), "was not read"));
}

TEST(L1View, ShowsTheGridTheTightestCoreAndWhichCoresAreAlike) {
    const Snapshot s = sample_map();
    const std::string text = text_of(TopValues{s}, state_of(View::kL1), {120, 40});
    EXPECT_TRUE(says(text, "of core (1,0) of chip 0 may grow by 256 B until they meet")) << text;
    EXPECT_TRUE(says(text, "4,000     256 B  .     gap")) << text;
    const std::vector<std::string> lines = lines_of(text);
    const auto row = std::find_if(lines.begin(), lines.end(), [](const auto& line) { return says(line, "(1,0)  "); });
    ASSERT_NE(row, lines.end()) << text;
    EXPECT_TRUE(says(*row, "matmul") && says(*row, "4,000") && says(*row, "256 B")) << *row;
}

TEST(L1View, DoesNotPretendToKnowWhatWasNotRead) {
    const Snapshot s = sample_map();
    TopValues values{s};
    values.has_programs = false;
    EXPECT_TRUE(says(text_of(values, state_of(View::kL1)), "was not read"));
    values.layout = &s;
    EXPECT_TRUE(says(text_of(values, state_of(View::kL1)), "may grow by 256 B"));
}

TEST(Leaks, OfACaptureAreThoseOfItsEndWhateverMomentIsShown) {
    const Snapshot s = live_sample(), before;
    Snapshot settled = s;
    LeakVerdict verdict = leak_verdict(settled, std::nullopt);
    TopValues values{before};
    values.with_ended = &settled;
    values.leaks = &verdict;
    values.moments = 9, values.moment = 8;
    EXPECT_FALSE(says(text_of(values, state_of(View::kLeaks), {120, 24}), "by the end of the recording"));
    values.moment = 3;
    EXPECT_TRUE(says(text_of(values, state_of(View::kLeaks), {120, 24}),
                     "of 2 processes left something, by the end of the recording"));
    values.with_ended = &before;
    verdict = {};
    verdict.accumulated.emplace().emplace_back().op = "matmul";
    EXPECT_TRUE(says(text_of(values, state_of(View::kLeaks), {120, 24}), "was freed later"));
}

TEST(Leaks, AreToldOfEndedProcessesToo) {
    const Snapshot s = live_sample();
    const std::string text = text_of(TopValues{s}, state_of(View::kLeaks), {120, 24});
    EXPECT_TRUE(says(text, "of 2 processes left something")) << text;
    EXPECT_TRUE(says(text, "held_at_exit")) << text;
}

TEST(Filter, LetsThroughRowsWithItsWordsWhateverTheirCase) {
    const Snapshot s = live_sample();
    State state = state_of(View::kBuffers);
    state.filter = "KV_C";
    EXPECT_TRUE(says(text_of(TopValues{s}, state, {160, 24}), "1 allocation:"));
    state.filter = "no such thing";
    EXPECT_TRUE(says(text_of(TopValues{s}, state, {160, 24}), "No live allocation matches."));
}

TEST(Selection, StaysOnTheSameProcessWhenTheOrderChanges) {
    const Snapshot s = live_sample();
    State state = state_of(View::kOverview);
    Frame frame = frame_of(TopValues{s}, state, {80, 24});
    frame = frame_of(TopValues{s},
                     [&] {
                         State on = frame.settled;
                         press(on, {KeyKind::kDown}, frame.shown);
                         return on;
                     }(),
                     {80, 24});
    const uint64_t key = frame.settled.here().key;
    State sorted = frame.settled;
    sorted.here().sort = 3;
    sorted.here().reversed = true;
    frame = frame_of(TopValues{s}, sorted, {80, 24});
    EXPECT_EQ(frame.settled.here().key, key);
    EXPECT_EQ(frame.settled.here().selected, 0u) << "process 200 is first in the reversed order of pids";
}

TEST(Detail, IsOpenedByEnterAndLeftByEscape) {
    const Snapshot s = live_sample();
    Frame frame = frame_of(TopValues{s}, state_of(View::kOverview), {80, 24});
    State state = frame.settled;
    press(state, {KeyKind::kEnter}, frame.shown);
    frame = frame_of(TopValues{s}, state, {80, 24});
    EXPECT_TRUE(says(frame.canvas.text(), "Process 100 (llama), live")) << frame.canvas.text();
    EXPECT_TRUE(says(frame.canvas.text(), "What it holds, by owner"));
    press(state, {KeyKind::kEscape}, frame.shown);
    EXPECT_TRUE(says(text_of(TopValues{s}, state), "chip: reserved of capacity"));
}

TEST(Frame, FitsEverySizeInEveryViewAndNeverWraps) {
    const Snapshot s = live_sample();
    for (const View view : kAllViews) {
        for (const Size size :
             {Size{1, 1}, Size{7, 3}, Size{20, 6}, Size{40, 12}, Size{80, 24}, Size{120, 40}, Size{300, 100}}) {
            for (const ChartForm form : {ChartForm::kAscii, ChartForm::kBlocks, ChartForm::kBraille}) {
                State state = state_of(view, form);
                for (const bool detail : {false, true}) {
                    state.detail = detail;
                    const std::vector<std::string> lines = lines_of(text_of(TopValues{s}, state, size));
                    ASSERT_EQ(lines.size(), size.rows);
                    for (const std::string& line : lines) ASSERT_LE(columns_of(line), size.columns) << line;
                }
            }
        }
    }
}

TEST(Frame, IsAsciiInTheAsciiForm) {
    const Snapshot s = live_sample();
    for (const View view : kAllViews) {
        for (const char c : text_of(TopValues{s}, state_of(view), {120, 40}))
            ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    }
}

// The curves of the sample, with everything beside them that there can be.
TopHistory history_of(const Recording& recording, const std::string& name = "matmul") {
    TopHistory history;
    history.timeline = timeline_of(recording, 40);
    history.titles.assign(history.timeline.pools.size(), "dram of each of chips 0-1");
    history.verdict = "dram peaked.";
    for (TimelineSpan& span : history.timeline.operations) span.text = name;
    history.timeline.operations.push_back({39, 40, name});
    history.timeline.failures.push_back({.begin = 20, .end = 21, .text = name, .bytes = 4096});
    history.timeline.gaps.push_back({5, 9, name});
    return history;
}

TEST(TimelineView, CutsNoWordOfItsLegendNorAFigureOfItsVerdict) {
    const Recording recording = sample_recording();
    TopHistory history = history_of(recording);
    for (int i = 1; i <= 40; ++i) history.verdict += " figure" + std::to_string(i) + ".";
    TopValues values{recording.end};
    values.history = &history;
    const std::set<std::string> known = {"^", "*", "X", "?", "peak", "here", "failure", "history", "lost"};
    for (size_t columns = 60; columns <= 130; ++columns) {
        const std::string text = text_of(values, state_of(View::kTimeline), {columns, 30});
        for (const std::string& line : lines_of(text)) {
            std::istringstream words(line);
            for (std::string word; words >> word;) {
                if (line.starts_with("  figure") || line.starts_with("figure")) {
                    EXPECT_TRUE(word == "..." || word.ends_with('.')) << line;
                }
                const bool is_band = std::ranges::any_of(kAllBands, [&](Band band) { return band_name(band) == word; });
                if (says(line, "^ peak")) {
                    EXPECT_TRUE(known.contains(word) || is_band || word.size() == 1) << columns << ": " << line;
                }
            }
        }
        EXPECT_TRUE(says(text, " ...")) << columns << text;
    }
}

TEST(TimelineView, ShowsCurvesPeakFailuresGapsAndWhereOneIs) {
    const Recording recording = sample_recording();
    const TopHistory history = history_of(recording);
    TopValues values{recording.end};
    values.history = &history;
    values.moments = 40;
    values.moment = 10;
    values.at = recording.began_at + 4'250'000'000;
    values.peak_moment = history.timeline.pools.front().peak_slot;
    State state = state_of(View::kTimeline);
    state.moment = 10;
    const std::string text = text_of(values, state, {100, 30});
    EXPECT_TRUE(says(text, "dram peaked.")) << text;
    EXPECT_TRUE(
        says(text, "dram of each of chips 0-1: peak 9.06 GiB of 12.0 GiB (75.5%); at most 9.00 GiB in this step"))
        << text;
    EXPECT_TRUE(says(text, "12.0 GiB|")) << "the capacity, for the peak comes near it\n" << text;
    EXPECT_TRUE(says(text, "PPPP")) << "persistent memory below\n" << text;
    for (const char* part : {"^ peak", "X failure", "? history lost", "* here", "iteration",
                             "PAUSED, +4.25 s, step 11 of 40", "P persistent", "????"})
        EXPECT_TRUE(says(text, part)) << part << "\n" << text;
    state.pool = Pool::kL1;
    EXPECT_TRUE(says(text_of(values, state, {100, 30}), "No curve fits."));
}

TEST(TimelineView, TellsWhatIsInUseAtTheMomentAndNotTheMostOfItsStep) {
    const Recording recording = sample_recording();
    TopHistory history = history_of(recording);
    PoolTimeline& pool = history.timeline.pools.front();
    pool.slots[10].bytes = 300 << 20;
    Snapshot then = recording.end;
    TopValues values{then};
    values.history = &history;
    values.moment = 10;
    State state = state_of(View::kTimeline);
    state.moment = 10;
    then.chips.assign(1, {});
    then.chips[0].chip.id = pool.peak.chips.front();
    EXPECT_TRUE(says(text_of(values, state, {100, 30}), "; at most 300 MiB in this step")) << "not known there";
    PoolUse& use = then.chips[0].pools[static_cast<size_t>(pool.peak.pool)];
    use.reserved_bytes = 100 << 20;
    EXPECT_TRUE(says(text_of(values, state, {100, 30}), "; here 100 MiB"));
    use.is_bound = true;
    EXPECT_TRUE(says(text_of(values, state, {100, 30}), "; here >= 100 MiB"));
    history.by_looks = true;
    EXPECT_TRUE(says(text_of(values, state, {100, 30}), "; here 300 MiB")) << "a slot is a look";
}

TEST(TimelineView, FitsEverySizeWithHostileNames) {
    const Recording recording = sample_recording();
    const TopHistory history = history_of(recording, "\x1b[2J漢e\xcc\x81\n\xff");
    TopValues values{recording.end};
    values.history = &history;
    values.moments = 40;
    State state = state_of(View::kTimeline, ChartForm::kBraille);
    state.paused = true;
    for (const ChartForm form : {ChartForm::kAscii, ChartForm::kBlocks, ChartForm::kBraille}) {
        state.form = form;
        for (size_t columns = 1; columns < 90; columns += 11) {
            for (size_t rows = 1; rows < 50; rows += 7) {
                values.moment = (columns + rows) % 40;
                const std::vector<std::string> lines = lines_of(text_of(values, state, {columns, rows}));
                ASSERT_EQ(lines.size(), rows);
                for (const std::string& line : lines) {
                    ASSERT_LE(columns_of(line), columns);
                    ASSERT_EQ(printable(line), line);
                }
            }
        }
    }
}

// Whatever names a process has given: controls, escape sequences, wide and combining characters, bytes that are no
// UTF-8, and more than any column holds.
TEST(Frame, IsNotBrokenByHostileNames) {
    std::mt19937 random(11);
    const std::vector<std::string> pieces = {
        "\x1b[2J", "\x1b]0;x\x07", "\n",           "\r",       "\t",     "\0x",      "e\xcc\x81", "漢字",
        "🙂",    "\xff\xfe",     "\xe2\x80\xae", "\xc2\x9b", "matmul", "\xf0\x9f", "│",         "\x7f"};
    const auto hostile = [&] {
        std::string name;
        for (size_t i = random() % 40; i > 0; --i) name += pieces[random() % pieces.size()];
        return name;
    };
    for (int turn = 0; turn < 60; ++turn) {
        Snapshot s = live_sample();
        for (size_t i = 1; i < s.texts.size(); ++i) s.texts[i] = hostile();
        for (Process& process : s.processes) {
            process.comm = hostile();
            process.command_line = hostile();
            process.level = hostile();
            process.coverage.notes = {hostile()};
        }
        for (Place& place : s.places) place.name = hostile();
        for (Program& program : s.programs) program.name = hostile();
        for (ChipUse& chip : s.chips) chip.chip.arch = hostile();
        s.coverage.note(hostile());
        TopValues values{s};
        values.source = hostile();
        for (const View view : kAllViews) {
            State state = state_of(view, ChartForm::kBraille);
            state.detail = turn % 2 == 1;
            state.here().group = random() % 6;
            state.filter = turn % 5 == 0 ? pieces[random() % pieces.size()] : "";
            const Size size{30 + random() % 120, 10 + random() % 40};
            const std::string text = text_of(values, state, size);
            const std::vector<std::string> lines = lines_of(text);
            ASSERT_EQ(lines.size(), size.rows);
            for (const std::string& line : lines) {
                ASSERT_LE(columns_of(line), size.columns);
                ASSERT_EQ(printable(line), line) << "a control character reached the terminal";
            }
        }
    }
}

TEST(Help, ListsEveryKeyOfTheBottomLine) {
    const Snapshot s = live_sample();
    State state = state_of(View::kOverview);
    state.help = true;
    const std::string text = text_of(TopValues{s}, state, {120, 50});
    for (const char* key :
         {"Enter", "/", "s, F6", "g ", "d ", "p ", "b, u", "Space", "[ ]", "P ", "x ", "w ", "t ", "Ctrl+L", "q, F10"})
        EXPECT_TRUE(says(text, key)) << key;
}

}  // namespace
}  // namespace ttmem::tui
