#include "src/analysis/snapshot/other_chip.h"

#include <algorithm>
#include <map>
#include <vector>

#include "src/base/text.h"
#include "src/model/hardware.h"

namespace ttmem {
namespace {

std::vector<ChipDescription> chips_of(const Snapshot& snapshot, const Filter& filter) {
    std::map<ChipId, ChipDescription> chips;
    for (const Process& process : snapshot.processes) {
        for (const ChipUse& use : process.chips) {
            const bool is_asked = !filter.chip || (filter.chip->id ? use.chip.id == *filter.chip->id
                                                                   : use.chip.logical_id == filter.chip->logical_id);
            if (is_asked) chips.try_emplace(use.chip.id, use.chip);
        }
    }
    std::vector<ChipDescription> all;
    for (const auto& [id, chip] : chips) all.push_back(chip);
    return all;
}

std::optional<uint64_t> l1_end_of(const ChipDescription& chip) {
    if (chip.l1_bytes_per_core) return chip.l1_bytes_per_core;
    const HardwareBounds* hardware = hardware_of_architecture(chip.arch);
    return hardware != nullptr ? std::optional(hardware->l1_bytes) : std::nullopt;
}

// What the chip cannot have of it, and has instead; "" nothing.
std::string contradiction(const ChipDescription& chip, const FailureFigures& f) {
    const auto& dram = chip.pools[static_cast<size_t>(Pool::kDram)];
    if (f.pool == Pool::kDram && f.banks && dram && dram->banks != *f.banks)
        return "it has " + counted(*f.banks, "bank") + " of DRAM, and here are " + with_commas(dram->banks);
    const HardwareBounds* hardware = hardware_of_architecture(chip.arch);
    if (f.pool == Pool::kDram && f.bank_bytes && hardware != nullptr && *f.bank_bytes > hardware->whole_dram_bank())
        return "its banks of DRAM have " + bytes_text(*f.bank_bytes) + ", and here at most " +
               bytes_text(hardware->whole_dram_bank());
    const uint64_t reach =
        std::max({f.l1_buffer_address.value_or(0), f.cb_region_end.value_or(0), f.max_l1_bytes.value_or(0)});
    const std::optional<uint64_t> end = l1_end_of(chip);
    if (f.kind == FailureKind::kCbClash && end && reach > *end)
        return "it has address " + with_commas(reach) + " of L1, which ends at " + with_commas(*end) + " here";
    if (f.kind == FailureKind::kCbOverflow && end && f.max_l1_bytes.value_or(0) > *end)
        return "a core has " + bytes_text(*f.max_l1_bytes) + " of L1 there, and here " + bytes_text(*end);
    return "";
}

std::string names_of(const std::vector<ChipDescription>& chips) {
    std::string names;
    for (const ChipDescription& chip : chips) {
        if (chip.arch.empty() || names.find(chip.arch) != std::string::npos) continue;
        names += (names.empty() ? " (" : ", ") + chip.arch;
    }
    return names.empty() ? "" : names + ")";
}

}  // namespace

std::optional<std::string> why_of_another_chip(const Snapshot& snapshot, const FailureFigures& figures) {
    const std::vector<ChipDescription> chips = chips_of(snapshot, {});
    std::string why;
    for (const ChipDescription& chip : chips) {
        const std::string one = contradiction(chip, figures);
        if (one.empty()) return std::nullopt;
        if (why.empty()) why = one;
    }
    if (why.empty()) return std::nullopt;
    return "This message is of another chip than " + std::string(chips.size() == 1 ? "the one" : "those") + " here" +
           names_of(chips) + ": " + why + ". Its figures, and what would help, are of that one.";
}

std::optional<std::string> why_of_no_bank(const Snapshot& snapshot, DeviceAddress address, const Filter& filter) {
    const std::vector<ChipDescription> chips = chips_of(snapshot, filter);
    const auto wants = [&](Pool pool) { return !filter.pool || *filter.pool == pool; };
    const bool dram = wants(Pool::kDram) || wants(Pool::kTrace), l1 = wants(Pool::kL1) || wants(Pool::kL1Small);
    if (chips.empty() || !(dram || l1)) return std::nullopt;
    uint64_t dram_end = 0, l1_end = 0;
    for (const ChipDescription& chip : chips) {
        const HardwareBounds* hardware = hardware_of_architecture(chip.arch);
        const std::optional<uint64_t> of_l1 = l1_end_of(chip);
        if ((dram && hardware == nullptr) || (l1 && !of_l1)) return std::nullopt;  // how far it reaches is not known
        if (dram) dram_end = std::max(dram_end, hardware->whole_dram_bank());
        if (l1) l1_end = std::max(l1_end, *of_l1);
    }
    if (address.value < std::max(dram_end, l1_end)) return std::nullopt;
    std::string ends = dram ? "a bank of DRAM ends at " + with_commas(dram_end) : "";
    if (l1) ends += (dram ? ", L1" : "L1 ends") + std::string(dram ? " of a core at " : " at ") + with_commas(l1_end);
    return "It is beyond the end of every bank " + std::string(chips.size() == 1 ? "of the chip" : "of the chips") +
           " here" + names_of(chips) + ": " + ends + ". It is of another chip, or no offset in a bank.";
}

}  // namespace ttmem
