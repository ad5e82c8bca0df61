#include "src/collector/remains.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/base/saturating.h"

namespace ttmem {
namespace {

// The end of a table, of which some items go: where those that stay are afterwards.
class Tail {
public:
    Tail(size_t begin, size_t end) : begin_(begin), stays_(end - begin) {}

    void keep(size_t index) {
        if (index >= begin_) stays_[index - begin_] = true;
    }
    bool stays(size_t index) const { return stays_[index - begin_]; }

    template <class Item>
    void remove_from(std::vector<Item>& table) {
        moved_.resize(stays_.size());
        size_t to = begin_;
        for (size_t from = begin_; from < table.size(); ++from) {
            moved_[from - begin_] = static_cast<uint32_t>(to);
            if (!stays_[from - begin_]) continue;
            if (to != from) table[to] = std::move(table[from]);
            ++to;
        }
        table.resize(to);
        if (table.capacity() / 2 > table.size()) table.shrink_to_fit();
    }

    uint32_t moved(uint32_t index) const { return index < begin_ ? index : moved_[index - begin_]; }
    // Of a number that is 1 + an index, or 0.
    uint32_t moved_after_one(uint32_t number) const { return number == 0 ? 0 : moved(number - 1) + 1; }

private:
    size_t begin_;
    std::vector<bool> stays_;
    std::vector<uint32_t> moved_;
};

uint64_t requested_on_all_chips(const Snapshot& snapshot, const Allocation& allocation) {
    return saturating_multiply(allocation.requested_bytes, snapshot.place_of(allocation).chips.size());
}

}  // namespace

SnapshotSizes SnapshotSizes::of(const Snapshot& s) {
    return {s.places.size(), s.programs.size(), s.traces.size(), s.allocations.size()};
}

void keep_remains(Snapshot& s, const SnapshotSizes& before, const Keeps& keeps) {
    Process& process = s.processes.back();
    Tail places(before.places, s.places.size()), programs(before.programs, s.programs.size()),
        traces(before.traces, s.traces.size()), allocations(before.allocations, s.allocations.size());
    for (size_t i = before.allocations; i < s.allocations.size(); ++i) {
        const Allocation& a = s.allocations[i];
        if (!keeps(s, a)) {
            process.unlisted_released_bytes =
                saturating_add(process.unlisted_released_bytes, requested_on_all_chips(s, a));
            continue;
        }
        allocations.keep(i);
        places.keep(a.place.value);
        if (a.program != 0) programs.keep(a.program - 1);
        if (a.trace != 0) traces.keep(a.trace - 1);
    }
    for (size_t i = before.programs; i < s.programs.size(); ++i) {
        const std::vector<ProgramCbs>& cbs = s.programs[i].cbs;
        if (std::any_of(cbs.begin(), cbs.end(), [](const ProgramCbs& c) { return c.left_behind; })) programs.keep(i);
        if (!programs.stays(i)) continue;
        for (const ProgramCbs& c : cbs) places.keep(c.place.value);
    }
    for (size_t i = before.traces; i < s.traces.size(); ++i) {
        if (traces.stays(i)) places.keep(s.traces[i].place.value);
    }
    for (const Failure& failure : process.failures) {
        if (failure.place) places.keep(failure.place->value);
    }

    places.remove_from(s.places), programs.remove_from(s.programs);
    traces.remove_from(s.traces), allocations.remove_from(s.allocations);
    for (size_t i = before.allocations; i < s.allocations.size(); ++i) {
        Allocation& a = s.allocations[i];
        a.place.value = places.moved(a.place.value);
        a.program = programs.moved_after_one(a.program), a.trace = traces.moved_after_one(a.trace);
    }
    for (size_t i = before.programs; i < s.programs.size(); ++i) {
        for (ProgramCbs& c : s.programs[i].cbs) c.place.value = places.moved(c.place.value);
    }
    for (size_t i = before.traces; i < s.traces.size(); ++i)
        s.traces[i].place.value = places.moved(s.traces[i].place.value);
    for (Failure& failure : process.failures) {
        if (failure.place) failure.place->value = places.moved(failure.place->value);
    }
}

}  // namespace ttmem
