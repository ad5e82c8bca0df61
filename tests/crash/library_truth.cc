#include "tests/crash/library_truth.h"

#include <algorithm>

namespace ttmem::crash {
namespace {

bool makes(CallKind kind) { return kind == CallKind::kAlloc || kind == CallKind::kProgram; }
bool ends(CallKind kind) { return kind == CallKind::kFree || kind == CallKind::kProgramEnd; }
// Recording at a place opens it.
bool opens(CallKind kind) {
    return kind == CallKind::kAlloc || kind == CallKind::kView || kind == CallKind::kFailure || kind == CallKind::kOpen;
}

}  // namespace

Truth::Truth(int threads, std::vector<uint32_t> parents, std::vector<uint64_t> chips)
    : parents_(std::move(parents)),
      chips_(std::move(chips)),
      in_flight_(threads),
      history_(threads),
      places_(parents_.size()) {}

bool Truth::has_event(CallKind kind) {
    switch (kind) {
        case CallKind::kAlloc:
        case CallKind::kFree:
        case CallKind::kView:
        case CallKind::kProgram:
        case CallKind::kProgramEnd:
        case CallKind::kOpBegin:
        case CallKind::kOpEnd:
        case CallKind::kIterationBegin:
        case CallKind::kIterationEnd:
            return true;
        default:
            return false;
    }
}

void Truth::begin(int thread, const ApiCall& call) {
    in_flight_[thread] = call;
    if (makes(call.kind)) blocks_[call.block].made_by = call;
    if (auto found = blocks_.find(call.block); found != blocks_.end()) {
        found->second.ends_in_flight += ends(call.kind);
        found->second.marks_in_flight += call.kind == CallKind::kMark;
        if (call.kind == CallKind::kAlloc) {
            // A close that is under way may come after this allocation.
            found->second.may_be_released = places_[call.place].closing > 0;
        }
    }
    begin_places(call);
    if (call.kind == CallKind::kClose) {
        for (auto& [number, block] : blocks_) {
            if (block.made_by.kind != CallKind::kAlloc || !is_of(block.made_by.place, call.place)) continue;
            block.may_be_released = true;
            if (block.made) closing_[thread].push_back(number);
        }
    }
    weigh();
}

void Truth::end(int thread, bool happened) {
    const ApiCall call = *in_flight_[thread];
    in_flight_[thread].reset();
    if (happened && has_event(call.kind)) history_[thread].push_back(call);
    if (call.kind == CallKind::kFailure) ++failures_;
    refused_ends_ += ends(call.kind) && !happened;
    end_places(call, happened);
    if (call.kind == CallKind::kClose) {
        for (uint64_t number : closing_[thread]) {
            if (auto found = blocks_.find(number); found != blocks_.end()) found->second.is_released = true;
        }
        closing_.erase(thread);
    }
    if (auto found = blocks_.find(call.block); found != blocks_.end()) {
        Block& block = found->second;
        if (makes(call.kind)) {
            block.made = true;
            if (!happened) blocks_.erase(found);
        } else if (ends(call.kind)) {
            --block.ends_in_flight;
            block.gone = true;
            block.end_recorded |= happened;
        } else if (call.kind == CallKind::kMark) {
            --block.marks_in_flight;
            block.marked |= happened;
        }
    }
    weigh();
    for (auto block = blocks_.begin(); block != blocks_.end();) {
        const bool over =
            block->second.end_recorded && block->second.ends_in_flight == 0 && block->second.marks_in_flight == 0;
        block = over ? blocks_.erase(block) : std::next(block);
    }
}

void Truth::begin_places(const ApiCall& call) {
    for (uint32_t i = 0; i < places_.size(); ++i) {
        PlaceTruth& place = places_[i];
        place.opening += opens(call.kind) && call.place == i;
        place.closing += call.kind == CallKind::kClose && is_of(i, call.place);
        place.overlapped |= place.opening > 0 && place.closing > 0;
    }
}

// A call that opens implicitly and fails, or does not say, may have found no session record.
void Truth::end_places(const ApiCall& call, bool happened) {
    for (uint32_t i = 0; i < places_.size(); ++i) {
        PlaceTruth& place = places_[i];
        const bool opened = opens(call.kind) && call.place == i;
        const bool closed = call.kind == CallKind::kClose && is_of(i, call.place);
        if (!opened && !closed) continue;
        place.opening -= opened;
        place.closing -= closed;
        const bool was_open = place.known && place.open;
        const bool sure = closed || (happened && call.kind != CallKind::kFailure) || was_open;
        place.known = !place.overlapped && sure;
        place.open = opened;
        if (place.opening == 0 && place.closing == 0) place.overlapped = false;
    }
}

bool Truth::failure_in_flight() const {
    return std::any_of(in_flight_.begin(), in_flight_.end(),
                       [](const auto& call) { return call && call->kind == CallKind::kFailure; });
}

void Truth::weigh() {
    std::map<std::pair<uint32_t, uint32_t>, Interval> now;
    for (const auto& [_, block] : blocks_) {
        if (block.made_by.kind != CallKind::kAlloc) continue;
        for (uint64_t chips = chips_[block.made_by.place]; chips != 0; chips &= chips - 1) {
            Interval& sum = now[{static_cast<uint32_t>(__builtin_ctzll(chips)), block.made_by.pool}];
            if (block.certain()) sum.certain += block.made_by.bytes;
            if (block.possible()) sum.possible += block.made_by.bytes;
        }
    }
    for (const auto& [key, sum] : now) {
        greatest_[key].certain = std::max(greatest_[key].certain, sum.certain);
        greatest_[key].possible = std::max(greatest_[key].possible, sum.possible);
    }
}

Interval Truth::greatest(uint32_t chip, uint32_t pool) const {
    const auto found = greatest_.find({chip, pool});
    return found == greatest_.end() ? Interval{} : found->second;
}

}  // namespace ttmem::crash
