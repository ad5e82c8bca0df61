#include "src/capture/live_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "src/model/handle_key.h"

namespace ttmem::capture {
namespace {

Allocation allocation_of(const Event& event) {
    Allocation allocation;
    allocation.handle = event.subject;
    allocation.address = DeviceAddress{event.address};
    allocation.requested_bytes = event.requested_bytes;
    allocation.bytes_per_bank = event.bytes_per_bank;
    allocation.since = event.at;
    allocation.process = ProcessIndex{event.process};
    allocation.place = PlaceIndex{event.place};
    allocation.op = event.op;
    allocation.tag = event.tag;
    allocation.thread = event.thread;
    allocation.iteration = event.iteration;
    allocation.stack = event.stack;
    allocation.banks = event.banks;
    allocation.data_banks = event.data_banks;
    allocation.pool = event.pool;
    allocation.allocation_class = event.allocation_class;
    allocation.persistent = event.persistent;
    return allocation;
}

}  // namespace

void add_holders_of_events(Recording& recording, WallTime until) {
    Snapshot& end = recording.end;
    std::set<std::pair<uint32_t, uint64_t>> known;
    for (const Program& program : end.programs) known.insert({program.process.value, program.handle});
    for (const Trace& trace : end.traces) known.insert({trace.process.value, trace.handle});
    std::map<std::pair<uint32_t, uint64_t>, Event> created;
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) {
        for (const Event& event : block) {
            if (event.at > until) continue;
            const std::pair key{event.process, event.subject};
            const bool creates = event.kind == EventKind::kProgramCreated || event.kind == EventKind::kTraceCaptured;
            if (creates && !known.contains(key)) created[key] = event;
            if (event.kind == EventKind::kProgramDestroyed || event.kind == EventKind::kTraceReleased)
                created.erase(key);
        }
    }
    recording.source->rewind();
    for (const auto& [key, event] : created) {
        if (event.kind == EventKind::kProgramCreated) {
            Program program;
            program.handle = event.subject, program.name = end.texts[event.name];
            program.process = ProcessIndex{event.process}, program.created_at = event.at;
            program.op = event.op, program.tag = event.tag, program.thread = event.thread;
            program.iteration = event.iteration;
            end.programs.push_back(std::move(program));
        } else if (event.place < end.places.size()) {
            Trace trace;
            trace.handle = event.subject, trace.name = end.texts[event.name];
            trace.process = ProcessIndex{event.process}, trace.place = PlaceIndex{event.place};
            trace.captured_at = event.at;
            end.traces.push_back(std::move(trace));
        }
    }
}

std::vector<Allocation> live_after(const Recording& recording, WallTime until) {
    const Snapshot& end = recording.end;
    std::unordered_map<HandleKey, std::pair<uint64_t, Allocation>, HandleKeyHash> live;
    uint64_t number = 0;
    for (const Allocation& a : recording.live_before) live[{a.process.value, a.handle}] = {number++, a};
    std::unordered_map<HandleKey, uint32_t, HandleKeyHash> programs, traces;  // 1 + index
    for (uint32_t i = 0; i < end.programs.size(); ++i) {
        programs[{end.programs[i].process.value, end.programs[i].handle}] = i + 1;
    }
    for (uint32_t i = 0; i < end.traces.size(); ++i) {
        traces[{end.traces[i].process.value, end.traces[i].handle}] = i + 1;
    }
    const auto holder = [](const auto& holders, uint32_t process, uint64_t handle) {
        const auto at = holders.find({process, handle});
        return at == holders.end() ? 0u : at->second;
    };
    std::unordered_map<HandleKey, uint64_t, HandleKeyHash> holders;  // of live ones: the handle
    std::set<std::pair<uint32_t, uint64_t>> ended, over;             // holders, iterations
    for (const Allocation& a : recording.live_before) {
        if (a.program != 0) holders[{a.process.value, a.handle}] = end.programs[a.program - 1].handle;
        if (a.trace != 0) holders[{a.process.value, a.handle}] = end.traces[a.trace - 1].handle;
    }
    std::vector<bool> closed(end.places.size(), false);
    std::vector<Event> block;
    recording.source->rewind();
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            if (event.at > until) continue;
            const std::pair key{event.process, event.subject};
            if (event.kind == EventKind::kFreed) live.erase(key);
            if (event.kind == EventKind::kPlaceClosed && event.place < closed.size()) closed[event.place] = true;
            if (event.kind == EventKind::kProgramDestroyed || event.kind == EventKind::kTraceReleased)
                ended.insert(key);
            if (event.kind == EventKind::kIterationEnded) over.insert(key);
            if (event.kind == EventKind::kMadePersistent) {
                if (const auto at = live.find(key); at != live.end()) at->second.second.persistent = true;
            }
            if (event.kind != EventKind::kAllocated || event.place >= closed.size()) continue;
            Allocation allocation = allocation_of(event);
            allocation.program = holder(programs, event.process, event.holder);
            allocation.trace = holder(traces, event.process, event.holder);
            if (event.holder != 0) holders[key] = event.holder;
            live[key] = {number++, allocation};
        }
    }
    recording.source->rewind();
    std::vector<std::pair<uint64_t, Allocation>> in_order;
    for (auto& [key, entry] : live) {
        const auto holder_of = holders.find(key);
        if (holder_of != holders.end() && ended.contains({key.first, holder_of->second})) {
            entry.second.holder_ended = true;
            entry.second.program = entry.second.trace = 0;
        }
        if (over.contains({key.first, entry.second.iteration})) entry.second.iteration_over = true;
        in_order.push_back(std::move(entry));
    }
    std::sort(in_order.begin(), in_order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Allocation> allocations;
    for (auto& [position, allocation] : in_order) {
        allocation.released = allocation.released || closed[allocation.place.value];
        allocations.push_back(allocation);
    }
    return allocations;
}

void stand_at_last_event(Recording& recording) {
    std::vector<Process>& processes = recording.end.processes;
    std::vector<std::set<uint32_t>> open(processes.size());
    std::vector<bool> ended(processes.size(), false);
    std::vector<uint64_t> begun(processes.size(), 0);  // as they are numbered
    for (size_t i = 0; i < processes.size(); ++i) {
        open[i] = {processes[i].open_iterations.begin(), processes[i].open_iterations.end()};
    }
    // Processes and what is live may be of two moments: an iteration that left something is over if its end was seen.
    for (const Allocation& allocation : recording.end.allocations) {
        if (allocation.iteration != 0) open[allocation.process.value].insert(allocation.iteration);
    }
    recording.source->rewind();
    for (std::vector<Event> block; recording.source->next(block);) {
        for (const Event& event : block) {
            if (event.kind == EventKind::kIterationBegun) {
                open[event.process].insert(static_cast<uint32_t>(event.subject));
                begun[event.process] = std::max(begun[event.process], event.subject);
            }
            if (event.kind == EventKind::kIterationEnded)
                open[event.process].erase(static_cast<uint32_t>(event.subject));
            if (event.kind == EventKind::kProcessEnded) ended[event.process] = true;
        }
    }
    recording.source->rewind();
    for (size_t i = 0; i < processes.size(); ++i) {
        Process& process = processes[i];
        process.open_iterations = {open[i].begin(), open[i].end()};
        process.iterations_begun = std::max(process.iterations_begun, begun[i]);
        const uint64_t over = process.iterations_begun - std::min(process.iterations_begun, uint64_t{open[i].size()});
        process.iterations_ended = std::max(process.iterations_ended, over);
        if (!ended[i]) process.state = ProcessState::kLive;
        if (ended[i] && process.state == ProcessState::kLive) process.state = ProcessState::kExited;
    }
}

}  // namespace ttmem::capture
