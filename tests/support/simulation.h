// For the simulator's tests: runs a workload in this process and gives its truth.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "sim/metal_context.h"
#include "sim/points.h"

namespace ttmem::sim {

struct Simulation {
    explicit Simulation(const std::string& machine) : Simulation(find_machine(machine)) {}
    explicit Simulation(const Machine& machine) : points(truth, {}), context(machine, truth, tracker) {}

    Truth truth;
    GraphTracker tracker;
    Points points;
    MetalContext context;
};

// The point with this name. Throws when the document has it not.
inline nlohmann::ordered_json point(const nlohmann::ordered_json& document, const std::string& name) {
    for (const auto& point : document.at("points"))
        if (point.at("name") == name) return point;
    throw std::out_of_range("no point " + name);
}

// One figure of a chip (by position) now.
inline uint64_t figure(Truth& truth, size_t chip, const std::string& pool, const std::string& name) {
    truth.add_point("figure");
    return truth.document().at("points").back().at("chips").at(chip).at("pools").at(pool).at(name);
}

}  // namespace ttmem::sim
