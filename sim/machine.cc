#include "sim/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <tuple>

#include "sim/built_in_machines.h"
#include "sim/cluster_descriptor.h"
#include "sim/error.h"

namespace ttmem::sim {
namespace {

using Json = nlohmann::ordered_json;

// "Galaxy 6U", "galaxy-6u" and "GALAXY_6U" are one name.
std::string plain(std::string_view name) {
    std::string result;
    for (unsigned char c : name)
        if (std::isalnum(c)) result += static_cast<char>(std::tolower(c));
    return result;
}

uint64_t parse_id(const std::string& text) {
    uint64_t value = 0;
    const char* end = text.data() + text.size();
    if (text.starts_with("0x")) {
        const auto [stop, code] = std::from_chars(text.data() + 2, end, value, 16);
        if (code == std::errc() && stop == end && text.size() > 2) return value;
    }
    throw Refused("chip id \"" + text + "\" is not of the form 0x1234");
}

// Figures that no allocator could work with are better refused here than found out later.
void check_memory(const ChipSpec& chip) {
    const auto power_of_two = [](uint64_t n) { return n != 0 && (n & (n - 1)) == 0; };
    if (chip.arch != "wormhole_b0" && chip.arch != "blackhole")
        throw Refused("architecture \"" + chip.arch + "\" is not known; known are wormhole_b0 and blackhole");
    if (chip.dram_banks == 0 || chip.dram_banks > 64) throw Refused("dram.banks must be 1 to 64");
    if (!power_of_two(chip.dram_alignment) || !power_of_two(chip.l1_alignment))
        throw Refused("an alignment must be a power of two");
    if (chip.dram_base >= chip.dram_bank_bytes || chip.dram_bank_bytes > (1ull << 40))
        throw Refused("dram.base must lie in the bank, and a bank below 1 TiB");
    if (chip.grid_x == 0 || chip.grid_y == 0 || chip.grid_x > 64 || chip.grid_y > 63)
        throw Refused("l1.grid must be 1 x 1 to 64 x 63 cores");
    if (chip.l1_base >= chip.l1_bytes_per_core || chip.l1_bytes_per_core > (1ull << 32))
        throw Refused("l1.base must lie in a core's L1, and that below 4 GiB");
}

ChipSpec memory_from_json(const Json& json) {
    ChipSpec chip;
    chip.arch = json.at("arch").get<std::string>();
    const Json& dram = json.at("dram");
    chip.dram_banks = dram.at("banks").get<uint32_t>();
    chip.dram_bank_bytes = dram.at("bank_bytes").get<uint64_t>();
    chip.dram_base = dram.at("base").get<uint64_t>();
    chip.dram_alignment = dram.at("alignment").get<uint32_t>();
    const Json& l1 = json.at("l1");
    chip.l1_bytes_per_core = l1.at("bytes_per_core").get<uint64_t>();
    chip.l1_base = l1.at("base").get<uint64_t>();
    chip.l1_alignment = l1.at("alignment").get<uint32_t>();
    chip.grid_x = l1.at("grid").at(0).get<uint32_t>();
    chip.grid_y = l1.at("grid").at(1).get<uint32_t>();
    check_memory(chip);
    return chip;
}

Machine parse_machine(std::string_view text) {
    const Json json = Json::parse(text);
    Machine machine;
    machine.name = json.at("name").get<std::string>();
    machine.aliases = json.value("aliases", std::vector<std::string>{});
    machine.title = json.value("title", machine.name);
    machine.sources = json.value("sources", std::vector<std::string>{});
    ChipSpec chip = memory_from_json(json);
    std::set<uint64_t> seen;
    for (const Json& id : json.at("chips")) {
        chip.unique_id = parse_id(id.get<std::string>());
        chip.logical_id = static_cast<uint32_t>(machine.chips.size());
        if (!seen.insert(chip.unique_id).second) throw Refused("chip id " + id.get<std::string>() + " occurs twice");
        machine.chips.push_back(chip);
    }
    if (machine.chips.empty() || machine.chips.size() > 64) throw Refused("a machine has 1 to 64 chips");
    return machine;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) throw Refused(path + ": cannot be read");
    return text.str();
}

}  // namespace

bool ChipSpec::same_memory(const ChipSpec& other) const {
    const auto figures = [](const ChipSpec& c) {
        return std::tuple(c.arch, c.dram_banks, c.dram_bank_bytes, c.dram_base, c.dram_alignment, c.grid_x, c.grid_y,
                          c.l1_bytes_per_core, c.l1_base, c.l1_alignment);
    };
    return figures(*this) == figures(other);
}

Machine machine_from_json(std::string_view text, const std::string& origin) {
    try {
        return parse_machine(text);
    } catch (const Json::exception& error) {
        throw Refused(fmt::format("{}: {}", origin, error.what()));
    } catch (const Refused& error) {
        throw Refused(fmt::format("{}: {}", origin, error.what()));
    }
}

const std::vector<Machine>& built_in_machines() {
    static const std::vector<Machine> machines = [] {
        std::vector<Machine> result;
        for (const BuiltInText& text : built_in_machine_texts())
            result.push_back(machine_from_json(text.json, std::string(text.file)));
        std::stable_sort(result.begin(), result.end(), [](const Machine& a, const Machine& b) {
            const bool a_is_blackhole = a.chips[0].arch == "blackhole", b_is_blackhole = b.chips[0].arch == "blackhole";
            return std::pair(a_is_blackhole, a.chips.size()) < std::pair(b_is_blackhole, b.chips.size());
        });
        return result;
    }();
    return machines;
}

const ChipSpec& typical_chip(std::string_view arch) {
    const ChipSpec* typical = nullptr;
    for (const Machine& machine : built_in_machines()) {
        const ChipSpec& chip = machine.chips[0];
        if (chip.arch == arch && (typical == nullptr || chip.dram_banks > typical->dram_banks)) typical = &chip;
    }
    if (typical == nullptr) throw std::logic_error("no built-in machine has the architecture " + std::string(arch));
    return *typical;
}

Machine find_machine(const std::string& name_or_path) {
    for (const Machine& machine : built_in_machines()) {
        const auto is_it = [&](const std::string& name) { return plain(name) == plain(name_or_path); };
        if (is_it(machine.name) || std::ranges::any_of(machine.aliases, is_it)) return machine;
    }
    const bool looks_like_file = name_or_path.find_first_of("/.") != std::string::npos;
    if (!looks_like_file) {
        std::string names;
        for (const Machine& machine : built_in_machines()) names += (names.empty() ? "" : ", ") + machine.name;
        throw UsageError(
            fmt::format("no machine is called \"{}\". Built in are {}; a file's name must contain a '.' or '/'",
                        name_or_path, names));
    }
    const std::string text = read_file(name_or_path);
    if (name_or_path.ends_with(".json")) return machine_from_json(text, name_or_path);
    return machine_from_cluster_descriptor(text, name_or_path);
}

}  // namespace ttmem::sim
