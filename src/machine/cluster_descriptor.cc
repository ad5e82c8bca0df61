#include "src/machine/cluster_descriptor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace ttmem {
namespace {

using nlohmann::json;

uint64_t number_of(const json& hex) { return std::stoull(hex.get<std::string>(), nullptr, 16); }

// "{0: a, 1: b}", with what `value` says of each chip.
template <class Value>
std::string by_chip(size_t chips, const Value& value) {
    std::vector<std::string> entries;
    for (size_t chip = 0; chip < chips; ++chip) entries.push_back(fmt::format("{}: {}", chip, value(chip)));
    return fmt::format("{{{}}}", fmt::join(entries, ", "));
}

std::string chips_with_pcie(const json& cluster, size_t chips) {
    std::vector<size_t> connected;
    for (size_t chip = 0; chip < chips; ++chip) connected.push_back(chip);
    if (cluster.contains("pcie_chips")) connected = cluster["pcie_chips"].get<std::vector<size_t>>();
    std::vector<std::string> entries;
    for (size_t i = 0; i < connected.size(); ++i) entries.push_back(fmt::format("{{{}: {}}}", connected[i], i));
    return fmt::format("[{}]", fmt::join(entries, ", "));
}

std::string cables_of(const json& cluster) {
    std::vector<std::string> ends;
    for (const json& cable : cluster.at("cables")) {
        const json &near = cable.at(1), &far = cable.at(3);
        for (size_t i = 0; i < near.size(); ++i) {
            ends.push_back(fmt::format("  - [{{chip: {}, chan: {}}}, {{chip: {}, chan: {}}}]\n", cable.at(0).dump(),
                                       near.at(i).dump(), cable.at(2).dump(), far.at(i).dump()));
        }
    }
    return ends.empty() ? " []\n" : "\n" + fmt::format("{}", fmt::join(ends, ""));
}

// A mask is that of all chips, or a list has one of each.
std::string harvesting_of(const json& cluster, size_t chip) {
    const json& masks = cluster.at("harvesting");
    const auto mask = [&](const char* what) {
        const json value = masks.value(what, json(0));
        return (value.is_array() ? value.at(chip) : value).get<uint64_t>();
    };
    return fmt::format(
        "{{noc_translation: true, harvest_mask: {}, dram_harvesting_mask: {}, eth_harvesting_mask: {}, "
        "pcie_harvesting_mask: {}, l2cpu_harvesting_mask: 0}}",
        mask("tensix"), mask("dram"), mask("ethernet"), mask("pcie"));
}

// The type of a board is read from its serial number, from bit 36 on; the rest only has to differ.
std::string boards_of(const json& cluster, size_t chips) {
    const json& board = cluster.at("board");
    std::vector<size_t> all;
    for (size_t chip = 0; chip < chips; ++chip) all.push_back(chip);
    const json groups = board.contains("chips") ? board["chips"] : json::array({all});
    std::string text;
    for (size_t i = 0; i < groups.size(); ++i) {
        text += fmt::format("  - [{{board_id: {}}}, {{board_type: {}}}, {{chips: {}}}]\n",
                            (number_of(board.at("serial")) << 36) + i, board.at("type").get<std::string>(),
                            groups[i].dump());
    }
    return text;
}

// Where a chip stands on its board and its bus: tt-metal tells the chips of a board apart by it.
std::string places_of(const json& cluster, size_t chips) {
    std::string text;
    if (cluster.contains("asics"))
        text +=
            "asic_locations: " + by_chip(chips, [&](size_t chip) { return cluster["asics"].at(chip).dump(); }) + "\n";
    if (!cluster.contains("buses")) return text;
    const auto bus = [&](size_t chip) { return number_of(cluster["buses"].at(chip)); };
    if (!cluster.contains("asics")) text += "asic_locations: " + by_chip(chips, [](size_t) { return "0"; }) + "\n";
    text += "chip_to_bus_id: " + by_chip(chips, [&](size_t c) { return fmt::format("\"0x{:04x}\"", bus(c)); });
    text += "\nchip_pci_bdfs: " + by_chip(chips, [&](size_t c) { return fmt::format("\"0000:{:02x}:00.0\"", bus(c)); });
    return text + "\nio_device_type: PCIe\n";
}

}  // namespace

std::string cluster_descriptor_of(const nlohmann::json& machine) {
    const json& cluster = machine.at("cluster");
    const json& ids = machine.at("chips");
    const size_t chips = ids.size();
    const std::string arch = machine.at("arch").get<std::string>();
    std::string text = "arch: " + by_chip(chips, [&](size_t) { return arch; });
    const bool has_positions = cluster.contains("positions");
    text += "\nchips: " +
            by_chip(has_positions ? chips : 0, [&](size_t chip) { return cluster["positions"].at(chip).dump(); });
    text += "\nchip_unique_ids: " + by_chip(chips, [&](size_t chip) { return number_of(ids.at(chip)); });
    text += "\nethernet_connections:" + cables_of(cluster);
    text += "ethernet_connections_to_remote_devices: []\n";
    text += "chips_with_mmio: " + chips_with_pcie(cluster, chips);
    text += "\nharvesting: " + by_chip(chips, [&](size_t chip) { return harvesting_of(cluster, chip); });
    text += "\nboards:\n" + boards_of(cluster, chips);
    return text + places_of(cluster, chips);
}

}  // namespace ttmem
