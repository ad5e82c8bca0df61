#include "src/analysis/last_failure.h"

#include <algorithm>

#include "src/analysis/standing_then.h"

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

// That had no room; nothing where the figures do not say.
std::optional<Pool> pool_without_room(const FailureFigures& figures) {
    switch (figures.kind) {
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
            return figures.pool;
    }
}

void put_first(std::vector<HeldPool>& held, Pool pool) {
    std::stable_partition(held.begin(), held.end(), [&](const HeldPool& of) { return of.pool == pool; });
}

}  // namespace

std::optional<LastFailure> explain_last_failure(const Recording& recording) {
    const uint64_t number = last_failure(recording);
    const std::optional<Event> event = number == 0 ? std::nullopt : event_with(recording, number);
    if (!event) return std::nullopt;
    LastFailure last;
    last.snapshot = snapshot_after(recording, number);
    last.asked_at = recording.end.generated_at;
    last.explained = recorded_failures(last.snapshot);
    std::erase_if(last.explained.failures, [&](const ExplainedFailure& failure) {
        return failure.recorded->process.value != event->process || failure.recorded->failure != event->subject;
    });
    last.explained.more = 0;
    last.held = held_by_chip(last.snapshot);
    last.maps = maps_of(last.snapshot);
    if (last.explained.failures.empty()) return last;
    if (const auto pool = pool_without_room(last.explained.failures.front().figures())) put_first(last.held, *pool);
    const RecordedFailure& recorded = *last.explained.failures.front().recorded;
    const auto place = last.snapshot.processes[recorded.process.value].failures[recorded.failure].place;
    if (!place) return last;
    const std::vector<ChipId>& chips = last.snapshot.places[place->value].chips;
    std::erase_if(last.maps,
                  [&](const ChipMap& map) { return std::ranges::find_first_of(map.chips, chips) == map.chips.end(); });
    return last;
}

}  // namespace ttmem
