#include "src/exports/openmetrics.h"

#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "tests/support/sample_snapshot.h"

namespace ttmem {
namespace {

std::map<std::string, std::string> samples_of(const std::string& text) {
    std::map<std::string, std::string> samples;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with("#")) continue;
        const size_t space = line.rfind(' ');
        EXPECT_TRUE(samples.emplace(line.substr(0, space), line.substr(space + 1)).second) << "twice: " << line;
    }
    return samples;
}

std::string written(const Snapshot& snapshot) {
    const UntrackedProcesses untracked;
    HostTally tally;
    tally.add(snapshot);
    return open_metrics({snapshot, snapshot, occupancy_of(snapshot), untracked, tally.sums(), "1.2.3", 1'500'000});
}

TEST(OpenMetrics, HasTheFiguresOfTheSnapshot) {
    auto samples = samples_of(written(sample_snapshot()));
    EXPECT_EQ(samples["ttmem_build_info{version=\"1.2.3\"}"], "1");
    EXPECT_EQ(samples["ttmem_capacity_bytes{chip_id=\"0xa0\",pool=\"dram\"}"], "12884901888");
    EXPECT_EQ(samples["ttmem_allocated_bytes{chip_id=\"0xa0\",pool=\"dram\"}"], "4227072");
    EXPECT_EQ(samples["ttmem_free_bytes{chip_id=\"0xa0\",pool=\"dram\"}"], "12880674816");
    EXPECT_EQ(samples["ttmem_chip_info{chip_id=\"0xa1\",chip=\"1\",arch=\"wormhole_b0\"}"], "1");
    EXPECT_EQ(samples["ttmem_processes"], "1");
    EXPECT_EQ(samples["ttmem_processes_seen_total"], "2");
    EXPECT_EQ(samples["ttmem_read_duration_seconds"], "0.001500000");
}

TEST(OpenMetrics, HasCountersFromTheFirstWriteOnAndNoLineForWhatIsNotKnown) {
    auto samples = samples_of(written(Snapshot{}));
    for (const char* name : {"ttmem_allocation_failures_total", "ttmem_untracked_allocations_total",
                             "ttmem_untracked_bytes_total", "ttmem_events_lost_total", "ttmem_processes_seen_total"})
        EXPECT_EQ(samples[name], "0") << name;
    Snapshot unknown = sample_snapshot();
    for (ChipUse& use : unknown.chips) use.pool(Pool::kDram).capacity_bytes.reset();
    samples = samples_of(written(unknown));
    EXPECT_FALSE(samples.contains("ttmem_capacity_bytes{chip_id=\"0xa0\",pool=\"dram\"}"));
    EXPECT_FALSE(samples.contains("ttmem_free_bytes{chip_id=\"0xa0\",pool=\"dram\"}"));
    EXPECT_TRUE(samples.contains("ttmem_allocated_bytes{chip_id=\"0xa0\",pool=\"dram\"}"));
}

// What the older text format lacks would make node_exporter drop the whole file.
TEST(OpenMetrics, IsReadByTheTextfileCollector) {
    std::istringstream stream(written(sample_snapshot()));
    std::set<std::string> families;
    std::string family, line, last;
    while (std::getline(stream, line)) {
        last = line;
        std::istringstream words(line);
        std::string hash, keyword, name, value;
        if (line.starts_with("# TYPE ")) {
            words >> hash >> keyword >> name >> value;
            EXPECT_TRUE(value == "gauge" || value == "counter") << line;
            EXPECT_TRUE(families.insert(name).second) << name << " is there twice";
            family = name;
        } else if (!line.starts_with("#")) {
            EXPECT_TRUE(line.starts_with(family)) << line << " is not of " << family;
        }
    }
    EXPECT_EQ(last, "# EOF");
}

TEST(OpenMetrics, EscapesWhatProcessesSay) {
    Snapshot hostile = sample_snapshot();
    hostile.chips[0].chip.arch = "a\"b\\c\nd\xff";
    EXPECT_NE(written(hostile).find("arch=\"a\\\"b\\\\c\\\\x0ad\\\\xff\"} 1\n"), std::string::npos);
}

TEST(HostTally, GoesOnWhereLedgersGoAway) {
    HostTally tally;
    Snapshot s = sample_snapshot();
    s.processes[0].failed_allocations = 3;
    s.processes[1].failed_allocations = 4;
    tally.add(s);
    EXPECT_EQ(tally.sums().failed_allocations, 7u);
    s.processes.pop_back();
    s.processes[0].failed_allocations = 5;
    tally.add(s);
    EXPECT_EQ(tally.sums().failed_allocations, 9u);
    EXPECT_EQ(tally.sums().processes, 2u);
}

TEST(HostTally, CountsNothingTwiceThatALookFailedToSee) {
    HostTally tally;
    Snapshot whole = sample_snapshot(), nothing;
    whole.coverage = {};
    whole.processes[0].failed_allocations = 3;
    nothing.coverage.note("the ledgers could not be listed");
    for (const Snapshot* look : {&whole, &nothing, &nothing, &whole}) tally.add(*look);
    EXPECT_EQ(tally.sums().failed_allocations, 3u);
    EXPECT_EQ(tally.sums().processes, 2u);
}

TEST(OpenMetrics, AreCompleteOnlyWhenEndedProcessesWereSeenAsWell) {
    Snapshot live = sample_snapshot(), all = live;
    live.coverage = {};
    all.coverage = {};
    const auto complete = [&] {
        return samples_of(open_metrics({live, all, {}, {}, {}, "1.2.3", 0}))["ttmem_complete"];
    };
    EXPECT_EQ(complete(), "1");
    all.coverage.note("a ledger was not read");
    EXPECT_EQ(complete(), "0");
    std::swap(live.coverage, all.coverage);
    EXPECT_EQ(complete(), "0");
}

}  // namespace
}  // namespace ttmem
