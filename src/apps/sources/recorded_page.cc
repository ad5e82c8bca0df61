#include "src/apps/sources/recorded_page.h"

#include <algorithm>
#include <filesystem>

#include "src/analysis/recording/timeline_by_event.h"
#include "src/apps/options/asked_moment.h"
#include "src/base/text.h"
#include "src/views/json/page.h"
#include "src/views/text/peak.h"
#include "src/views/web/page_html.h"

namespace ttmem {
namespace {

// A page is read by a browser and sent to colleagues: what it draws has an upper bound, whatever the recording's size.
struct Budget {
    size_t slots, blocks;  // of each pool
};
Budget budget_for(size_t pools) {
    constexpr size_t kSlots = 24'000, kBlocks = 24'000;
    const size_t shares = std::max<size_t>(pools, 1);
    return {std::clamp<size_t>(kSlots / shares, 200, 1'000), std::clamp<size_t>(kBlocks / shares, 250, 8'000)};
}

// As `ttmem explain` has it, the newest.
ExplainFailuresValues failures_values(const Recording& recording) {
    constexpr size_t kMost = 50;
    ExplainFailuresValues values{recording.end.generated_at, "", recorded_failures(recording.end), &recording.end,
                                 recording.end.coverage};
    std::vector<ExplainedFailure>& failures = values.shown.failures;
    if (failures.size() > kMost) {
        values.shown.more += failures.size() - kMost;
        failures.erase(failures.begin() + kMost, failures.end());
    }
    return values;
}

PageMap map_at(const AskedRecording& asked, Moment moment, const std::string& name) {
    PageMap map{std::move(moment.snapshot), std::move(moment.words), {}};
    // A page is sent to others: the capture's name tells them more than its folder.
    const std::string path = source_name(asked);
    if (const size_t at = map.moment.find(path); at != std::string::npos) map.moment.replace(at, path.size(), name);
    map.maps = maps_of(map.snapshot);
    std::erase_if(map.maps, [](const ChipMap& chips) { return !chips.l1; });
    return map;
}

// When circular buffers did not fit, the chips first on which they did not; nothing where they did, or were not seen
// to.
std::optional<PageMap> clash_map(const AskedRecording& asked, const Recording& recording, const std::string& name) {
    std::optional<Moment> moment = clash_moment({asked, ""}, recording);
    if (!moment) return std::nullopt;
    PageMap map = map_at(asked, std::move(*moment), name);
    map.clash = last_clash(map.snapshot);
    const auto is_there = [&](const ChipMap& chips) { return map.clash->beyond(map.snapshot, chips) != 0; };
    if (!map.clash || std::ranges::none_of(map.maps, is_there)) return std::nullopt;
    std::ranges::stable_partition(map.maps, is_there);
    return map;
}

// Likewise, or as `ttmem map --at l1-peak` has it; nothing where L1 was not used, or nothing tells how a core is laid
// out.
std::optional<PageMap> page_map(const AskedRecording& asked, const Recording& recording, const std::string& name) {
    std::optional<PageMap> map = clash_map(asked, recording, name);
    if (!map) {
        Result<Moment> moment = moment_of({asked, "l1-peak"}, recording);
        if (!moment) return std::nullopt;
        map = map_at(asked, std::move(*moment), name);
    }
    constexpr size_t kMost = 8;  // the tightest: each has all of its cores
    if (map->maps.size() > kMost) map->maps.erase(map->maps.begin() + kMost, map->maps.end());
    return map;
}

}  // namespace

PageValues page_values(const AskedRecording& asked, const Recording& recording, unsigned halvings) {
    Peaks peaks = peaks_of(recording);
    const auto is_wanted = [&](const PoolPeak& peak) { return is_asked(asked, recording, peak.chips, peak.pool); };
    std::erase_if(peaks.pools, [&](const PoolPeak& peak) { return !is_wanted(peak); });
    Budget budget = budget_for(peaks.pools.size());
    budget.slots >>= halvings, budget.blocks >>= halvings;
    const bool is_told = !asked.window.from.empty() || !asked.window.to.empty();
    Timeline timeline = timeline_of(recording, budget.slots, is_told ? DrawnTime::kWhole : DrawnTime::kUsed);
    std::optional<Timeline> by_event = timeline_by_event(recording, timeline);
    for (Timeline* of : {&timeline, by_event ? &*by_event : nullptr}) {
        if (of != nullptr) std::erase_if(of->pools, [&](const PoolTimeline& pool) { return !is_wanted(pool.peak); });
    }
    Headroom headroom = headroom_of(recording);
    std::erase_if(headroom.pools, [&](const PoolHeadroom& pool) { return !is_wanted(pool.peak); });
    std::vector<PoolLifetimes> lifetimes = lifetimes_of(recording, peaks.pools, budget.blocks);
    const std::string name =
        asked.file.empty() ? source_name(asked) : std::filesystem::path(asked.file).filename().string();
    const std::string verdict = first_line(recording, peaks.pools, {});
    Snapshot settled = recording.end;
    LeakVerdict leaks = leak_verdict(recording, settled);
    return {recording,
            name,
            !asked.file.empty(),
            TTMEM_VERSION,
            verdict,
            std::move(timeline),
            std::move(lifetimes),
            {recording, std::move(peaks), GroupBy::kOp, 0, verdict},
            {recording.end, leaks},
            {recording, growth_of(recording), {}, 0, leaks},
            {recording, stats_of(recording)},
            {recording, std::move(headroom)},
            failures_values(recording),
            std::nullopt,
            page_map(asked, recording, name),
            std::move(by_event)};
}

namespace {

// Of these captures, beside the recording.
Result<std::optional<ComparedRuns>> compared_runs(const Recording& recording, const std::vector<std::string>& against,
                                                  const PageValues& values) {
    if (against.empty()) return std::optional<ComparedRuns>();
    ComparedRuns compared;
    for (const std::string& path : against) {
        const Result<Recording> other = open_recording(path);
        if (!other) return other.error();
        compared.others.push_back(timeline_of(*other, values.timeline.slot_count, DrawnTime::kUsed));
        compared.alignments.push_back(alignment_of(recording, values.timeline, *other, compared.others.back()));
        compared.runs.push_back(run_figures(*other, std::filesystem::path(path).filename().string()));
        if (const Result<void> read = was_read(*other, path); !read) return read.error();
    }
    compared.runs.push_back(run_figures(recording, values.source));
    compared.diff = diff(compared.runs);
    return std::optional(std::move(compared));
}

// What is missing of the other runs is missing in the page.
void add_coverage_of_others(const ComparedRuns& compared, Coverage& coverage) {
    for (size_t i = 0; i < compared.others.size(); ++i) {
        Coverage of = compared.runs[i].coverage;
        for (std::string& note : of.notes) note = compared.runs[i].name + ": " + note;
        coverage.merge(of);
    }
}

}  // namespace

Result<PageFile> page_file(const AskedRecording& asked, const Recording& recording,
                           const std::vector<std::string>& against, uint64_t most_bytes) {
    constexpr unsigned kMostHalvings = 6;
    PageFile page;
    for (unsigned halvings = 0; halvings <= kMostHalvings; ++halvings) {
        PageValues values = page_values(asked, recording, halvings);
        Result<std::optional<ComparedRuns>> compared = compared_runs(recording, against, values);
        if (!compared) return compared.error();
        values.compared = std::move(*compared);
        if (values.compared) values.by_event.reset();  // the others lie on the axis of time
        page = {.html = page_html(page_json(values).dump()), .coverage = values.timeline.coverage};
        if (values.compared) add_coverage_of_others(*values.compared, page.coverage);
        for (const PoolLifetimes& pool : values.lifetimes)
            page.allocations += pool.allocations, page.left_out += pool.left_out;
        if (most_bytes == 0 || page.html.size() <= most_bytes) return page;
    }
    return Error{"no page of " + human_bytes(most_bytes) + " can be made of it",
                 "what it says without drawing allocations has " + human_bytes(page.html.size()),
                 "allow more with --max-bytes, or take a part of it: --from, --to, --pool, --chip"};
}

}  // namespace ttmem
