#include "src/analysis/capacity/cb_room.h"

#include <algorithm>

#include "src/analysis/replay/planned_reach.h"
#include "src/analysis/replay/pool_banks.h"

namespace ttmem {
namespace {

// The program that reaches furthest of those that are listed at the end. Events tell of the others.
struct Listed {
    uint64_t reach = 0;
    std::string program;
};
Listed listed_on(const Snapshot& tables, ChipId chip) {
    Listed listed;
    for (const Program& program : tables.programs) {
        for (const ProgramCbs& cbs : program.cbs) {
            const uint64_t end = end_of(cbs.plan);
            if (end <= listed.reach || !has_chip(tables.places[cbs.place.value].chips, chip)) continue;
            listed = {end, program.name};
        }
    }
    return listed;
}

}  // namespace

void CbRoomFinder::begins(const Replay& replay) {
    const Snapshot& tables = replay.recording().end;
    cells_.assign(replay.chips().size(), {});
    planned_.clear();
    ends_.clear();
    banks_.clear();
    for (const CbPlan& plan : tables.plans) ends_.push_back(end_of(plan));
    for (const Place& place : tables.places) {
        const auto banks = banks_of(tables, place.chips, Pool::kL1);
        banks_.push_back(banks ? std::optional<uint64_t>(banks->banks) : std::nullopt);
    }
    // Looks do not tell what was dispatched, nor which programs have come and gone.
    for (const HistoryGap& gap : replay.recording().gaps)
        if (gap.sampled) lost(replay, gap.process.value);
}

void CbRoomFinder::change(const Replay& replay, const LiveBlock& block, bool arrives) {
    if (block.pool != Pool::kL1) return;
    const bool is_everywhere = banks_[block.place] && block.banks >= *banks_[block.place];
    for (const uint32_t chips : replay.chips_of(block.place)) {
        Cell& cell = cells_[chips];
        uint64_t& bytes = is_everywhere ? cell.everywhere : cell.somewhere;
        bytes = arrives ? saturating_add(bytes, block.bytes_per_bank) : bytes - std::min(bytes, block.bytes_per_bank);
        cell.most = std::max(cell.most, saturating_add(cell.everywhere, cell.somewhere));
    }
}

void CbRoomFinder::plan(const Replay& replay, const Event& event) {
    const bool is_known = event.plan != 0 && event.plan <= ends_.size();
    std::optional<uint64_t>& end = planned_.try_emplace({event.process, event.subject}, 0).first->second;
    if (!is_known) {
        end.reset();
    } else if (end) {
        end = std::max(*end, ends_[event.plan - 1]);  // of several places
    }
    for (const uint32_t chips : replay.chips_of(event.place)) {
        Cell& cell = cells_[chips];
        cell.is_known &= is_known;
        if (!is_known || ends_[event.plan - 1] <= cell.reach) continue;
        cell.reach = ends_[event.plan - 1];
        cell.op = event.op;
    }
}

void CbRoomFinder::dispatch(const Replay& replay, const Event& event) {
    const auto planned = planned_.find({event.process, event.subject});
    if (planned == planned_.end() || !planned->second || *planned->second == 0) return;
    for (const uint32_t chips : replay.chips_of(event.place)) {
        Cell& cell = cells_[chips];
        const uint64_t low = saturating_add(*planned->second, cell.everywhere);
        cell.low = std::max(cell.low, low);
        cell.high = std::max(cell.high, saturating_add(low, cell.somewhere));
    }
}

void CbRoomFinder::applied(const Replay& replay, const Event& event) {
    if (event.kind == EventKind::kProgramDestroyed || event.kind == EventKind::kCircularBuffersFreed)
        planned_.erase({event.process, event.subject});
    if (event.place >= banks_.size()) return;
    if (event.kind == EventKind::kPlanChanged) plan(replay, event);
    if (event.kind == EventKind::kDispatched) dispatch(replay, event);
    if (event.kind == EventKind::kTraceReplayed)
        for (const uint32_t chips : replay.chips_of(event.place)) cells_[chips].may_run_any_time = true;
}

void CbRoomFinder::lost(const Replay& replay, uint32_t process) {
    const std::vector<Place>& places = replay.recording().end.places;
    for (uint32_t place = 0; place < places.size(); ++place) {
        if (places[place].process.value != process) continue;
        for (const uint32_t chips : replay.chips_of(place)) cells_[chips].is_known = false;
    }
}

CbRoom CbRoomFinder::room(const Replay& replay, size_t chips, uint64_t begin, uint64_t lowest) const {
    const Snapshot& tables = replay.recording().end;
    const Cell& cell = cells_[chips];
    CbRoom room;
    room.begin = begin;
    room.lowest = lowest;
    Listed listed = listed_on(tables, replay.chips()[chips].chips.front());
    const bool is_listed_further = listed.reach > cell.reach;  // it was there when the recording began
    const uint64_t reach = std::max(listed.reach, cell.reach);
    if (reach != 0) {
        room.reach = reach;
        room.program = is_listed_further || (listed.reach == reach && !listed.program.empty()) ? listed.program
                                                                                               : tables.texts[cell.op];
    }
    const auto below = [&](uint64_t address) { return address - std::min(address, begin); };
    room.taken_low = below(cell.low);
    room.taken_high = below(cell.high);
    if (cell.may_run_any_time || is_listed_further)
        room.taken_high = std::max(*room.taken_high, below(saturating_add(reach, cell.most)));
    room.is_known = cell.is_known;
    room.most_buffers = cell.most;
    if (!cell.is_known) room.taken_high.reset();
    return room;
}

}  // namespace ttmem
