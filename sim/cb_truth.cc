#include "sim/cb_truth.h"

#include <algorithm>
#include <set>

namespace ttmem::sim {
namespace {

template <class Use>
void for_each_core(const CircularBuffer& buffer, const Use& use) {
    for (const CoreRange& range : buffer.config.cores)
        for (int y = range.y0; y <= range.y1; y++)
            for (int x = range.x0; x <= range.x1; x++) use(std::pair(x, y));
}

using Ranges = std::vector<std::pair<uint64_t, uint64_t>>;

uint64_t union_bytes(Ranges ranges) {
    std::sort(ranges.begin(), ranges.end());
    uint64_t bytes = 0, covered = 0;
    for (const auto& [begin, end] : ranges) {
        const uint64_t start = std::max(begin, covered);
        if (end > start) bytes += end - start;
        covered = std::max(covered, end);
    }
    return bytes;
}

}  // namespace

void CbTruth::created(uint64_t program, const std::string& name) { programs_[program].name = name; }

// The same circular buffers of the same program in the same session are the same plan.
uint64_t CbTruth::find_or_add(const Plan& plan) {
    const auto known = std::ranges::find_if(plans_, [&](const auto& entry) {
        const Plan& other = entry.second;
        return !other.over && other.program == plan.program && other.place == plan.place &&
               other.buffers == plan.buffers;
    });
    if (known != plans_.end()) return known->first;
    const uint64_t id = plans_.size() + 1;
    plans_[id] = plan;
    return id;
}

void CbTruth::planned(uint64_t program, PlaceName place, const std::vector<uint64_t>& chips,
                      std::vector<CircularBuffer> buffers) {
    const uint64_t plan = find_or_add({program, place, chips, std::move(buffers)});
    Held& held = programs_.at(program).held[place];
    if (held.in_force == 0 || held.in_force == plan) {
        held = {plan, 0};
    } else {
        held.waiting = plan;
    }
}

CbTruth::Launch CbTruth::prepare(uint64_t program, PlaceName place) {
    auto& places = programs_.at(program).held;
    const auto held = places.find(place);
    if (held == places.end()) return {program, place, 0};
    if (held->second.waiting != 0) held->second = {held->second.waiting, 0};
    return {program, place, held->second.in_force};
}

void CbTruth::launched(const Launch& launch) {
    if (launch.plan == 0) return;
    const Plan& plan = plans_.at(launch.plan);
    for (const uint64_t chip : plan.chips)
        for (const CircularBuffer& buffer : plan.buffers)
            for_each_core(buffer, [&](Core core) { newest_[chip][core] = launch; });
}

void CbTruth::freed(uint64_t program) { programs_.at(program).held.clear(); }

void CbTruth::destroyed(uint64_t program) {
    Program& record = programs_.at(program);
    record.destroyed = true;
    if (record.held.empty()) programs_.erase(program);
}

// What programs that live held there is gone; what was left behind stays a fact.
void CbTruth::closed(PlaceName place) {
    for (auto& [id, plan] : plans_) plan.over = plan.over || plan.place.is_of(place);
    for (auto& [id, program] : programs_)
        if (!program.destroyed) std::erase_if(program.held, [&](const auto& held) { return held.first.is_of(place); });
}

// Whether a program that lives has the launch's plan in force.
bool CbTruth::is_held(const Launch& launch) const {
    const auto program = programs_.find(launch.program);
    if (program == programs_.end() || program->second.destroyed) return false;
    const auto held = program->second.held.find(launch.place);
    return held != program->second.held.end() && held->second.in_force == launch.plan;
}

uint64_t CbTruth::bytes_on(const Plan& plan, Core core) {
    Ranges ranges;
    for (const CircularBuffer& buffer : plan.buffers) {
        if (buffer.config.globally_allocated) continue;
        for_each_core(buffer, [&](Core covered) {
            if (covered == core) ranges.push_back({buffer.address, buffer.end()});
        });
    }
    return union_bytes(std::move(ranges));
}

CbFigures CbTruth::on_chip(uint64_t chip) const {
    std::map<Core, Ranges> reserved;
    for (const auto& [id, program] : programs_) {
        if (program.destroyed) continue;
        for (const auto& [place, held] : program.held) {
            const Plan& plan = plans_.at(held.in_force);
            if (std::ranges::find(plan.chips, chip) == plan.chips.end()) continue;
            for (const CircularBuffer& buffer : plan.buffers) {
                if (buffer.config.globally_allocated) continue;
                for_each_core(buffer, [&](Core core) { reserved[core].push_back({buffer.address, buffer.end()}); });
            }
        }
    }
    CbFigures figures;
    for (auto& [core, ranges] : reserved) {
        const uint64_t bytes = union_bytes(std::move(ranges));
        figures.reserved += bytes;
        figures.largest_core = std::max(figures.largest_core, bytes);
    }
    if (const auto cores = newest_.find(chip); cores != newest_.end()) {
        for (const auto& [core, launch] : cores->second)
            if (is_held(launch)) figures.resident += bytes_on(plans_.at(launch.plan), core);
    }
    return figures;
}

std::map<CbTruth::Core, uint64_t> CbTruth::reaches(uint64_t chip) const {
    std::map<Core, uint64_t> reaches;
    for (const auto& [id, program] : programs_) {
        if (program.destroyed) continue;
        for (const auto& [place, held] : program.held) {
            const Plan& plan = plans_.at(held.in_force);
            if (std::ranges::find(plan.chips, chip) == plan.chips.end()) continue;
            for (const CircularBuffer& buffer : plan.buffers) {
                if (buffer.config.globally_allocated) continue;
                for_each_core(buffer,
                              [&](Core core) { reaches[core] = std::max<uint64_t>(reaches[core], buffer.end()); });
            }
        }
    }
    return reaches;
}

std::vector<CbTruth::OfProgram> CbTruth::programs() const {
    std::vector<OfProgram> all;
    for (const auto& [id, program] : programs_) {
        OfProgram summary{id, program.name, program.destroyed, {}};
        for (const auto& [place, held] : program.held) {
            const Plan& plan = plans_.at(held.in_force);
            AtPlace figures{place};
            std::set<Core> cores;
            for (const CircularBuffer& buffer : plan.buffers) {
                for_each_core(buffer, [&](Core core) { cores.insert(core); });
                if (!buffer.config.globally_allocated) figures.reach = std::max<uint64_t>(figures.reach, buffer.end());
            }
            if (program.destroyed) cores.clear();
            for (const Core& core : cores) {
                const uint64_t bytes = bytes_on(plan, core);
                figures.reserved += bytes;
                figures.largest_core = std::max(figures.largest_core, bytes);
                for (const uint64_t chip : plan.chips) {
                    const auto cores_of_chip = newest_.find(chip);
                    if (cores_of_chip == newest_.end()) continue;
                    const auto newest = cores_of_chip->second.find(core);
                    const Launch mine{id, place, held.in_force};
                    if (newest != cores_of_chip->second.end() && newest->second == mine) figures.resident += bytes;
                }
            }
            summary.places.push_back(figures);
        }
        all.push_back(std::move(summary));
    }
    return all;
}

}  // namespace ttmem::sim
