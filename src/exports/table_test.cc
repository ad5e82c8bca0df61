#include "src/exports/table.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "src/analysis/recording/stats.h"
#include "src/base/text.h"
#include "tests/support/random_recording.h"
#include "tests/support/sample_recording.h"
#include "tests/support/written_export.h"

namespace ttmem {
namespace {

using Json = nlohmann::json;

template <class Write>
WrittenExport written(Write write, const Recording& recording, RowSyntax syntax, uint64_t most = 0) {
    return written_export([&](ByteSink& sink) { return write(recording, syntax, sink); }, most);
}

std::vector<Json> lines_of(const WrittenExport& output) {
    std::vector<Json> lines;
    for (const std::string& line : output.lines()) lines.push_back(Json::parse(line));
    return lines;
}

TEST(Table, HasARowForEachEventBetweenWhoTookPartAndWhatIsMissing) {
    const Recording recording = sample_recording();
    const std::vector<Json> lines = lines_of(written(write_event_table, recording, RowSyntax::kJsonLines));
    ASSERT_EQ(lines.size(), recording.events + 2);
    EXPECT_EQ(lines.front()["ttmem_export"], "events");
    EXPECT_EQ(lines.front()["processes"][0]["pid"], 100);
    EXPECT_EQ(lines.back()["rows"], recording.events);
    EXPECT_EQ(lines.back()["complete"], true);
    const Json& weights = lines[1];
    EXPECT_EQ(weights["event"], "allocated");
    EXPECT_EQ(weights["reserved_bytes_per_chip"], 8589934592);
    EXPECT_EQ(weights["chips"], 2);
    EXPECT_EQ(weights["pool"], "dram");
    EXPECT_EQ(weights["tag"], "weights");
    EXPECT_EQ(weights["persistent"], true);
    EXPECT_FALSE(lines[2].contains("reserved_bytes_per_chip"));  // the begin of an iteration: not 0, but nothing
}

TEST(Table, HasTheSameColumnsAsCsv) {
    const Recording recording = sample_recording();
    const std::vector<std::string> lines = written(write_event_table, recording, RowSyntax::kCsv).lines();
    ASSERT_EQ(lines.size(), recording.events + 1);
    EXPECT_TRUE(lines[0].starts_with("time_unix_ns,order,event,process,pid,"));
    const auto commas = std::count(lines[0].begin(), lines[0].end(), ',');
    for (const std::string& line : lines) EXPECT_EQ(std::count(line.begin(), line.end(), ','), commas) << line;
}

TEST(Table, HasTheLineOfEachAllocationAndWhoCalledIt) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    const uint32_t main = maker.frame(0, "/home/me/model.py", 12, "main");
    const uint32_t load = maker.frame(main, "/home/me/helpers.py", 3, "load");
    maker.alloc(place, Pool::kDram, 10);
    maker.events.back().stack = load;
    maker.alloc(place, Pool::kDram, 20);
    const Recording recording = maker.finish();
    for (const auto write : {write_event_table, write_allocation_table}) {
        const std::vector<Json> lines = lines_of(written(write, recording, RowSyntax::kJsonLines));
        size_t known = 0;
        for (size_t i = 1; i + 1 < lines.size(); ++i) {
            if (lines[i]["requested_bytes_per_chip"] != 10) {
                EXPECT_FALSE(lines[i].contains("line")) << lines[i];
                continue;
            }
            ++known;
            EXPECT_EQ(lines[i]["line"], "helpers.py:3 load");
            EXPECT_EQ(lines[i]["called_at"], "model.py:12 main");
        }
        EXPECT_EQ(known, 1u);
        const std::string csv = written(write, recording, RowSyntax::kCsv).text;
        EXPECT_NE(csv.find(",helpers.py:3 load,model.py:12 main\n"), std::string::npos) << csv;
    }
}

TEST(Table, QuotesForeignTextForEachSyntax) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1}), op = maker.text("a \"b\",\nc\xff\x1b");
    maker.alloc(place, Pool::kL1, 64, op);
    const Recording recording = maker.finish();
    EXPECT_NE(written(write_event_table, recording, RowSyntax::kCsv).text.find(R"("a ""b"",\x0ac\xff\x1b")"),
              std::string::npos);
    const WrittenExport json = written(write_event_table, recording, RowSyntax::kJsonLines);
    EXPECT_EQ(json.text.find('\x1b'), std::string::npos);
    EXPECT_EQ(lines_of(json)[1]["op"], "a \"b\",\nc\xEF\xBF\xBD\x1b");
}

// Control, format and separator characters, bidirectional marks, tags: a terminal obeys or hides them, a reader of
// lines ends its line.
TEST(Table, HasNothingInCsvThatIsNotGraphic) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    for (const char* name :
         {"a\tb", "a\rb", "a\x7f", "a\xc2\x85", "a\u200b", "a\u2028", "a\u202e", "a\u2066", "a\U000e0041"})
        maker.alloc(place, Pool::kL1, 64, maker.text(name));
    const WrittenExport output = written(write_event_table, maker.finish(), RowSyntax::kCsv);
    const std::string& text = output.text;
    for (const std::string& line : output.lines()) EXPECT_EQ(printable(line), line);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
    EXPECT_NE(text.find(",a\\x09b,"), std::string::npos) << text;
}

// A spreadsheet would run such a name. The apostrophe is taken away where the name itself is wanted, from each that has
// one; what is no name stays as it is.
TEST(Table, HasNoFormulasInCsv) {
    for (const std::string name : {"=cmd()", "+1", "-1", "@SUM(A1)", "'=1", "=\"a\",b"}) {
        RecordingMaker maker;
        const uint32_t place = maker.place({1}), tag = maker.text(name);
        maker.alloc(place, Pool::kL1, 64, {.tag = tag});
        const Recording recording = maker.finish();
        const std::string csv = written(write_allocation_table, recording, RowSyntax::kCsv).text;
        EXPECT_EQ(csv.find("," + name + ","), std::string::npos) << csv;
        EXPECT_NE(csv.find(name == "=\"a\",b" ? ",\"'=\"\"a\"\",b\"," : ",'" + name + ","), std::string::npos) << csv;
        EXPECT_EQ(lines_of(written(write_allocation_table, recording, RowSyntax::kJsonLines))[1]["tag"], name);
    }
}

// The rows of allocations are what `ttmem stats` adds up, in any workload.
TEST(Table, AddsUpToTheStatsOfTheRecording) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        RandomRecording random(seed);
        const Recording recording = random.maker.finish();
        const Stats stats = stats_of(recording);
        const std::vector<Json> lines = lines_of(written(write_allocation_table, recording, RowSyntax::kJsonLines));
        Sum all;
        uint64_t freed = 0, live = 0;
        for (size_t i = 1; i + 1 < lines.size(); ++i) {
            const uint64_t chips = lines[i]["chips"];
            all += {1, lines[i]["requested_bytes_per_chip"].get<uint64_t>() * chips,
                    lines[i]["reserved_bytes_per_chip"].get<uint64_t>() * chips};
            freed += lines[i]["end"] == "freed";
            live += lines[i]["end"] == "live";
        }
        EXPECT_EQ(all, stats.all.allocated) << seed;
        EXPECT_EQ(freed, stats.all.freed) << seed;
        EXPECT_EQ(live, stats.all.live) << seed;
    }
}

TEST(Table, EndsInsideOfItsBudgetAndSaysSinceWhenItLacksRows) {
    const Recording recording = sample_recording();
    const size_t whole = written(write_event_table, recording, RowSyntax::kJsonLines).text.size();
    const WrittenExport cut = written(write_event_table, recording, RowSyntax::kJsonLines, whole - 100);
    EXPECT_LE(cut.text.size(), whole - 100);
    EXPECT_GT(cut.exported.items, 0u);
    EXPECT_EQ(cut.exported.items + cut.exported.left_out, recording.events);
    EXPECT_FALSE(cut.exported.complete());
    ASSERT_EQ(cut.exported.notes.size(), 1u);
    EXPECT_NE(cut.exported.notes[0].find("--from"), std::string::npos);
    EXPECT_EQ(lines_of(cut).back()["left_out"], cut.exported.left_out);
    EXPECT_EQ(written(write_event_table, recording, RowSyntax::kJsonLines, whole + 2000).exported.left_out, 0u);
}

TEST(Table, SaysThatItCouldNotBeWritten) {
    ByteSink sink([](std::string_view) { return false; });
    write_event_table(sample_recording(), RowSyntax::kCsv, sink);
    EXPECT_FALSE(sink.finish());
}

}  // namespace
}  // namespace ttmem
