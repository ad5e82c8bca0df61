#include "src/views/text/show_chips.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "src/analysis/snapshot/story.h"
#include "src/base/text.h"
#include "src/views/text/table.h"

namespace ttmem {
namespace {

using Cells = std::vector<std::string>;

std::string chip_cell(const ImportedChip& chip) {
    if (!chip.name.empty()) return name_cell(chip.name);
    return chip.chip_id ? hex64(chip.chip_id->value) : "-";
}

std::optional<uint32_t> number_of(const ImportedChip& chip, std::string_view kind) {
    if (!std::string_view(chip.name).starts_with(kind)) return std::nullopt;
    uint32_t number = 0;
    const char* end = chip.name.data() + chip.name.size();
    const auto [rest, error] = std::from_chars(chip.name.data() + kind.size(), end, number);
    return error == std::errc() && rest == end ? std::optional(number) : std::nullopt;
}

// "chip 0", "chips 0-7, each", "meshes 0-7, each", "chip 0 and 7 others, each"
std::string label_of(const ImportedUse& use, const std::vector<size_t>& group) {
    if (group.size() == 1) return chip_cell(use.chips[group[0]]);
    for (const auto& [kind, kinds] : {std::pair("chip ", "chips"), std::pair("mesh ", "meshes")}) {
        const std::optional<uint32_t> first = number_of(use.chips[group[0]], kind);
        bool in_a_row = first.has_value();
        for (size_t i = 0; i < group.size(); ++i) {
            const std::optional<uint32_t> number = number_of(use.chips[group[i]], kind);
            in_a_row = in_a_row && number && *number - *first == i;
        }
        if (in_a_row) return fmt::format("{} {}-{}, each", kinds, *first, *first + group.size() - 1);
    }
    return fmt::format("{} and {}, each", chip_cell(use.chips[group[0]]), counted(group.size() - 1, "other"));
}

// The rows of every chip, once for all chips that have the same.
void add_folded(const ImportedUse& use, Table& table,
                const std::function<std::vector<Cells>(const ImportedChip&)>& rows_of) {
    std::vector<std::pair<std::vector<Cells>, std::vector<size_t>>> groups;
    std::map<std::vector<Cells>, size_t> known;
    for (size_t i = 0; i < use.chips.size(); ++i) {
        std::vector<Cells> rows = rows_of(use.chips[i]);
        if (rows.empty()) continue;
        const auto [found, is_new] = known.emplace(rows, groups.size());
        if (is_new) groups.push_back({std::move(rows), {}});
        groups[found->second].second.push_back(i);
    }
    for (const auto& [rows, chips] : groups) {
        for (const Cells& row : rows) {
            std::vector<Cell> cells = {label_of(use, chips)};
            cells.insert(cells.end(), row.begin(), row.end());
            table.add(std::move(cells));
        }
    }
}

std::string core_cell(const ImportedPeak& peak, const Look& look) {
    if (!peak.core || (!peak.core->bytes && peak.core->least() == 0)) return "-";
    return (peak.core->bytes ? "" : ">= ") + look.bytes(peak.core->least());
}

// What was asked for, or of it what the source has a size of.
std::string requested_cell(const ImportedPeak& peak, const Look& look) {
    if (peak.requested_bytes || peak.least_requested_bytes.value_or(0) == 0) return look.bytes(peak.requested_bytes);
    return ">= " + look.bytes(peak.least_requested_bytes);
}

std::vector<Cells> peak_rows(const ImportedChip& chip, const Look& look) {
    std::vector<Cells> rows;
    for (const Pool pool : kChipPools) {
        const ImportedPeak& peak = chip.peak(pool);
        if (!peak.is_known()) continue;
        const bool l1 = pool == Pool::kL1;
        const std::string other = peak.with_cb_operation == peak.operation ? "" : name_cell(peak.with_cb_operation);
        rows.push_back({std::string(pool_name(pool)), requested_cell(peak, look), look.bytes(peak.reserved_bytes),
                        look.bytes(peak.bytes_per_bank), l1 ? look.bytes(peak.with_cb_bytes) : "",
                        l1 ? core_cell(peak, look) : "", peak.operation.empty() ? "-" : name_cell(peak.operation),
                        other});
    }
    return rows;
}

bool is_known(const PoolUse& use) {
    return use.requested_bytes || use.reserved_bytes || use.allocations || use.capacity_bytes;
}

std::vector<Cells> end_rows(const ImportedChip& chip, const Look& look) {
    std::vector<Cells> rows;
    for (const Pool pool : kChipPools) {
        const PoolUse& use = chip.use.pool(pool);
        if (!is_known(use)) continue;
        rows.push_back({std::string(pool_name(pool)), look.bytes(use.requested_bytes), look.bytes(use.reserved_bytes),
                        look.bytes(use.capacity_bytes), use.allocations ? with_commas(*use.allocations) : "-"});
    }
    return rows;
}

bool is_below(const std::optional<uint64_t>& figure, const std::optional<uint64_t>& bound) {
    return figure && bound && *figure < *bound;
}

// Why figures are absent, or contradict each other: one line for each kind of them.
struct Remarks {
    bool less_reserved = false, requested = false, reserved = false, per_bank = false, with_cbs = false,
         capacity = false, allocations = false, least = false, chip = false, core = false, operation = false;

    std::string text(const ImportedUse& use) const {
        std::string lines;
        const auto say = [&](bool any, std::string_view column, std::string_view why) {
            if (any) lines += fmt::format("  {} -: {}\n", column, why);
        };
        say(chip, "CHIP", "the source does not number its chips");
        say(requested, "REQUESTED", "the source does not say what was asked for");
        if (least) lines += "  REQUESTED >=: of the buffers whose size the source says\n";
        say(reserved, "RESERVED", "the source does not say how many banks there are");
        say(per_bank, "PER BANK", "the source does not say what its buffers take of a bank");
        say(with_cbs, "WITH CBS",
            use.cbs_of_runs_missing           ? "programs ran of which the source has no circular buffers"
            : use.unread_circular_buffers > 0 ? "circular buffers are of unknown size or on unknown cores"
                                              : "the source does not say what circular buffers or buffers take");
        say(core, "MAX/CORE", "the source does not say what buffers or circular buffers take of a core");
        say(operation, "OPERATION", "no operation was running, or the source does not say which");
        say(capacity, "CAPACITY", "the source does not say how large the pool is");
        say(allocations, "ALLOCATIONS", "the source has sums, not allocations");
        if (less_reserved)
            lines += "  RESERVED below REQUESTED: the source contradicts itself, one of the two is wrong\n";
        return lines;
    }
};

std::string peaks_text(const ImportedUse& use, const Look& look) {
    Table table({{"CHIP"},
                 {"POOL"},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight},
                 {.title = "PER BANK", .align = Align::kRight, .spare = 2},
                 {.title = "WITH CBS", .align = Align::kRight, .spare = 1},
                 {"MAX/CORE", Align::kRight},
                 {.title = "OPERATION", .may_shorten = true},
                 {.title = "OPERATION WITH CBS", .only_if_used = true, .may_shorten = true, .spare = 3}});
    add_folded(use, table, [&](const ImportedChip& chip) { return peak_rows(chip, look); });
    Remarks remarks;
    bool any = false;
    for (const ImportedChip& chip : use.chips) {
        for (const Pool pool : kChipPools) {
            const ImportedPeak& peak = chip.peak(pool);
            if (!peak.is_known()) continue;
            any = true;
            remarks.less_reserved |= is_below(peak.reserved_bytes, peak.requested_bytes);
            remarks.requested |= !peak.requested_bytes && peak.least_requested_bytes.value_or(0) == 0;
            remarks.least |= peak.least_requested_bytes.value_or(0) > 0;
            remarks.reserved |= !peak.reserved_bytes;
            remarks.per_bank |= !peak.bytes_per_bank;
            remarks.chip |= chip_cell(chip) == "-";
            remarks.core |= pool == Pool::kL1 && core_cell(peak, look) == "-";
            remarks.operation |= peak.operation.empty();
            remarks.with_cbs |= pool == Pool::kL1 && !peak.with_cb_bytes;
        }
    }
    if (!any) return "";
    return "\nPeak, per chip:\n" + table.render(look) + remarks.text(use);
}

std::string circular_buffers_text(const ImportedUse& use, const Look& look) {
    std::vector<std::pair<std::string, std::vector<size_t>>> groups;
    for (size_t i = 0; i < use.chips.size(); ++i) {
        const CbUse& cb = use.chips[i].use.cb;
        if (!cb.reserved_bytes && !cb.resident_bytes) continue;
        const auto part = [&](const std::optional<uint64_t>& bytes, std::string_view word) {
            return bytes ? fmt::format("{} {}", look.bytes(bytes), word) : fmt::format("{} unknown", word);
        };
        std::string figures =
            ": " + part(cb.resident_bytes, "resident") + ", " + part(cb.reserved_bytes, "reserved") + "\n";
        const auto known = std::ranges::find(groups, figures, [](const auto& group) { return group.first; });
        if (known == groups.end()) {
            groups.push_back({std::move(figures), {i}});
        } else {
            known->second.push_back(i);
        }
    }
    std::string text;
    for (const auto& [figures, chips] : groups) {
        const std::string label = label_of(use, chips);
        text += "Circular buffers" + (label == "-" ? "" : " of " + label) + figures;
    }
    return text;
}

std::string end_text(const ImportedUse& use, const Look& look) {
    Table table({{"CHIP"},
                 {"POOL"},
                 {"REQUESTED", Align::kRight},
                 {"RESERVED", Align::kRight},
                 {"CAPACITY", Align::kRight},
                 {"ALLOCATIONS", Align::kRight}});
    add_folded(use, table, [&](const ImportedChip& chip) { return end_rows(chip, look); });
    Remarks remarks;
    bool any = false;
    for (const ImportedChip& chip : use.chips) {
        for (const Pool pool : kChipPools) {
            const PoolUse& of_pool = chip.use.pool(pool);
            if (!is_known(of_pool)) continue;
            any = true;
            remarks.less_reserved |= is_below(of_pool.reserved_bytes, of_pool.requested_bytes);
            remarks.requested |= !of_pool.requested_bytes;
            remarks.reserved |= !of_pool.reserved_bytes;
            remarks.chip |= chip_cell(chip) == "-";
            remarks.capacity |= !of_pool.capacity_bytes;
            remarks.allocations |= !of_pool.allocations;
        }
    }
    const std::string cbs = circular_buffers_text(use, look);
    if (!any && cbs.empty()) return "";
    return "\nIn use at its end, per chip:\n" + (any ? table.render(look) + remarks.text(use) : "") + cbs;
}

// The chip with the largest of a figure; null where none has it.
template <class Figure>
const ImportedChip* largest(const ImportedUse& use, const Figure& figure_of) {
    const ImportedChip* best = nullptr;
    for (const ImportedChip& chip : use.chips) {
        if (figure_of(chip) && (best == nullptr || *figure_of(chip) > *figure_of(*best))) best = &chip;
    }
    return best;
}

std::string in_operation(const std::string& operation) {
    return operation.empty() ? "" : " in " + name_cell(operation, 80);
}

// "", or what of circular buffers the figures lack.
std::string unread_circular_buffers(const ImportedUse& use, const CorePeak& core) {
    if (!core.cbs_missing) return "";
    if (!use.cbs_of_runs_missing && use.unread_circular_buffers > 0) {
        return ", and " + counted(use.unread_circular_buffers, "circular buffer") +
               " whose size or cores the source does not say";
    }
    return core.cb_bytes ? ", and circular buffers of some programs that are not in the source"
                         : ", and circular buffers that are not in the source";
}

std::string core_part(const ImportedUse& use, const CorePeak& core, const Look& look) {
    return fmt::format("l1 {}{} on the largest core ({} of buffers{}{}){}", core.bytes ? "" : "at least ",
                       look.bytes(core.least()), look.bytes(core.buffer_bytes),
                       core.cb_bytes ? ", " + look.bytes(core.cb_bytes) + " of circular buffers" : "",
                       unread_circular_buffers(use, core), in_operation(core.operation));
}

std::string pool_part(const ImportedUse& use, Pool pool, const Look& look) {
    const auto bytes_of = [&](const ImportedChip& chip) {
        const ImportedPeak& peak = chip.peak(pool);
        return peak.reserved_bytes ? peak.reserved_bytes : peak.requested_bytes;
    };
    const std::string least = use.allocations_without_pool > 0 ? "at least " : "";
    if (const ImportedChip* chip = largest(use, bytes_of); chip != nullptr) {
        if (*bytes_of(*chip) == 0) return "";
        const std::optional<uint64_t> capacity = chip->use.pool(pool).capacity_bytes;
        return fmt::format("{} {}{}{} per chip{}", pool_name(pool), least, look.bytes(bytes_of(*chip)),
                           capacity ? " of " + look.bytes(capacity) : "", in_operation(chip->peak(pool).operation));
    }
    const auto per_bank = [&](const ImportedChip& chip) { return chip.peak(pool).bytes_per_bank; };
    if (const ImportedChip* chip = largest(use, per_bank); chip != nullptr) {
        if (*per_bank(*chip) == 0) return "";
        return fmt::format("{} {}{} of each bank{}", pool_name(pool), least, look.bytes(per_bank(*chip)),
                           in_operation(chip->peak(pool).operation));
    }
    const auto known = [&](const ImportedChip& chip) { return chip.peak(pool).least_requested_bytes; };
    const ImportedChip* chip = largest(use, known);
    if (chip == nullptr) return "";
    if (*known(*chip) == 0) return fmt::format("{} buffers of unknown size", pool_name(pool));
    return fmt::format("{} at least {} per chip{}", pool_name(pool), look.bytes(known(*chip)),
                       in_operation(chip->peak(pool).operation));
}

// Nothing is in use, as far as the source tells.
std::string nothing_verdict(const ImportedUse& use) {
    if (use.operations == uint64_t{0}) return "Nothing to show: no operation and no buffer was recorded in it.\n";
    if (use.allocations_without_pool > 0) {
        return fmt::format("What is in use is not known: of {} the source does not say the memory.\n",
                           counted(use.allocations_without_pool, "allocation"));
    }
    if (use.chips.empty()) return "Nothing to show: it does not tell of the memory of any chip.\n";
    std::string silent;
    for (const Pool pool : {Pool::kDram, Pool::kL1}) {
        const bool told = std::ranges::any_of(use.chips, [&](const ImportedChip& chip) {
            return is_known(chip.use.pool(pool)) || chip.peak(pool).is_known();
        });
        if (!told) silent += (silent.empty() ? "" : " and ") + std::string(pool_name(pool));
    }
    if (silent.empty()) return "No device memory is in use in it.\n";
    return "Nothing is in use of the memory that it tells of; of " + silent + " it does not tell.\n";
}

}  // namespace

std::string use_verdict(const ImportedUse& use, const Look& look) {
    if (!use.verdict.empty()) return use.verdict + "\n";
    std::string parts;
    const auto add = [&](const std::string& part) { parts += (parts.empty() ? "" : "; ") + part; };
    for (const Pool pool : kChipPools) {
        if (pool == Pool::kL1) {
            const auto core_of = [](const ImportedChip& chip) -> std::optional<uint64_t> {
                const std::optional<CorePeak>& core = chip.peak(Pool::kL1).core;
                return core ? std::optional(core->least()) : std::nullopt;
            };
            if (const ImportedChip* chip = largest(use, core_of); chip != nullptr && *core_of(*chip) != 0) {
                add(core_part(use, *chip->peak(Pool::kL1).core, look));
                continue;
            }
        }
        if (const std::string part = pool_part(use, pool, look); !part.empty()) add(part);
    }
    if (!parts.empty()) return "Peak: " + parts + ".\n";
    for (const Pool pool : kChipPools) {
        const auto bytes_of = [&](const ImportedChip& chip) {
            const PoolUse& of_pool = chip.use.pool(pool);
            return of_pool.reserved_bytes ? of_pool.reserved_bytes : of_pool.requested_bytes;
        };
        const ImportedChip* chip = largest(use, bytes_of);
        if (chip != nullptr && *bytes_of(*chip) != 0)
            add(fmt::format("{} {}", pool_name(pool), look.bytes(bytes_of(*chip))));
    }
    if (!parts.empty()) return "In use on the fullest chip: " + parts + ".\n";
    return nothing_verdict(use);
}

std::string chips_text(const ImportedUse& use, const Look& look) { return peaks_text(use, look) + end_text(use, look); }

}  // namespace ttmem
