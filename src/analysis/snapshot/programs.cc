#include "src/analysis/snapshot/programs.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace ttmem {
namespace {

bool occurs(const std::string& wanted, const std::string& name) { return name.find(wanted) != std::string::npos; }

bool fits(const Snapshot& snapshot, const Program& program, const ProgramFilter& filter) {
    const auto any = [&](auto fits_there) { return std::any_of(program.cbs.begin(), program.cbs.end(), fits_there); };
    const bool on_chip = !filter.chip || any([&](const ProgramCbs& cbs) {
        return is_on(snapshot, snapshot.places[cbs.place.value], *filter.chip);
    });
    const bool leaves = any([](const ProgramCbs& cbs) { return cbs.left_behind; });
    return on_chip && occurs(filter.name, program.name) && occurs(filter.op, snapshot.texts[program.op]) &&
           filter.left_behind.value_or(leaves) == leaves;
}

// What programs are sorted by; computed once for each.
struct Rank {
    uint32_t program;
    ProcessIndex process;
    uint64_t largest_core = 0, reserved = 0;
    WallTime created_at;
    uint64_t handle;
    auto key() const { return std::make_tuple(process, ~largest_core, ~reserved, created_at, handle); }
};

Rank rank_of(const Snapshot& snapshot, uint32_t i) {
    const Program& program = snapshot.programs[i];
    Rank rank{i, program.process, 0, 0, program.created_at.value_or(0), program.handle};
    for (const ProgramCbs& cbs : program.cbs) {
        rank.largest_core = std::max(rank.largest_core, cbs.largest_core);
        rank.reserved = std::max(rank.reserved, cbs.reserved_bytes);
    }
    return rank;
}

}  // namespace

std::vector<uint32_t> select_programs(const Snapshot& snapshot, const ProgramFilter& filter) {
    std::vector<Rank> ranks;
    for (uint32_t i = 0; i < snapshot.programs.size(); ++i) {
        const Program& program = snapshot.programs[i];
        const bool stands = !program.destroyed || !program.cbs.empty();  // else it only was, when a recording began
        if (stands && fits(snapshot, program, filter)) ranks.push_back(rank_of(snapshot, i));
    }
    std::sort(ranks.begin(), ranks.end(), [](const Rank& a, const Rank& b) { return a.key() < b.key(); });
    std::vector<uint32_t> programs;
    for (const Rank& rank : ranks) programs.push_back(rank.program);
    return programs;
}

std::vector<uint32_t> select_traces(const Snapshot& snapshot, const ProgramFilter& filter) {
    std::vector<uint32_t> traces;
    for (uint32_t i = 0; i < snapshot.traces.size(); ++i) {
        const Trace& trace = snapshot.traces[i];
        const bool on_chip = !filter.chip || is_on(snapshot, snapshot.places[trace.place.value], *filter.chip);
        if (!trace.ended && on_chip && occurs(filter.name, trace.name) && filter.op.empty() &&
            !filter.left_behind.value_or(false)) {
            traces.push_back(i);
        }
    }
    return traces;
}

std::vector<ProgramsOfOp> programs_by_op(const Snapshot& snapshot, const std::vector<uint32_t>& programs) {
    struct Found {
        uint64_t programs = 0;
        std::set<uint32_t> iterations;
    };
    std::map<std::pair<ProcessIndex, uint32_t>, Found> found;
    for (const uint32_t i : programs) {
        const Program& program = snapshot.programs[i];
        if (program.destroyed) continue;
        Found& of = found[{program.process, program.op}];
        ++of.programs;
        if (program.iteration != 0) of.iterations.insert(program.iteration);
    }
    std::vector<ProgramsOfOp> list;
    for (const auto& [who, of] : found) list.push_back({who.first, who.second, of.programs, of.iterations.size()});
    std::stable_sort(list.begin(), list.end(),
                     [](const ProgramsOfOp& a, const ProgramsOfOp& b) { return a.programs > b.programs; });
    return list;
}

bool fits(const Snapshot& snapshot, const Program& program, const ProgramCbs& cbs, const Filter& filter) {
    if (filter.allocation_class || filter.standing || filter.pool.value_or(Pool::kL1) != Pool::kL1) return false;
    if (filter.pid && snapshot.processes[program.process.value].pid != *filter.pid) return false;
    if (filter.chip && !is_on(snapshot, snapshot.places[cbs.place.value], *filter.chip)) return false;
    return cbs.reserved_bytes >= filter.min_bytes && occurs(filter.op, snapshot.texts[program.op]) &&
           occurs(filter.tag, snapshot.texts[program.tag]);
}

std::vector<LeftBehind> plans_left_behind(const Snapshot& snapshot) {
    std::vector<LeftBehind> found;
    for (uint32_t i = 0; i < snapshot.programs.size(); ++i) {
        const std::vector<ProgramCbs>& cbs = snapshot.programs[i].cbs;
        for (uint32_t c = 0; c < cbs.size(); ++c) {
            if (cbs[c].left_behind) found.push_back({i, c});
        }
    }
    return found;
}

bool knows_cbs(const Process& process) {
    return std::all_of(process.chips.begin(), process.chips.end(),
                       [](const ChipUse& use) { return use.cb.reserved_bytes && !use.cb.is_bound; });
}

}  // namespace ttmem
