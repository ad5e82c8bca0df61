#include "src/analysis/snapshot/explain.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "src/analysis/snapshot/other_chip.h"
#include "src/analysis/snapshot/programs.h"
#include "src/analysis/snapshot/story.h"

namespace ttmem {
namespace {

bool covers(const Allocation& a, DeviceAddress address) {
    return a.address <= address && address.value < std::max(a.end(), a.address.value + 1);
}

std::vector<Neighbours> neighbours_of(const Snapshot& snapshot, const Selection& selection, DeviceAddress address) {
    std::array<Neighbours, kPoolCount> nearest;
    const auto at = [&](std::optional<uint32_t> i) -> const Allocation& { return snapshot.allocations[*i]; };
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (standing_of(snapshot, a) != Standing::kLive) continue;
        Neighbours& n = nearest[static_cast<size_t>(a.pool)];
        if (a.address <= address && (!n.below || at(n.below).end() < a.end())) n.below = i;
        if (a.address > address && (!n.above || a.address < at(n.above).address)) n.above = i;
    }
    std::vector<Neighbours> found;
    for (const Pool pool : kAllPools) {
        Neighbours& n = nearest[static_cast<size_t>(pool)];
        n.pool = pool;
        if (n.below || n.above) found.push_back(n);
    }
    return found;
}

bool is_live(const Snapshot& s, const Program& program, const ProgramCbs& cbs) {
    const bool process_lives = s.processes[program.process.value].state == ProcessState::kLive;
    return process_lives && !program.destroyed && !cbs.left_behind && !cbs.released;
}

uint64_t resident_cores(const ProgramCbs& cbs, const CircularBuffer& buffer) {
    const CoreSet own = buffer.core_set();
    uint64_t count = 0;
    for (const ProgramCbs::OnChip& on : cbs.resident_on) {
        CoreSet both = on.cores;
        both.keep(own);
        count += both.count();
    }
    return count;
}

bool covers(const CircularBuffer& buffer, DeviceAddress address) {
    return !buffer.aliased && buffer.address <= address.value && address.value - buffer.address < buffer.bytes;
}

std::vector<CbMatch> cb_matches_of(const Snapshot& s, DeviceAddress address, const Filter& filter) {
    std::vector<CbMatch> found;
    const auto add = [&](uint32_t p, uint32_t c) {
        const ProgramCbs& cbs = s.programs[p].cbs[c];
        for (uint32_t b = 0; b < cbs.plan.buffers.size(); ++b) {
            const CircularBuffer& buffer = cbs.plan.buffers[b];
            if (!covers(buffer, address)) continue;
            const uint64_t offset = address.value - buffer.address, resident = resident_cores(cbs, buffer);
            found.push_back(
                {p, c, b, offset, is_live(s, s.programs[p], cbs), resident, story_of_cb(s, p, c, b, offset, resident)});
        }
    };
    for (const uint32_t p : select_programs(s)) {
        for (uint32_t c = 0; c < s.programs[p].cbs.size(); ++c) {
            if (fits(s, s.programs[p], s.programs[p].cbs[c], filter)) add(p, c);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const CbMatch& a, const CbMatch& b) {
        return std::make_tuple(a.resident == 0, !a.is_live) < std::make_tuple(b.resident == 0, !b.is_live);
    });
    return found;
}

}  // namespace

Explanation explain(const Snapshot& snapshot, DeviceAddress address, const Filter& filter) {
    Explanation explanation{address, {}, cb_matches_of(snapshot, address, filter), {}, ""};
    const Selection selection = select(snapshot, filter);
    for (const uint32_t i : selection) {
        const Allocation& a = snapshot.allocations[i];
        if (covers(a, address)) explanation.matches.push_back({i, address.value - a.address.value, {}});
    }
    const auto order = [&](const Match& match) {
        const Allocation& a = snapshot.allocations[match.allocation];
        return std::make_tuple(standing_of(snapshot, a), -a.since, a.process, a.pool, a.handle);
    };
    std::sort(explanation.matches.begin(), explanation.matches.end(),
              [&](const Match& a, const Match& b) { return order(a) < order(b); });
    for (Match& match : explanation.matches) match.story = story_of(snapshot, match.allocation, match.offset);

    const bool live_match =
        !explanation.matches.empty() &&
        standing_of(snapshot, snapshot.allocations[explanation.matches.front().allocation]) == Standing::kLive;
    if (explanation.matches.empty() && explanation.cb_matches.empty())
        explanation.no_bank = why_of_no_bank(snapshot, address, filter).value_or("");
    if (!live_match) explanation.neighbours = neighbours_of(snapshot, selection, address);
    return explanation;
}

}  // namespace ttmem
