// Recordings for tests, written by hand: each function is one event, the maker keeps what is live.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "src/model/events_in_memory.h"

namespace ttmem {

class RecordingMaker {
public:
    static constexpr WallTime kBegan = 1'795'373'293'000'000'000;
    static constexpr WallTime kStep = 1'000'000'000;  // between two events

    RecordingMaker() { process(); }

    uint32_t process() {
        Process made;
        made.pid = static_cast<uint32_t>(100 + recording.end.processes.size());
        made.ledger = LedgerId{made.pid};
        made.comm = "model";
        made.started_at = kBegan;
        recording.end.processes.push_back(made);
        return static_cast<uint32_t>(recording.end.processes.size() - 1);
    }
    // Chips with these ids; number 0 is none in `parent`.
    uint32_t place(const std::vector<uint64_t>& chips, uint32_t process = 0, uint32_t parent = 0) {
        Place made;
        made.kind = parent != 0 ? PlaceKind::kMeshPart : chips.size() == 1 ? PlaceKind::kChip : PlaceKind::kMesh;
        made.process = ProcessIndex{process};
        made.parent = parent;
        for (const uint64_t chip : chips) made.chips.push_back(ChipId{chip});
        recording.end.places.push_back(made);
        const auto index = static_cast<uint32_t>(recording.end.places.size() - 1);
        recording.end.places[index].registration = index + 1;
        recording.end.places[index].number = index;
        describe(process, chips);
        return index;
    }
    uint32_t registration(uint32_t place) const { return recording.end.places[place].registration; }
    uint32_t text(const std::string& words) {
        recording.end.texts.push_back(words);
        return static_cast<uint32_t>(recording.end.texts.size() - 1);
    }

    // A call stack: this line, called from `caller`.
    uint32_t frame(uint32_t caller, const std::string& file, uint32_t line, const std::string& function) {
        recording.end.stacks.push_back({caller, text(file), text(function), line});
        return static_cast<uint32_t>(recording.end.stacks.size() - 1);
    }

    Event& add(EventKind kind, uint32_t process = 0) {
        Event event;
        event.kind = kind;
        event.process = process;
        event.order = events.size() + 1;
        event.at = kBegan + static_cast<WallTime>(events.size() + 1) * kStep;
        const bool is_inside = kind == EventKind::kAllocated || kind == EventKind::kProgramCreated ||
                               kind == EventKind::kOperationBegun || kind == EventKind::kOperationEnded;
        event.iteration = is_inside && !open_[process].empty() ? open_[process].back() : 0;
        events.push_back(event);
        return events.back();
    }
    struct What {
        uint32_t op = 0, tag = 0;
        uint64_t requested = 0;  // 0: as reserved
        AllocationClass allocation_class = AllocationClass::kTensor;
        bool persistent = false;
        uint64_t holder = 0;
        uint32_t thread = 1;
        uint32_t stack = 0;
        uint64_t address = 0;
    };
    // Reserves `bytes` in one bank; gives the handle.
    uint64_t alloc(uint32_t place, Pool pool, uint64_t bytes, const What& what) {
        Event& event = add(EventKind::kAllocated, recording.end.places[place].process.value);
        event.subject = ++last_handle_;
        event.place = place;
        event.pool = pool;
        event.bytes_per_bank = bytes;
        event.requested_bytes = what.requested != 0 ? what.requested : bytes;
        event.banks = event.data_banks = 1;
        event.op = what.op, event.tag = what.tag, event.thread = what.thread;
        event.allocation_class = what.allocation_class;
        event.persistent = what.persistent;
        event.holder = what.holder;
        event.stack = what.stack;
        event.address = what.address;
        live[event.subject] = event;
        return event.subject;
    }
    uint64_t alloc(uint32_t place, Pool pool, uint64_t bytes, uint32_t op = 0) {
        return alloc(place, pool, bytes, What{.op = op});
    }
    void free(uint64_t handle, uint32_t op = 0) {
        const Event was = live.at(handle);
        live.erase(handle);
        Event& event = add(EventKind::kFreed, was.process);
        const auto [at, order] = std::pair(event.at, event.order);
        event = was;
        event.kind = EventKind::kFreed;
        event.at = at, event.order = order, event.op = op;
    }
    void persist(uint64_t handle) {
        add(EventKind::kMadePersistent, live.at(handle).process).subject = handle;
        live.at(handle).persistent = true;
    }
    uint32_t begin_iteration(uint32_t process = 0, uint32_t name = 0) {
        Event& event = add(EventKind::kIterationBegun, process);
        event.subject = ++last_iteration_, event.name = name;
        open_[process].push_back(last_iteration_);
        return last_iteration_;
    }
    void end_iteration(uint32_t process = 0) {
        const uint32_t number = open_[process].back();
        open_[process].pop_back();
        add(EventKind::kIterationEnded, process).subject = number;
    }
    // The operation compiles a program; gives its handle.
    uint64_t compile(uint32_t op, uint32_t process = 0) {
        Event& event = add(EventKind::kProgramCreated, process);
        event.subject = ++last_handle_, event.op = op, event.thread = 1;
        return event.subject;
    }
    // A plan with these circular buffers, as events name it.
    uint32_t plan(std::vector<CircularBuffer> buffers) {
        recording.end.plans.push_back({std::move(buffers)});
        return static_cast<uint32_t>(recording.end.plans.size());
    }
    void change_plan(uint64_t program, uint32_t place, uint32_t plan) {
        Event& event = add(EventKind::kPlanChanged, recording.end.places[place].process.value);
        event.subject = program, event.place = place, event.plan = plan;
    }
    void dispatch(uint64_t program, uint32_t place, uint32_t op = 0) {
        Event& event = add(EventKind::kDispatched, recording.end.places[place].process.value);
        event.subject = program, event.place = place, event.op = op;
    }
    void close(uint32_t place) {
        add(EventKind::kPlaceClosed, recording.end.places[place].process.value).place = place;
        recording.end.places[place].open = false;
        std::erase_if(live, [&](const auto& entry) {
            const Place& of = recording.end.places[entry.second.place];
            const bool goes = entry.second.place == place || (of.parent != 0 && of.parent == registration(place));
            if (goes) release(entry.second);
            return goes;
        });
    }

    void end_process(uint32_t process = 0) {
        add(EventKind::kProcessEnded, process);
        recording.end.processes[process].state = ProcessState::kExited;
    }

    // What the process itself would have counted.
    ChipUse& use(uint32_t process, uint64_t chip) {
        for (ChipUse& use : recording.end.processes[process].chips) {
            if (use.chip.id.value == chip) return use;
        }
        throw std::out_of_range("chip");
    }

    Recording finish() {
        recording.began_at = kBegan;
        recording.ended_at = kBegan + static_cast<WallTime>(events.size() + 1) * kStep;
        recording.end.generated_at = recording.ended_at;
        recording.events = events.size();
        for (const auto& [handle, event] : live) {
            Allocation a = allocation_of(event);
            a.holder_ended = has_ended(EventKind::kProgramDestroyed, event, event.holder);
            recording.end.allocations.push_back(a);
        }
        for (const auto& [process, open] : open_) {
            std::vector<uint32_t>& numbers = recording.end.processes[process].open_iterations;
            if (numbers.empty()) numbers = open;
        }
        recording.source = std::make_shared<EventsInMemory>(events, 100);  // so that tests have several blocks
        return recording;
    }

    static Allocation allocation_of(const Event& event) {
        Allocation a;
        a.handle = event.subject;
        a.address = DeviceAddress{event.address};
        a.requested_bytes = event.requested_bytes;
        a.bytes_per_bank = event.bytes_per_bank;
        a.since = event.at;
        a.process = ProcessIndex{event.process};
        a.place = PlaceIndex{event.place};
        a.op = event.op, a.tag = event.tag, a.thread = event.thread, a.iteration = event.iteration;
        a.banks = event.banks, a.data_banks = event.data_banks;
        a.pool = event.pool;
        a.allocation_class = event.allocation_class;
        a.stack = event.stack;
        a.persistent = event.persistent;
        return a;
    }

    Recording recording;
    std::vector<Event> events;
    std::map<uint64_t, Event> live;  // by handle

private:
    // After it was allocated.
    bool has_ended(EventKind kind, const Event& allocation, uint64_t subject) const {
        return subject != 0 && std::any_of(events.begin(), events.end(), [&](const Event& event) {
                   return event.kind == kind && event.process == allocation.process && event.subject == subject &&
                          event.order > allocation.order;
               });
    }
    // By a close: what had leaked stays listed.
    void release(const Event& allocation) {
        Allocation a = allocation_of(allocation);
        const bool may_stay = a.persistent || a.allocation_class == AllocationClass::kProgram;
        a.holder_ended = has_ended(EventKind::kProgramDestroyed, allocation, allocation.holder);
        a.leaked =
            a.holder_ended || (!may_stay && has_ended(EventKind::kIterationEnded, allocation, allocation.iteration));
        a.released = true;
        if (a.leaked) recording.end.allocations.push_back(a);
    }
    void describe(uint32_t process, const std::vector<uint64_t>& chips) {
        std::vector<ChipUse>& known = recording.end.processes[process].chips;
        for (const uint64_t chip : chips) {
            bool is_known = false;
            for (const ChipUse& use : known) is_known |= use.chip.id.value == chip;
            if (is_known) continue;
            ChipUse use;
            use.chip.id = ChipId{chip};
            use.chip.logical_id = static_cast<uint32_t>(chip);
            known.push_back(use);
        }
    }

    uint64_t last_handle_ = 0;
    uint32_t last_iteration_ = 0;
    std::map<uint32_t, std::vector<uint32_t>> open_;
};

}  // namespace ttmem
