// What was counted of a captured graph, as an answer: chips, peaks, and what the graph does not tell.
#include <string>

#include "src/base/saturating.h"
#include "src/base/text.h"
#include "src/importers/captured_graph/captured_graph.h"
#include "src/importers/captured_graph/use.h"

namespace ttmem {
namespace {

std::string plural(uint64_t count, const std::string& noun) {
    return with_commas(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

void GraphUse::cover(ImportedUse& use) const {
    Coverage& coverage = use.coverage;
    const auto say = [&](uint64_t count, const std::string& sentence, bool incomplete = true) {
        if (count > 0) coverage.note(sentence, incomplete);
    };
    const Counts& c = counts_;
    uint64_t earlier = 0;
    for (const ImportedEarlier& of_pool : use.earlier) earlier += of_pool.buffers;
    say(earlier,
        plural(earlier, "buffer") + " that the operations use existed before the capture and are in no figure");
    say(c.frees_of_earlier, plural(c.frees_of_earlier, "free") + " of buffers that were allocated before the capture",
        false);
    say(c.without_address,
        with_commas(c.without_address) + " of " + plural(c.allocations, "allocation") +
            (c.without_address == 1 ? " says" : " say") + " address 0, which is no address (captured without dispatch)",
        false);
    if (c.first_garbage_address) {
        coverage.note(plural(c.garbage_addresses, "L1 address") + " beyond the L1 of any core, the first " +
                          std::to_string(*c.first_garbage_address) + ": garbage in the source, not used",
                      false);
    }
    say(c.without_size, plural(c.without_size, "allocation") + " without a size");
    say(c.without_pool, plural(c.without_pool, "allocation") + " of an unknown type of memory");
    say(c.guessed, plural(c.guessed, "free") + " matched by address or size, because they name no buffer");
    say(c.replaced, plural(c.replaced, "buffer") + " went without a free, seen when their place was taken");
    say(c.unattributed_buffers, plural(c.unattributed_buffers, "circular buffer") + " of " +
                                    with_commas(c.unattributed_bytes) + " bytes per core stand on no core (\"{}\")");
    say(c.unreadable_ranges, plural(c.unreadable_ranges, "circular buffer") + " whose core ranges cannot be read");
    say(c.unsized_circular, plural(c.unsized_circular, "circular buffer") + " without a size");
    say(c.bare_runs, (c.bare_runs == c.runs ? plural(c.runs, "program run")
                                            : with_commas(c.bare_runs) + " of " + plural(c.runs, "program run")) +
                         " brought no circular buffers to the graph (those of Metal 2.0 are not in it): what they take "
                         "of L1 is in no figure");
    const uint64_t hits = operations_.cache_hits_without_circular_buffers();
    say(hits, plural(hits, "operation") + " ran a cached program whose circular buffers the graph does not repeat");
    say(c.circular_buffers > 0 && !deallocate_all_seen_,
        "no node says when a program's circular buffers end: taken as the next operation that brings some", false);
    say(places_.assumed(), "which chips a mesh has is not said: a chip is taken to belong to the only mesh", false);
    say(c.joined_late, "a mesh's chips became known late: a chip's peak may be greater");
    say(places_.too_many(), "more than " + with_commas(GraphPlaces::kMostDomains) + " devices: the rest is left out");
    say(c.unreadable, plural(c.unreadable, "parameter") + " that cannot be read");
    say(c.errors, plural(c.errors, "operation") + " failed during the capture", false);
    say(c.unopened_ends + operations_.depth(), "starts and ends of operations do not match");
    say(!c.ended, "there is no capture_end: the capture was cut short");
    say(c.saturated, "sizes add up to more than 64 bits hold");
    coverage.untracked_allocations = c.untracked;
    say(c.untracked, plural(c.untracked, "allocation") + " more than can be followed: in no figure");
}

// The number of banks of a pool, where all devices of the report have the same.
std::optional<uint64_t> GraphUse::banks(Pool pool) const {
    const bool of_l1 = pool == Pool::kL1 || pool == Pool::kL1Small;
    std::optional<uint64_t> banks;
    for (const GraphDevice& device : devices_) {
        const std::optional<uint64_t> own = of_l1 ? device.l1_banks : device.dram_banks;
        if (!own || (banks && banks != own)) return std::nullopt;
        banks = own;
    }
    return pool == Pool::kSystem ? std::nullopt : banks;
}

std::optional<uint64_t> GraphUse::reserved_bytes(const GraphBuffer& buffer) const {
    return exact_product(banks(*buffer.pool), buffer.bytes_per_bank);
}

void GraphUse::describe(ImportedChip& chip, const GraphPlaces::Domain& place) const {
    ChipDescription& description = chip.use.chip;
    if (place.is_chip && !place.is_its_mesh) description.logical_id = place.number;
    for (const GraphDevice& device : devices_) {
        const bool own = device.device_id && device.device_id == place.number;
        if (!own && devices_.size() != 1) continue;  // the only device of a report is what its only mesh has
        description.arch = device.arch;
        description.l1_bytes_per_core = device.l1_bytes_per_core;
        description.l1_base = device.l1_base;
        if (device.grid_x && device.grid_y && *device.grid_x <= UINT32_MAX && *device.grid_y <= UINT32_MAX) {
            description.grid_x = static_cast<uint32_t>(*device.grid_x);
            description.grid_y = static_cast<uint32_t>(*device.grid_y);
        }
        if (const auto capacity = exact_product(device.l1_banks, device.l1_bytes_per_bank)) {
            description.pools[static_cast<size_t>(Pool::kL1)] = {*device.l1_banks, *device.l1_bytes_per_bank};
            chip.use.pool(Pool::kL1).capacity_bytes = capacity;
        }
    }
}

// A pool's figures, as far as they are known.
void GraphUse::show(const Level& level, PoolUse& use, ImportedPeak& peak) const {
    // Where buffers of an unknown memory are, nothing known of one is not nothing in it.
    const bool nothing = counts_.without_pool > 0 && !level.touched;
    if (nothing) return;
    use.allocations = level.count;
    if (level.per_bank_known && level.touched) peak.bytes_per_bank = level.peak_per_bank;
    if (!level.requested_known) peak.least_requested_bytes = level.peak_requested;
    if (level.requested_known) {
        use.requested_bytes = level.requested;
        use.peak_requested = Interval{level.peak_requested, level.peak_requested};
        peak.requested_bytes = level.peak_requested;
    }
    if (level.reserved_known) {
        use.reserved_bytes = level.reserved;
        use.peak_reserved = Interval{level.peak_reserved, level.peak_reserved};
        peak.reserved_bytes = level.peak_reserved;
    }
}

CorePeak GraphUse::core_peak(const CoreUse& core, bool cbs_missing) const {
    CorePeak peak;
    peak.buffer_bytes = core.peak().buffers;
    peak.operation = operations_.text(core.peak().path);
    peak.cbs_missing = cbs_missing;
    if (!cbs_missing && core.known() && counts_.without_pool == 0) peak.bytes = core.peak().bytes();
    if (!cbs_missing || core.peak().circular_buffers != 0) peak.cb_bytes = core.peak().circular_buffers;
    return peak;
}

// Of programs that ran without, of cached ones that the graph does not repeat, or with a size or cores that it lacks.
bool GraphUse::are_circular_buffers_missing() const {
    return counts_.bare_runs > 0 || counts_.unread_circular > 0 ||
           operations_.cache_hits_without_circular_buffers() > 0;
}

ImportedChip GraphUse::chip(Index domain) const {
    const GraphPlaces::Domain& place = places_.domains()[domain];
    ImportedChip chip;
    chip.name = place_name(place);
    describe(chip, place);
    if (domain >= states_.size()) return chip;
    const State& at = states_[domain];
    for (const Pool pool : kAllPools) {
        const Level& level = at.level(pool);
        const bool for_circular_buffers = pool == Pool::kL1 && at.circular_buffers_touched;
        if (!level.touched && !for_circular_buffers) continue;
        ImportedPeak& peak = chip.peak(pool);
        show(level, chip.use.pool(pool), peak);
        peak.operation = operations_.text(level.requested_known  ? level.peak_path
                                          : level.reserved_known ? level.reserved_path
                                                                 : level.per_bank_path);
        if (pool != Pool::kL1) continue;
        const bool cbs_missing = are_circular_buffers_missing();
        if (at.core.known() || at.core.peak().buffers > 0) peak.core = core_peak(at.core, cbs_missing);
        if (cbs_missing) continue;
        if (counts_.without_pool > 0 && !level.touched) continue;
        if (level.requested_known) peak.with_cb_bytes = at.peak_with_cb;
        if (level.reserved_known) peak.reserved_with_cb_bytes = at.peak_reserved_with_cb;
        peak.with_cb_operation = operations_.text(level.requested_known ? at.with_cb_path : at.reserved_with_cb_path);
    }
    if (at.circular_buffers_touched && !are_circular_buffers_missing())
        chip.use.cb.resident_bytes = at.circular_buffers;
    return chip;
}

ImportedUse GraphUse::finish(const GraphFile& file) const {
    ImportedUse use;
    use.format = kCapturedGraphFormat;
    use.version = graph_schema_name(file.schema);
    if (file.version) use.version = "report " + std::to_string(*file.version) + ", " + use.version;
    use.operations = operations_.count();
    use.top_level_operations = operations_.top_level();
    use.allocations = counts_.allocations;
    use.frees = counts_.frees;
    use.cb_plans = counts_.plans;
    use.circular_buffers = counts_.circular_buffers;
    use.tensors = counts_.tensors;
    if (counts_.runs > 0) use.program_runs = counts_.runs;
    use.runs_without_cbs = counts_.bare_runs;
    use.cbs_of_runs_missing = counts_.bare_runs > 0;
    use.unread_circular_buffers = counts_.unread_circular;
    use.allocations_without_pool = counts_.without_pool;
    use.failures = errors_.failures();
    if (file.pages > 0) use.pages = file.pages;
    for (Index domain = 0; domain < places_.domains().size(); ++domain) {
        const GraphPlaces::Domain& place = places_.domains()[domain];
        if (place.is_chip || place.chips.empty()) use.chips.push_back(chip(domain));
    }
    std::stable_sort(use.chips.begin(), use.chips.end(), [](const ImportedChip& a, const ImportedChip& b) {
        return a.use.chip.logical_id.value_or(UINT32_MAX) < b.use.chip.logical_id.value_or(UINT32_MAX);
    });
    const auto earlier = buffers_.earlier();
    for (const Pool pool : kAllPools) {
        const auto& of_pool = earlier[static_cast<size_t>(pool)];
        use.earlier[static_cast<size_t>(pool)] = {of_pool.buffers, of_pool.bytes, of_pool.unsized};
    }
    cover(use);
    return use;
}

}  // namespace ttmem
