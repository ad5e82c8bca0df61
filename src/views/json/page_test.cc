#include "src/views/json/page.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/sample_map.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

PageValues page_values(const Recording& recording) {
    Peaks peaks = peaks_of(recording);
    auto lifetimes = lifetimes_of(recording, peaks.pools, 100);
    return {recording,
            "run.ttmem",
            true,
            "1.2.3",
            "dram peaked",
            timeline_of(recording, 10),
            std::move(lifetimes),
            {recording, std::move(peaks)},
            {recording.end, {leaks_of(recording.end), {}}},
            {recording, growth_of(recording), {}},
            {recording, stats_of(recording)},
            {recording, headroom_of(recording)},
            {0, "run.ttmem", recorded_failures(recording.end), &recording.end, {}}};
}

TEST(PageJson, TellsAPeakOnceInEveryForm) {
    const Recording recording = sample_recording();
    const Json json = page_json(page_values(recording));
    EXPECT_EQ(json["schema"], "ttmem.page-data/1");
    const Json &steps = json["timeline"]["pools"][0], &peak = json["peak"]["peaks"][0];
    const Json& blocks = json["lifetimes"]["pools"][0];
    uint64_t most = 0, event = 0;
    for (size_t i = 0; i < steps["bytes"].size(); ++i) {
        if (steps["bytes"][i].get<uint64_t>() <= most) continue;
        most = steps["bytes"][i], event = steps["event"][i];
    }
    EXPECT_EQ(most, peak["peak_reserved_bytes"]);
    uint64_t live = 0;
    for (size_t i = 0; i < blocks["born"].size(); ++i) {
        if (blocks["born"][i] > event || (blocks["ended"][i] != 0 && blocks["ended"][i] <= event)) continue;
        live += blocks["per_bank"][i].get<uint64_t>() * blocks["banks"][i].get<uint64_t>();
    }
    EXPECT_EQ(live, most);
}

TEST(PageJson, HasNoProcessForASourceThatIsImported) {
    Recording recording = sample_recording();
    for (Process& process : recording.end.processes) process.pid = 4711;
    const size_t all = recording.end.processes.size();
    EXPECT_EQ(page_json(page_values(recording))["recording"]["processes"].size(), all);
    recording.end.processes.front().pid = 0;
    EXPECT_EQ(page_json(page_values(recording))["recording"]["processes"].size(), all - 1);
}

TEST(PageJson, HasAColumnForEachBandThatWasUsed) {
    const Recording recording = sample_recording();
    const Json steps = page_json(page_values(recording))["timeline"]["pools"][0];
    for (const auto& [band, column] : steps["bands"].items()) EXPECT_EQ(column.size(), steps["slot"].size()) << band;
    EXPECT_TRUE(steps["bands"].contains("persistent"));
    EXPECT_FALSE(steps["bands"].contains("trace"));
}

TEST(PageJson, HasTheCurvesOfOtherRunsAndTheDifference) {
    const Recording recording = sample_recording(), other = sample_recording();
    PageValues values = page_values(recording);
    EXPECT_TRUE(page_json(values)["compared"].is_null());
    ComparedRuns compared{
        {run_figures(other, "old.ttmem"), run_figures(recording, "run.ttmem")}, {}, {timeline_of(other, 10)}, {}};
    compared.alignments = {alignment_of(recording, values.timeline, other, compared.others[0])};
    compared.diff = diff(compared.runs);
    values.compared = std::move(compared);
    const Json json = page_json(values);
    const Json& run = json["compared"]["others"][0];
    EXPECT_EQ(run["name"], "old.ttmem");
    EXPECT_EQ(run["pools"]["dram"]["bytes"], json["timeline"]["pools"][0]["bytes"]);
    EXPECT_EQ(run["iterations"], 2);
    EXPECT_EQ(run["iterations_paired"], 2);
    EXPECT_EQ(run["anchors"].size(), 4u);
    EXPECT_EQ(json["compared"]["diff"]["schema"], "ttmem.diff/1");
    EXPECT_EQ(json["compared"]["diff"]["pools"][0]["peak_growth_bytes_max"], 0);
}

TEST(PageJson, HasTheSameTimelineByEventWithItsTimes) {
    const Recording recording = sample_recording();
    PageValues values = page_values(recording);
    EXPECT_TRUE(page_json(values)["timeline_by_event"].is_null());
    values.by_event = timeline_of(recording, 10, DrawnTime::kEvents);
    const Json json = page_json(values);
    const Json &by_event = json["timeline_by_event"], &by_time = json["timeline"];
    EXPECT_EQ(by_event["axis"], "events");
    EXPECT_EQ(by_event["span"], recording.events);
    const Json &steps = by_event["pools"][0], &others = by_time["pools"][0];
    EXPECT_EQ(steps["when"].size(), steps["slot"].size());
    EXPECT_EQ(std::ranges::max(steps["bytes"].get<std::vector<uint64_t>>()),
              std::ranges::max(others["bytes"].get<std::vector<uint64_t>>()));
}

TEST(PageJson, TellsOnWhichChipsAProgramDidNotFit) {
    MapMaker m;
    m.block(Pool::kL1, 4500, 100);
    const Recording recording = sample_recording();
    PageValues values = page_values(recording);
    values.map = PageMap{m.s, "then", maps_of(m.s)};
    EXPECT_TRUE(page_json(values)["map"]["items"][0]["clash"].is_null());
    values.map->clash = MapClash{PlaceIndex{0}, 0, 5000};
    const Json clash = page_json(values)["map"]["items"][0]["clash"];
    EXPECT_EQ(clash["end_address"], 5000);
    EXPECT_EQ(clash["overlap_bytes_per_core"], 500);
    EXPECT_TRUE(clash["op"].is_null());
}

TEST(PageJson, NamesAreWrittenOnce) {
    const Recording recording = sample_recording();
    const Json lifetimes = page_json(page_values(recording))["lifetimes"];
    std::vector<std::string> texts = lifetimes["texts"];
    EXPECT_EQ(std::count(texts.begin(), texts.end(), "matmul"), 1);
    EXPECT_EQ(texts[0], "");
    EXPECT_EQ(texts[lifetimes["pools"][0]["op"][0].get<size_t>()], "load");
    EXPECT_EQ(texts[lifetimes["pools"][0]["tag"][0].get<size_t>()], "weights");
}

}  // namespace
}  // namespace ttmem
