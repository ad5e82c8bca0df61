#include "src/views/text/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "src/analysis/snapshot/chip_sums.h"
#include "src/base/text.h"
#include "src/views/text/chip_names.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/mistakes.h"
#include "src/views/text/moment_line.h"
#include "src/views/text/process_rows.h"
#include "src/views/text/table.h"
#include "src/views/text/untracked.h"
#include "src/views/text/wrap.h"

namespace ttmem {
namespace {

// A pool that does not exist on the chip, or was never used and has no known size, says nothing; nor does memory of the
// host that nobody used.
bool worth_showing(Pool pool, const PoolUse& use) {
    const bool used = use.requested_bytes.value_or(1) != 0 || (use.peak_reserved && use.peak_reserved->high != 0);
    return used || (pool != Pool::kSystem && use.capacity_bytes.value_or(0) != 0);
}

// Circular buffers: a line of their own below the pools, for they share the L1's addresses but not its allocator.
bool worth_showing(const CbUse& cb) {
    return cb.reserved_bytes.value_or(0) != 0 || cb.resident_bytes.value_or(0) != 0 || cb.is_bound;
}

Tone tone_of(const PoolUse& use) {
    if (!use.reserved_bytes || !use.capacity_bytes || *use.capacity_bytes == 0) return Tone::kPlain;
    const double share = static_cast<double>(*use.reserved_bytes) / static_cast<double>(*use.capacity_bytes);
    return share >= 0.95 ? Tone::kBad : share >= 0.8 ? Tone::kWarning : Tone::kPlain;
}

std::string count_text(std::optional<uint64_t> count) { return count ? with_commas(*count) : "-"; }

void add_cb(Table& table, const std::string& label, const std::string& arch, const CbUse& cb, const Look& look) {
    const auto bytes = [&](const std::optional<uint64_t>& figure) {
        return look.at_least(cb.is_bound && figure, look.bytes(figure));
    };
    table.add({label, arch, "cb", "", bytes(cb.reserved_bytes), "", "", "", "", bytes(cb.resident_bytes),
               cb.largest_core_bytes ? bytes(cb.largest_core_bytes) : ""});
}

void add_group(Table& table, const ChipGroup& group, const ChipNames& names, const Look& look) {
    std::string label = names.list(group.chips) + (group.chips.size() > 1 ? ", each" : "");
    std::string arch = printable(group.use.chip.arch);
    const auto add = [&](std::string pool, const PoolUse& use) {
        table.add({label, arch, std::move(pool), look.at_least(use.is_bound, look.bytes(use.requested_bytes)),
                   look.at_least(use.is_bound, look.bytes(use.reserved_bytes)), look.bytes(use.peak_reserved),
                   look.bytes(use.capacity_bytes), Cell(percent(use.reserved_bytes, use.capacity_bytes), tone_of(use)),
                   look.at_least(use.is_bound, count_text(use.allocations)), "", ""});
        label.clear();
        arch.clear();
    };
    for (const Pool pool : kAllPools) {
        if (worth_showing(pool, group.use.pool(pool))) add(std::string(pool_name(pool)), group.use.pool(pool));
    }
    const CbUse& cb = group.use.cb;
    if (worth_showing(cb)) {
        add_cb(table, label, arch, cb, look);
        label.clear();
    }
    if (!label.empty()) add("-", PoolUse{});
}

// Peaks and counts stay empty: peaks of chips are of different moments, and a mesh allocation is on many chips.
void add_all_chips(Table& table, const std::vector<ChipUse>& chips, const Look& look) {
    std::string label = fmt::format("all {}", chips.size());
    for (const Pool pool : kAllPools) {
        const PoolUse use = sum_over(chips, pool);
        if (use.requested_bytes.value_or(1) == 0 && (pool == Pool::kSystem || use.capacity_bytes.value_or(0) == 0)) {
            continue;
        }
        table.add({label, "", std::string(pool_name(pool)),
                   look.at_least(use.is_bound, look.bytes(use.requested_bytes)),
                   look.at_least(use.is_bound, look.bytes(use.reserved_bytes)), "", look.bytes(use.capacity_bytes),
                   percent(use.reserved_bytes, use.capacity_bytes), "", "", ""});
        label.clear();
    }
    const CbUse cb = sum_of_cbs(chips);
    if (worth_showing(cb)) add_cb(table, label, "", cb, look);
}

std::string overfull_lines(const std::vector<ChipGroup>& groups, const ChipNames& names, const Look& look) {
    std::string text;
    for (const ChipGroup& group : groups) {
        for (const Pool pool : kChipPools) {
            const PoolUse& use = group.use.pool(pool);
            if (!use.reserved_bytes || !use.capacity_bytes || *use.reserved_bytes <= *use.capacity_bytes) continue;
            text += look.paint(Tone::kBad, "Over 100% full:") +
                    fmt::format(" {} of chip{} {}: a free was missed, or its capacity is not what the runtime said\n",
                                pool_name(pool), group.chips.size() > 1 ? "s" : "", names.list(group.chips));
        }
    }
    return text;
}

// Of a capture: what is held, which pool was fullest, and what failed.
std::string verdict_of(const StatusValues& values, const ChipNames& names, const Look& look) {
    uint64_t failures = 0, held = 0;
    bool is_all = values.coverage.complete;
    for (const Process* process : values.processes) failures += process->failed_allocations;
    const ChipUse* fullest = nullptr;
    Pool pool = Pool::kDram;
    double most = -1;
    for (const ChipUse& use : values.chips) {
        for (const Pool p : kChipPools) {
            const PoolUse& of = use.pool(p);
            held = saturating_add(held, of.reserved_bytes.value_or(0));
            is_all &= of.reserved_bytes.has_value();
            if (!of.peak_reserved || of.peak_reserved->high == 0 || of.capacity_bytes.value_or(0) == 0) continue;
            const double share = static_cast<double>(of.peak_reserved->high) / static_cast<double>(*of.capacity_bytes);
            if (share > most) most = share, fullest = &use, pool = p;
        }
    }
    std::string text = failures == 0 ? "" : failures_line(failures, true);
    if (!text.empty()) text.back() = '.', text += " ";
    const std::string bytes = (is_all ? "" : "at least ") + look.bytes(held);
    text += held != 0 ? bytes + " were held on all chips together"
            : is_all  ? "Nothing was held"
                      : "Nothing that is known was held";
    if (fullest == nullptr) return text + ".";
    const PoolUse& use = fullest->pool(pool);
    return text + fmt::format("; {} of chip {} was fullest, with {} of {} at its peak ({}).", pool_name(pool),
                              names.list({fullest->chip.id}), look.bytes(use.peak_reserved),
                              look.bytes(use.capacity_bytes), percent(use.peak_reserved->high, use.capacity_bytes));
}

std::string first_lines(const StatusValues& values, const ChipNames& names, const Look& look) {
    const std::string counts =
        counted(values.chips.size(), "chip") + ", " + counted(values.processes.size(), "process", "processes");
    if (values.moment.empty()) return rfc3339(values.generated_at) + "   " + counts + "\n\n";
    std::string text = "As it was" + moment_words(values.moment) + ": " + counts + ".";
    if (values.released != 0) {
        text += fmt::format(" Closing devices had released {}; `ttmem buffers` with the capture lists {}.",
                            counted(values.released, "allocation"), values.released == 1 ? "it" : "them");
    }
    return wrapped(look.paint(Tone::kBold, verdict_of(values, names, look)) + "\n" + text + "\n", look) + "\n";
}

}  // namespace

std::string status_text(const StatusValues& values, const Look& look) {
    if (values.processes.empty()) {
        return nothing_tracked_text(values.untracked, values.coverage, look, values.moment);
    }
    const ChipNames names(values.chips);
    std::string text = first_lines(values, names, look);
    Table table({{.title = "CHIP", .may_shorten = true},
                 {.title = "ARCH", .only_if_used = true, .spare = 4},
                 {"POOL"},
                 {.title = "REQUESTED", .align = Align::kRight, .spare = 2},
                 {"RESERVED", Align::kRight},
                 {"PEAK", Align::kRight},
                 {.title = "CAPACITY", .align = Align::kRight, .spare = 1},
                 {"FULL", Align::kRight},
                 {.title = "ALLOCATIONS", .align = Align::kRight, .spare = 3},
                 {"RESIDENT", Align::kRight, true},
                 {"MAX/CORE", Align::kRight, true}});
    const std::vector<ChipGroup> groups = fold_equal(values.chips);
    for (const ChipGroup& group : groups) add_group(table, group, names, look);
    if (values.chips.size() > 1) add_all_chips(table, values.chips, look);
    text += values.chips.empty()
                ? (values.moment.empty() ? "No chip is registered yet.\n" : "No chip was registered.\n")
                : table.render(look) + wrapped(overfull_lines(groups, names, look), look);
    text += "\n" + process_table(values.processes, values.generated_at, names, look, !values.moment.empty());
    return text + coverage_lines(values.coverage, values.processes, look);
}

}  // namespace ttmem
