#include "src/analysis/failures/last_failure.h"

#include <algorithm>

#include "src/analysis/recording/standing_then.h"

namespace ttmem {
namespace {

std::optional<Event> event_with(const Recording& recording, uint64_t number) {
    std::vector<Event> block;
    std::optional<Event> found;
    recording.source->rewind();
    for (uint64_t before = 0; !found && recording.source->next(block); before += block.size()) {
        if (number > before && number <= before + block.size()) found = block[number - before - 1];
    }
    recording.source->rewind();
    return found;
}

void put_first(std::vector<HeldPool>& held, Pool pool) {
    std::stable_partition(held.begin(), held.end(), [&](const HeldPool& of) { return of.pool == pool; });
}

}  // namespace

std::optional<Pool> pool_without_room(FailureKind kind, std::optional<Pool> pool) {
    switch (kind) {
        case FailureKind::kCbClash:
        case FailureKind::kCbOverflow:
        case FailureKind::kServiceClash:
        case FailureKind::kPersistentL1:
            return Pool::kL1;
        case FailureKind::kTraceRegion:
            return Pool::kTrace;
        case FailureKind::kTraceOverlap:
            return Pool::kDram;
        default:
            return pool;
    }
}

std::optional<Pool> pool_without_room(const Failure& failure) {
    const bool tells = failure.kind != FailureKind::kUnknown;
    return pool_without_room(failure.kind, tells ? std::optional(failure.pool) : std::nullopt);
}

const Failure* newest_failure(const Snapshot& snapshot, std::optional<FailureKind> kind) {
    const Failure* newest = nullptr;
    for (const Process& process : snapshot.processes) {
        for (const Failure& failure : process.failures) {
            if (kind && failure.kind != *kind) continue;
            if (newest == nullptr || failure.at >= newest->at) newest = &failure;
        }
    }
    return newest;
}

bool is_on(const Failure& failure, const Snapshot& snapshot, const std::vector<ChipId>& chips) {
    if (!failure.place) return true;
    const std::vector<ChipId>& of_place = snapshot.places[failure.place->value].chips;
    return std::ranges::find_first_of(chips, of_place) != chips.end();
}

void tell_figures(const Failure& failure, const Snapshot& snapshot, ChipMap& map) {
    if (failure.kind != FailureKind::kOutOfMemory || !failure.place || !is_on(failure, snapshot, map.chips)) return;
    const auto tell = [&](BankMap& banks) {
        if (banks.pool != failure.pool || failure.bank_bytes != banks.banks.bytes_per_bank) return;
        const std::optional<uint64_t>& told = failure.largest_free_per_bank;
        const std::optional<Interval>& seen = banks.largest_free;
        if (told && seen && seen->low <= *told && *told <= seen->high) banks.largest_free = Interval{*told, *told};
    };
    for (BankMap& banks : map.banks) tell(banks);
    if (map.l1) tell(map.l1->buffers);
}

std::optional<LastFailure> explain_last_failure(const Recording& recording) {
    const uint64_t number = last_failure(recording);
    const std::optional<Event> event = number == 0 ? std::nullopt : event_with(recording, number);
    if (!event) return std::nullopt;
    LastFailure last;
    last.snapshot = snapshot_after(recording, number);
    last.asked_at = recording.end.generated_at;
    const OwnBlocks own = own_blocks_at(recording, number);
    last.explained = recorded_failures(last.snapshot, &own);
    std::erase_if(last.explained.failures, [&](const ExplainedFailure& failure) {
        return failure.recorded->process.value != event->process || failure.recorded->failure != event->subject;
    });
    last.explained.more = 0;
    last.held = held_by_chip(last.snapshot);
    last.maps = maps_of(last.snapshot);
    if (last.explained.failures.empty()) return last;
    const FailureFigures& figures = last.explained.failures.front().figures();
    if (const auto pool = pool_without_room(figures.kind, figures.pool)) put_first(last.held, *pool);
    const RecordedFailure& recorded = *last.explained.failures.front().recorded;
    const auto place = last.snapshot.processes[recorded.process.value].failures[recorded.failure].place;
    if (!place) return last;
    const std::vector<ChipId>& chips = last.snapshot.places[place->value].chips;
    std::erase_if(last.maps,
                  [&](const ChipMap& map) { return std::ranges::find_first_of(map.chips, chips) == map.chips.end(); });
    return last;
}

}  // namespace ttmem
