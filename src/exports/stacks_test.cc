#include "src/exports/stacks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/random_recording.h"
#include "tests/support/sample_recording.h"

namespace ttmem {
namespace {

using Totals = std::map<std::string, uint64_t>;  // by "chip 0;dram"

Exported collapsed(const Recording& recording, bool at_end, std::string& text, uint64_t most = 0) {
    ByteSink sink(
        [&](std::string_view piece) {
            text += piece;
            return true;
        },
        most);
    const Exported exported = write_collapsed(recording, at_end, sink);
    EXPECT_TRUE(sink.finish());
    return exported;
}

// As flamegraph.pl reads it.
Totals totals_of(const std::string& text) {
    Totals totals;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        const size_t chip = line.find(';'), pool = line.find(';', chip + 1), space = line.rfind(' ');
        totals[line.substr(0, pool)] += std::stoull(line.substr(space + 1));
    }
    return totals;
}

Totals expected(const Recording& recording, bool at_end) {
    Totals totals;
    for (const PoolPeak& peak : peaks_of(recording).pools) {
        const uint64_t bytes = (at_end ? peak.end : peak.moment).live.reserved_bytes;
        if (bytes == 0) continue;
        for (const ChipId chip : peak.chips)
            totals[chips_words(recording, {chip}) + ";" + std::string(pool_name(peak.pool))] = bytes;
    }
    return totals;
}

TEST(Stacks, SayWhoHoldsWhatAtThePeakOnEachChip) {
    std::string text;
    EXPECT_TRUE(collapsed(sample_recording(), false, text).complete());
    EXPECT_NE(text.find("chip 0;dram;tensor;load;weights 8589934592\n"), std::string::npos) << text;
    EXPECT_NE(text.find("chip 1;dram;program;matmul 1048576\n"), std::string::npos) << text;
}

TEST(Stacks, OfForeignNamesStayOnALine) {
    RecordingMaker maker;
    const uint32_t place = maker.place({1});
    for (const char* name : {"a;b", "a\nb", "a\x1b", "a\xc2\x85", "a\u2028", "a\u202e"})
        maker.alloc(place, Pool::kL1, 64, maker.text(name));
    std::string text;
    collapsed(maker.finish(), false, text);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
    EXPECT_NE(text.find(";a_b 64\n"), std::string::npos) << text;
    EXPECT_NE(text.find(";a\\x0ab 64\n"), std::string::npos) << text;
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find("\u2028"), std::string::npos) << text;
}

TEST(Stacks, AddUpToThePeakAndToTheEndInAnyWorkload) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        RandomRecording random(seed);
        const Recording recording = random.maker.finish();
        for (const bool at_end : {false, true}) {
            std::string text;
            collapsed(recording, at_end, text);
            EXPECT_EQ(totals_of(text), expected(recording, at_end)) << seed;
        }
    }
}

TEST(Stacks, KeepTheirTotalsWithinABudget) {
    for (uint64_t seed = 1; seed <= 30; ++seed) {
        RandomRecording random(seed);
        const Recording recording = random.maker.finish();
        std::string whole, small;
        collapsed(recording, false, whole);
        const Exported exported = collapsed(recording, false, small, whole.size() * 2 / 3);
        EXPECT_TRUE(small.size() <= whole.size() * 2 / 3 || exported.notes.size() == 2) << seed;
        EXPECT_NE(exported.notes.at(0).find("added up as (other)"), std::string::npos);
        EXPECT_EQ(totals_of(small), expected(recording, false)) << seed;
    }
}

Recording of_a_model() {
    RecordingMaker maker;
    const uint32_t chip = maker.place({1}), op = maker.text("ttnn.add");
    const uint32_t main = maker.frame(0, "/home/me/main.py", 7, "<module>");
    const uint32_t forward = maker.frame(main, "/home/me/model.py", 42, "forward");
    maker.alloc(chip, Pool::kL1, 64, {.op = op, .stack = forward});
    maker.alloc(chip, Pool::kL1, 32, {.op = op, .stack = main});
    maker.alloc(chip, Pool::kL1, 16, {.op = op});
    return maker.finish();
}

TEST(Stacks, HaveTheFramesOfTheProgramWhereTheyAreKnown) {
    std::string text;
    collapsed(of_a_model(), true, text);
    EXPECT_EQ(text,
              "chip 1;l1;tensor;main.py:7 <module>;model.py:42 forward;ttnn.add 64\n"
              "chip 1;l1;tensor;main.py:7 <module>;ttnn.add 32\n"
              "chip 1;l1;tensor;ttnn.add 16\n");
}

TEST(Stacks, NameFileAndLineToSpeedscopeAndPprof) {
    const auto written = [](auto write) {
        std::string text;
        ByteSink sink([&](std::string_view piece) {
            text += piece;
            return true;
        });
        write(of_a_model(), sink);
        EXPECT_TRUE(sink.finish());
        return text;
    };
    const nlohmann::json frames = nlohmann::json::parse(written(write_speedscope))["shared"]["frames"];
    const nlohmann::json forward = {{"name", "model.py:42 forward"}, {"file", "/home/me/model.py"}, {"line", 42}};
    EXPECT_NE(std::find(frames.begin(), frames.end(), forward), frames.end()) << frames;
    const std::string profile = written(write_pprof);
    for (const char* text : {"forward", "/home/me/model.py", "<module>"}) {
        EXPECT_NE(profile.find(text), std::string::npos) << text;
    }
}

TEST(Stacks, AreAProfileOfSpeedscopeForEachPoolAndMoment) {
    std::string text;
    ByteSink sink([&](std::string_view piece) {
        text += piece;
        return true;
    });
    write_speedscope(sample_recording(), sink);
    EXPECT_TRUE(sink.finish());
    const nlohmann::json json = nlohmann::json::parse(text);
    ASSERT_EQ(json["profiles"].size(), 2u);
    EXPECT_EQ(json["profiles"][0]["name"], "dram of chips 0-1, at the peak");
    for (const auto& profile : json["profiles"]) {
        uint64_t sum = 0;
        for (const uint64_t weight : profile["weights"]) sum += weight;
        EXPECT_EQ(sum, profile["endValue"]);
        EXPECT_EQ(profile["samples"].size(), profile["weights"].size());
        for (const auto& sample : profile["samples"]) {
            for (const size_t frame : sample) EXPECT_LT(frame, json["shared"]["frames"].size());
        }
    }
    const std::string empty_title = json["name"];
    EXPECT_EQ(empty_title, "ttmem");
}

}  // namespace
}  // namespace ttmem
