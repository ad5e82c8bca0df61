#include "src/views/text/show.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/views/text/coverage_line.h"
#include "src/views/text/failures.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

std::string chip_cell(const ShownChip& chip) {
    if (!chip.name.empty()) return name_cell(chip.name);
    return chip.has_id ? hex64(chip.use.chip.id.value) : "-";
}

std::string heading(const ShowValues& values) {
    std::string text = fmt::format("{}: {}", printable(values.source), values.format);
    if (!values.version.empty()) text += ", version " + printable(values.version);
    return text + "\n";
}

// "3 operations (2 of them top level), 4 allocations, frees unknown": every figure is there, or said to be unknown.
std::string counts_text(const ShowValues& values) {
    const auto count = [](const std::optional<uint64_t>& value, const std::string& noun) {
        return value ? counted(*value, noun) : noun + "s unknown";
    };
    std::string text = count(values.operations, "operation");
    if (values.operations && values.top_level_operations) {
        text += fmt::format(" ({} top-level)", with_commas(*values.top_level_operations));
    }
    text += ", " + count(values.allocations, "allocation") + ", " + count(values.frees, "free") + ", " +
            count(values.cb_plans, "CB plan");
    if (values.circular_buffers) text += fmt::format(" with {}", counted(*values.circular_buffers, "circular buffer"));
    return text + ", " + (values.chips.empty() ? "chips unknown" : counted(values.chips.size(), "chip")) + "\n";
}

std::string peaks_text(const ShowValues& values, const Look& look) {
    if (values.peaks.empty()) return "";
    Table table({{"CHIP"},
                 {"POOL"},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight},
                 {"WITH CBS", Align::kRight},
                 {"OPERATION"},
                 {"OPERATION WITH CBS", Align::kLeft, true}});
    for (const ShownPeak& peak : values.peaks) {
        const std::string other = peak.with_cb_operation == peak.operation ? "" : name_cell(peak.with_cb_operation);
        table.add({chip_cell(values.chips[peak.chip]), std::string(pool_name(peak.pool)),
                   look.bytes(peak.requested_bytes), look.bytes(peak.reserved_bytes), look.bytes(peak.with_cb_bytes),
                   peak.operation.empty() ? "-" : name_cell(peak.operation), other});
    }
    return "\nPeak, per chip:\n" + table.render(look);
}

bool is_known(const PoolUse& use) {
    return use.requested_bytes || use.reserved_bytes || use.allocations || use.capacity_bytes;
}

std::string end_text(const ShowValues& values, const Look& look) {
    Table table({{"CHIP"},
                 {"POOL"},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight},
                 {"CAPACITY", Align::kRight},
                 {"ALLOCATIONS", Align::kRight}});
    bool any = false;
    std::string cbs;
    for (const ShownChip& chip : values.chips) {
        for (const Pool pool : kChipPools) {
            const PoolUse& use = chip.use.pool(pool);
            if (!is_known(use)) continue;
            any = true;
            table.add({chip_cell(chip), std::string(pool_name(pool)), look.bytes(use.requested_bytes),
                       look.bytes(use.reserved_bytes), look.bytes(use.capacity_bytes),
                       use.allocations ? with_commas(*use.allocations) : "-"});
        }
        const CbUse& cb = chip.use.cb;
        if (cb.reserved_bytes || cb.resident_bytes) {
            cbs += fmt::format("Circular buffers{}: {} reserved, {} resident\n",
                               chip_cell(chip) == "-" ? "" : " of " + chip_cell(chip), look.bytes(cb.reserved_bytes),
                               look.bytes(cb.resident_bytes));
        }
    }
    return any || !cbs.empty() ? "\nIn use at its end, per chip:\n" + (any ? table.render(look) : "") + cbs : "";
}

std::string earlier_text(const ShowValues& values, const Look& look) {
    std::string text;
    for (const ShownEarlier& earlier : values.earlier) {
        text += fmt::format("Before it begins, and not counted above: {} of {} in {}\n", look.bytes(earlier.bytes),
                            pool_name(earlier.pool), counted(earlier.buffers, "buffer"));
    }
    return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string show_text(const ShowValues& values, const Look& look) {
    const bool only_messages = values.chips.empty() && !values.operations && values.failures;
    std::string text = heading(values);
    if (!only_messages) {
        text += counts_text(values) + peaks_text(values, look) + end_text(values, look) + earlier_text(values, look);
    }
    if (values.failures && !values.failures->failures.empty()) {
        text += fmt::format("\n{}:\n\n",
                            counted(values.failures->failures.size() + values.failures->more, "failed allocation")) +
                failures_text(*values.failures, nullptr, look);
    }
    const std::string coverage = coverage_lines(values.coverage, look);
    return text + (coverage.empty() ? "" : "\n" + coverage);
}

}  // namespace ttmem
