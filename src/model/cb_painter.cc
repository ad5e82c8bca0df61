#include "src/model/cb_painter.h"

#include <algorithm>
#include <array>
#include <set>

namespace ttmem {
namespace {

CoreSet cores_of(const CbPlan& plan) {
    CoreSet cores;
    for (const CircularBuffer& buffer : plan.buffers) cores.add(buffer.core_set());
    return cores;
}

// What of a plan lies on these cores.
void add_regions(const CbPlan& plan, const CoreSet* on, std::vector<CbRegion>& regions) {
    for (const CircularBuffer& buffer : plan.buffers) {
        if (buffer.aliased || buffer.bytes == 0) continue;
        CbRegion region{buffer.address, buffer.bytes, buffer.core_set()};
        if (on != nullptr) region.cores.keep(*on);
        if (!region.cores.empty()) regions.push_back(region);
    }
}

}  // namespace

// From low addresses to high ones: of each core, how far it is covered.
CbFigures figures_of(std::vector<CbRegion> regions) {
    std::sort(regions.begin(), regions.end(),
              [](const CbRegion& a, const CbRegion& b) { return a.address < b.address; });
    struct Core {
        uint64_t covered = 0, bytes = 0;
    };
    std::vector<Core> cores(size_t{CoreSet::kCoordinates} * CoreSet::kCoordinates);
    CbFigures figures;
    for (const CbRegion& region : regions) {
        const uint64_t end = region.address + region.bytes;
        region.cores.for_each([&](uint32_t x, uint32_t y) {
            Core& core = cores[size_t{y} * CoreSet::kCoordinates + x];
            const uint64_t begin = std::max(region.address, core.covered);
            if (end <= begin) return;
            core.bytes += end - begin;
            core.covered = end;
        });
        figures.highest_end = std::max(figures.highest_end, end);
    }
    for (size_t i = 0; i < cores.size(); ++i) {
        figures.bytes += cores[i].bytes;
        if (cores[i].bytes <= figures.largest_core) continue;
        figures.largest_core = cores[i].bytes;
        figures.largest_x = static_cast<uint8_t>(i % CoreSet::kCoordinates);
        figures.largest_y = static_cast<uint8_t>(i / CoreSet::kCoordinates);
    }
    return figures;
}

CbFigures figures_of(const CbPlan& plan) {
    std::vector<CbRegion> regions;
    add_regions(plan, nullptr, regions);
    return figures_of(std::move(regions));
}

std::vector<CbRegion> CbPainter::reserved() const {
    std::vector<CbRegion> regions;
    for (const CbPlan* plan : std::set<const CbPlan*>(live_.begin(), live_.end())) add_regions(*plan, nullptr, regions);
    return regions;
}

// Newest first: each dispatch has what no newer one has taken.
std::vector<CbPainter::Resident> CbPainter::resident() const {
    std::vector<Dispatch> dispatches = dispatches_;
    std::sort(dispatches.begin(), dispatches.end(),
              [](const Dispatch& a, const Dispatch& b) { return a.ticket > b.ticket; });
    std::vector<Resident> residents;
    CoreSet taken;
    for (const Dispatch& dispatch : dispatches) {
        CoreSet cores = cores_of(*dispatch.plan);
        cores.remove(taken);
        taken.add(cores);
        if (dispatch.owner == 0 || cores.empty()) continue;
        Resident resident{dispatch.owner, cores, {}};
        add_regions(*dispatch.plan, &cores, resident.regions);
        residents.push_back(std::move(resident));
    }
    return residents;
}

}  // namespace ttmem
