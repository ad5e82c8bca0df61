#include "src/machine/mock_machines.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/base/input_file.h"
#include "src/machine/cluster_descriptor.h"
#include "src/machine/machine_texts.h"

namespace ttmem {
namespace {

using nlohmann::json;

constexpr uint32_t kWormholeRows = 10, kWormholeColumns = 8, kBlackholeRows = 10, kBlackholeColumns = 14;
constexpr size_t kLargestDescriptor = size_t{4} << 20;

// "Galaxy 6U", "galaxy-6u" and "GALAXY_6U" are one name.
std::string plain_name(const std::string& name) {
    std::string plain;
    for (const unsigned char c : name)
        if (std::isalnum(c) != 0) plain += static_cast<char>(std::tolower(c));
    return plain;
}

// Harvesting takes rows of a Wormhole and columns of a Blackhole.
uint32_t cores_of(const std::string& architecture, uint32_t harvested) {
    return architecture == "blackhole" ? kBlackholeRows * (kBlackholeColumns - harvested)
                                       : kWormholeColumns * (kWormholeRows - harvested);
}

MachineContents contents_of(const json& machine) {
    const json &dram = machine.at("dram"), &mesh = machine.at("cluster").at("mesh");
    MachineContents contents;
    contents.architecture = machine.at("arch").get<std::string>();
    contents.chips = static_cast<uint32_t>(machine.at("chips").size());
    contents.rows = mesh.at(0).get<uint32_t>();
    contents.columns = mesh.at(1).get<uint32_t>();
    contents.dram_banks = dram.at("banks").get<uint32_t>();
    contents.dram_bytes = contents.dram_banks * dram.at("bank_bytes").get<uint64_t>();
    const auto mask = machine.at("cluster").at("harvesting").at("tensix").get<uint32_t>();
    contents.cores = cores_of(contents.architecture, static_cast<uint32_t>(std::popcount(mask)));
    contents.l1_bytes_per_core = machine.at("l1").at("bytes_per_core").get<uint64_t>();
    return contents;
}

MockMachine machine_of(const MachineText& text) {
    const json machine = json::parse(text.json);
    return {machine.at("name").get<std::string>(), machine.value("aliases", std::vector<std::string>{}),
            machine.at("title").get<std::string>(), contents_of(machine), cluster_descriptor_of(machine)};
}

std::vector<MockMachine> all_machines() {
    std::vector<MockMachine> machines;
    for (const MachineText& text : machine_texts()) machines.push_back(machine_of(text));
    std::ranges::stable_sort(machines, {}, [](const MockMachine& machine) {
        return std::pair(machine.contents->architecture == "blackhole", machine.contents->chips);
    });
    return machines;
}

bool is_path(const std::string& name) {
    return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml");
}

// What it says is tt-metal's to judge: it refuses what it cannot mock, and says why.
Result<MockMachine> machine_of_file(const std::string& path) {
    const auto refused = [&](const std::string& why) {
        return Error{"the cluster descriptor `" + path + "` cannot be read", why,
                     "`ttmem machines` lists machines of ours"};
    };
    Result<std::string> text = read_input(path, kLargestDescriptor);
    if (!text) return refused(text.error().why);
    if (text->find("arch") == std::string::npos || text->find("chips_with_mmio") == std::string::npos)
        return refused("it has no `arch` or no `chips_with_mmio`");
    return MockMachine{path, {}, "the machine of " + path, std::nullopt, std::move(*text)};
}

}  // namespace

const std::vector<MockMachine>& mock_machines() {
    static const std::vector<MockMachine> machines = all_machines();
    return machines;
}

std::vector<std::string> unknown_on_a_mock() {
    return {"results of computations: a program that branches on what it reads may take another way on hardware",
            "the size of kernel binaries: they are counted as 2 KiB for each program that is cached",
            "what dispatch and the fabric take: it is not counted", "times: they are those of the host alone"};
}

std::vector<std::string> mock_machine_names() {
    std::vector<std::string> names;
    for (const MockMachine& machine : mock_machines()) {
        names.push_back(machine.name);
        names.insert(names.end(), machine.aliases.begin(), machine.aliases.end());
    }
    return names;
}

Result<MockMachine> find_mock_machine(const std::string& name_or_path) {
    const std::string wanted = plain_name(name_or_path);
    for (const MockMachine& machine : mock_machines()) {
        const auto is_it = [&](const std::string& name) { return plain_name(name) == wanted; };
        if (is_it(machine.name) || std::ranges::any_of(machine.aliases, is_it)) return machine;
    }
    if (is_path(name_or_path)) return machine_of_file(name_or_path);
    return Error{"there is no machine `" + name_or_path + "`", "",
                 "`ttmem machines` lists them; a cluster descriptor is named by its path"};
}

}  // namespace ttmem
