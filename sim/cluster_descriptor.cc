#include "sim/cluster_descriptor.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "sim/error.h"

namespace ttmem::sim {
namespace {

constexpr uint32_t kWormholeRows = 10, kWormholeStorageRows = 8;
constexpr uint32_t kBlackholeColumns = 14, kBlackholeDispatchColumns = 1;

struct Harvesting {
    uint32_t tensix = 0;  // rows of a Wormhole, columns of a Blackhole
    uint32_t dram = 0;    // channels
};

// "Wormhole" is how descriptors before 2023 spelled it.
std::string arch_of(const YAML::Node& node) {
    const std::string spelled = node.as<std::string>();
    std::string name = spelled;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "wormhole" || name == "wormhole_b0") return "wormhole_b0";
    if (name == "blackhole") return "blackhole";
    throw Refused(fmt::format("architecture \"{}\" is not simulated; wormhole_b0 and blackhole are", spelled));
}

std::map<uint32_t, Harvesting> read_harvesting(const YAML::Node& node) {
    std::map<uint32_t, Harvesting> result;
    for (const auto& entry : node) {
        Harvesting& chip = result[entry.first.as<uint32_t>()];
        if (const YAML::Node mask = entry.second["harvest_mask"]) chip.tensix = std::popcount(mask.as<uint32_t>());
        if (const YAML::Node mask = entry.second["dram_harvesting_mask"])
            chip.dram = std::popcount(mask.as<uint32_t>());
    }
    return result;
}

void apply(const Harvesting& harvested, ChipSpec& chip) {
    const bool wormhole = chip.arch == "wormhole_b0";
    const uint32_t banks_per_channel = wormhole ? 2 : 1;
    const uint32_t lines = wormhole ? kWormholeRows : kBlackholeColumns - kBlackholeDispatchColumns;
    const uint32_t typical_banks = typical_chip(chip.arch).dram_banks;
    if (harvested.tensix >= lines || harvested.dram * banks_per_channel >= typical_banks)
        throw Refused(fmt::format("chip {}: harvesting leaves no cores or no DRAM", chip.logical_id));
    if (wormhole) {
        chip.grid_y = std::min(lines - harvested.tensix, kWormholeStorageRows);
    } else {
        chip.grid_x = lines - harvested.tensix;
    }
    chip.dram_banks = typical_banks - harvested.dram * banks_per_channel;
}

std::string board_types(const YAML::Node& boards) {
    std::map<std::string, int> counts;
    for (const auto& board : boards)
        for (const auto& field : board)
            if (field.IsMap() && field["board_type"]) counts[field["board_type"].as<std::string>()]++;
    std::string text;
    for (const auto& [type, count] : counts) text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", count, type);
    return text;
}

Machine read_descriptor(const YAML::Node& root, const std::string& origin) {
    if (!root.IsMap() || !root["arch"] || !root["arch"].IsMap() || root["arch"].size() == 0)
        throw Refused("no chips: a cluster descriptor has a map `arch` of chip number to architecture");
    const auto harvesting = root["harvesting"] ? read_harvesting(root["harvesting"]) : std::map<uint32_t, Harvesting>{};
    const YAML::Node ids = root["chip_unique_ids"];

    Machine machine;
    machine.name = origin;
    machine.sources = {origin};
    std::set<uint64_t> seen;
    for (const auto& entry : root["arch"]) {
        const auto number = entry.first.as<uint32_t>();
        ChipSpec chip = typical_chip(arch_of(entry.second));
        chip.logical_id = number;
        if (ids && !ids[number]) throw Refused(fmt::format("chip {} has no entry in chip_unique_ids", number));
        chip.unique_id = ids ? ids[number].as<uint64_t>() : uint64_t{number} << 32;
        if (!seen.insert(chip.unique_id).second)
            throw Refused(fmt::format("chip id {:#x} occurs twice", chip.unique_id));
        if (const auto found = harvesting.find(number); found != harvesting.end()) apply(found->second, chip);
        machine.chips.push_back(chip);
    }
    if (machine.chips.size() > 64) throw Refused("more than 64 chips");
    std::ranges::sort(machine.chips, {}, &ChipSpec::logical_id);
    const std::string boards = root["boards"] ? board_types(root["boards"]) : "";
    machine.title = fmt::format("{} {}", machine.chips.size(), machine.chips.size() == 1 ? "chip" : "chips");
    if (!boards.empty()) machine.title += " on " + boards;
    return machine;
}

}  // namespace

Machine machine_from_cluster_descriptor(std::string_view text, const std::string& origin) {
    try {
        return read_descriptor(YAML::Load(std::string(text)), origin);
    } catch (const YAML::Exception& error) {
        throw Refused(fmt::format("{}:{}: {}", origin, error.mark.line + 1, error.msg));
    } catch (const Refused& error) {
        throw Refused(fmt::format("{}: {}", origin, error.what()));
    }
}

}  // namespace ttmem::sim
