#include "src/exports/openmetrics.h"

#include <fmt/format.h>

#include <optional>

#include "src/base/saturating.h"
#include "src/base/text.h"

namespace ttmem {
namespace {

enum class MetricType : uint8_t { kGauge, kCounter };

// A family of samples. A counter's samples end with _total, its name does not.
class Family {
public:
    Family(std::string& text, std::string_view name, MetricType type, std::string_view help)
        : text_(text), name_(name), total_(type == MetricType::kCounter ? "_total" : "") {
        text_ += fmt::format("# TYPE {} {}\n", name, type == MetricType::kCounter ? "counter" : "gauge");
        for (const std::string_view unit : {"bytes", "seconds"}) {
            if (name.ends_with(unit)) text_ += fmt::format("# UNIT {} {}\n", name, unit);
        }
        text_ += fmt::format("# HELP {} {}\n", name, help);
    }
    void sample(const std::string& labels, uint64_t value) {
        text_ += fmt::format("{}{}{} {}\n", name_, total_, labels, value);
    }
    void sample(const std::string& labels, const std::optional<uint64_t>& value) {
        if (value) sample(labels, *value);
    }
    void seconds(int64_t nanoseconds) {
        text_ +=
            fmt::format("{}{} {}.{:09}\n", name_, total_, nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
    }

private:
    std::string& text_;
    std::string_view name_, total_;
};

// Of an attribute that somebody else wrote.
std::string label_text(std::string_view foreign) {
    std::string text;
    for (const char c : printable(foreign)) {
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
    return text;
}

std::string chip_label(const ChipOccupancy& chip) { return "chip_id=\"" + hex64(chip.chip.id.value) + "\""; }

void add_chips(std::string& text, const HostMetrics& metrics) {
    Family info(text, "ttmem_chip_info", MetricType::kGauge,
                "A chip: its number in the runtime (empty where processes disagree) and its architecture.");
    for (const ChipOccupancy& chip : metrics.chips) {
        const std::string number = chip.chip.logical_id ? std::to_string(*chip.chip.logical_id) : "";
        info.sample(fmt::format("{{{},chip=\"{}\",arch=\"{}\"}}", chip_label(chip), number, label_text(chip.chip.arch)),
                    1);
    }
    struct Gauge {
        std::string_view name, help;
        std::optional<uint64_t> PoolOccupancy::*value;
    };
    static constexpr Gauge kGauges[] = {
        {"ttmem_capacity_bytes", "What the allocator may hand out: allocated + free + reserved.",
         &PoolOccupancy::capacity_bytes},
        {"ttmem_allocated_bytes", "What live allocations took from the allocator.", &PoolOccupancy::allocated_bytes},
        {"ttmem_free_bytes", "Neither allocated nor reserved.", &PoolOccupancy::free_bytes},
        {"ttmem_reserved_bytes", "What circular buffers of live programs reserve and no allocation has.",
         &PoolOccupancy::reserved_bytes},
        {"ttmem_requested_bytes", "What live allocations asked for; the rest of what they took is padding.",
         &PoolOccupancy::requested_bytes},
        {"ttmem_largest_free_bytes", "The largest free block over all banks, at least so much.",
         &PoolOccupancy::largest_free_bytes},
        {"ttmem_live_allocations", "Allocations that are live.", &PoolOccupancy::allocations},
    };
    for (const Gauge& gauge : kGauges) {
        Family family(text, gauge.name, MetricType::kGauge, gauge.help);
        for (const ChipOccupancy& chip : metrics.chips) {
            for (const Pool pool : kChipPools)
                family.sample(fmt::format("{{{},pool=\"{}\"}}", chip_label(chip), pool_name(pool)),
                              chip.pool(pool).*gauge.value);
        }
    }
    Family leaked(
        text, "ttmem_leaked_bytes", MetricType::kGauge,
        "Of the allocated bytes: of allocations that outlived their iteration, program or trace; an upper bound "
        "of what leaked, judged without history: `ttmem leaks` judges with it.");
    for (const ChipOccupancy& chip : metrics.chips) {
        for (const Pool pool : kChipPools)
            leaked.sample(fmt::format("{{{},pool=\"{}\"}}", chip_label(chip), pool_name(pool)),
                          chip.pool(pool).leaked_bytes);
    }
}

void add_processes(std::string& text, const HostMetrics& metrics) {
    uint64_t live = 0, holders = 0, held_bytes = 0, programs = 0;
    for (const Process& process : metrics.all.processes) {
        live += process.state == ProcessState::kLive;
        if (process.state == ProcessState::kLive || process.held_allocations == 0) continue;
        ++holders;
        held_bytes = saturating_add(held_bytes, process.held_bytes);
    }
    for (const Program& program : metrics.snapshot.programs)
        programs +=
            !program.destroyed && metrics.snapshot.processes[program.process.value].state == ProcessState::kLive;
    Family(text, "ttmem_processes", MetricType::kGauge, "Tracked processes that run.").sample("", live);
    Family(text, "ttmem_programs", MetricType::kGauge, "Programs that they have, cached ones as well.")
        .sample("", programs);
    Family(text, "ttmem_dead_holders", MetricType::kGauge, "Processes that ended without closing what they held.")
        .sample("", holders);
    Family(text, "ttmem_dead_holder_bytes", MetricType::kGauge, "Requested bytes that these held, over all chips.")
        .sample("", held_bytes);
    Family(text, "ttmem_untracked_processes", MetricType::kGauge, "Processes that use a device and are not tracked.")
        .sample("", metrics.untracked.device_users.size());
}

void add_trust(std::string& text, const HostMetrics& metrics) {
    const Coverage& coverage = metrics.snapshot.coverage;
    Family(text, "ttmem_complete", MetricType::kGauge,
           "1 where no figure here is off or absent, else 0: see `ttmem status` and `ttmem ps --dead`.")
        .sample("", coverage.complete && metrics.all.coverage.complete ? 1 : 0);
    Family(text, "ttmem_untracked_live_allocations", MetricType::kGauge,
           "Allocations that found no room in a ledger and may be live: allocated bytes may be more.")
        .sample("", coverage.untracked_now_allocations);
    Family(text, "ttmem_untracked_live_bytes", MetricType::kGauge, "Requested bytes of these, per chip, at most.")
        .sample("", coverage.untracked_now_bytes);
    Family(text, "ttmem_read_duration_seconds", MetricType::kGauge, "What it took to look at all ledgers.")
        .seconds(metrics.read_nanoseconds);
    Family(text, "ttmem_read_timestamp_seconds", MetricType::kGauge, "When it was looked, since 1970.")
        .seconds(metrics.snapshot.generated_at);
}

void add_counters(std::string& text, const HostCounters& counters) {
    Family(text, "ttmem_processes_seen", MetricType::kCounter, "Tracked processes, ended ones as well.")
        .sample("", counters.processes);
    Family(text, "ttmem_allocation_failures", MetricType::kCounter, "Allocations that failed.")
        .sample("", counters.failed_allocations);
    Family(text, "ttmem_untracked_allocations", MetricType::kCounter, "Allocations that found no room in a ledger.")
        .sample("", counters.untracked_allocations);
    Family(text, "ttmem_untracked_bytes", MetricType::kCounter, "Requested bytes of these, per chip.")
        .sample("", counters.untracked_bytes);
    Family(text, "ttmem_events_lost", MetricType::kCounter, "Events that history has overwritten.")
        .sample("", counters.events_lost);
}

void grow(uint64_t& sum, uint64_t before, uint64_t now) {
    if (now > before) sum = saturating_add(sum, now - before);
}

}  // namespace

void HostTally::add(const Snapshot& snapshot) {
    constexpr unsigned kMostMisses = 100;  // a ledger that is never seen again is gone, though no look was complete
    std::map<LedgerId, Seen> now;
    for (const Process& process : snapshot.processes) {
        const auto known = seen_.find(process.ledger);
        const HostCounters before = known != seen_.end() ? known->second.counters : HostCounters{};
        const HostCounters is{process.failed_allocations, process.coverage.events_lost,
                              process.coverage.untracked_allocations, process.coverage.untracked_bytes, 1};
        for (uint64_t HostCounters::*count :
             {&HostCounters::failed_allocations, &HostCounters::events_lost, &HostCounters::untracked_allocations,
              &HostCounters::untracked_bytes, &HostCounters::processes})
            grow(sums_.*count, before.*count, is.*count);
        now[process.ledger] = {is};
    }
    // What this look failed to see must not be counted again by the next one.
    for (const auto& [ledger, seen] : seen_) {
        if (!snapshot.coverage.complete && seen.misses < kMostMisses)
            now.try_emplace(ledger, Seen{seen.counters, seen.misses + 1});
    }
    seen_ = std::move(now);
}

std::string open_metrics(const HostMetrics& metrics) {
    std::string text;
    Family(text, "ttmem_build_info", MetricType::kGauge, "The ttmem that wrote this.")
        .sample("{version=\"" + label_text(metrics.version) + "\"}", 1);
    add_chips(text, metrics);
    add_processes(text, metrics);
    add_trust(text, metrics);
    add_counters(text, metrics.counters);
    return text + "# EOF\n";
}

}  // namespace ttmem
