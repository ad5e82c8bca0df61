#include "src/analysis/leaks/work.h"

#include <algorithm>
#include <array>

namespace ttmem {
namespace {

constexpr uint64_t kLeastCalls = 3;
constexpr size_t kMostSteady = 3;

constexpr std::array<std::string_view, 22> kMakers = {"zeros",
                                                      "zeros_like",
                                                      "ones",
                                                      "ones_like",
                                                      "full",
                                                      "full_like",
                                                      "empty",
                                                      "empty_like",
                                                      "rand",
                                                      "randn",
                                                      "uniform",
                                                      "bernoulli",
                                                      "arange",
                                                      "from_torch",
                                                      "as_tensor",
                                                      "from_buffer",
                                                      "to_device",
                                                      "load_tensor",
                                                      "from_device",
                                                      "copy_host_to_device_tensor",
                                                      "allocate_tensor_on_device",
                                                      "create_device_tensor"};
constexpr std::array<std::string_view, 3> kConverters = {"to_layout", "to_memory_config", "typecast"};

template <size_t kNames>
bool is_named(std::string_view operation, const std::array<std::string_view, kNames>& names) {
    return std::ranges::find(names, operation.substr(operation.rfind('.') + 1)) != names.end();
}

bool makes_more(const Event& event, bool is_work) {
    return is_work && (event.kind == EventKind::kDispatched || event.kind == EventKind::kTraceReplayed ||
                       event.kind == EventKind::kAllocated);
}

}  // namespace

bool only_makes_inputs(std::string_view operation) { return is_named(operation, kMakers) || only_converts(operation); }
bool only_converts(std::string_view operation) { return is_named(operation, kConverters); }

Work::Work(const Recording& recording) : texts_(recording.end.texts), known_(texts_.size()) {
    const std::vector<Process>& processes = recording.end.processes;
    of_.resize(processes.size());
    std::vector<bool> asks(processes.size());
    bool any = false;
    for (size_t p = 0; p < processes.size(); ++p)
        any |= asks[p] = !processes[p].iterations_by.empty() && only_makes_inputs(processes[p].iterations_by);
    if (!any || recording.source == nullptr) return;
    recording.source->rewind();
    std::vector<Event> block;
    while (recording.source->next(block)) {
        for (const Event& event : block) {
            if (event.process < asks.size() && asks[event.process] && makes_more(event, is_work(event.op)))
                of_[event.process].has_steps = true;
        }
    }
}

Work::Of& Work::of(uint32_t process) {
    if (of_.size() <= process) of_.resize(process + 1);
    return of_[process];
}

bool Work::is_of(uint32_t op, Sort sort) const {
    if (op == 0) return false;
    if (known_.size() <= op) known_.resize(op + 1);
    if (known_[op] == kNotLookedAt)
        known_[op] = only_converts(texts_[op]) ? kConverts : only_makes_inputs(texts_[op]) ? kMakes : kWorks;
    return known_[op] == sort;
}

void Work::begin(Of& of, uint32_t iteration) {
    if (of.first_step == 0) of.first_step = iteration != 0 ? iteration : of.begun + 1;
}

void Work::arrived(const Replay&, const LiveBlock& block) {
    if (block.allocation_class == AllocationClass::kProgram) return;
    Of& its = of(block.process);
    its.inputs += is_of(block.op, kMakes);
    if (!is_work(block.op)) return;
    ++its.made, ++its.made_by[block.op];
    its.inputs = 0;
    begin(its, block.iteration);
}

void Work::applied(const Replay&, const Event& event) {
    Of& its = of(event.process);
    switch (event.kind) {
        case EventKind::kDispatched:
        case EventKind::kTraceReplayed:
            if (event.op != 0 && !is_work(event.op)) return;
            ++its.dispatched;
            its.inputs = 0;
            return begin(its, event.iteration);
        case EventKind::kFreed:
            ++its.freed;
            its.freed_first += its.dispatched == 0;
            return;
        case EventKind::kIterationBegun:
            its.begun = std::max(its.begun, static_cast<uint32_t>(event.subject));
            return;
        case EventKind::kOperationBegun: {
            const uint64_t number = ++its.operations;
            Calls& calls = its.calls[event.name];
            if (calls.count != 0) calls.longest_pause = std::max(calls.longest_pause, number - calls.last);
            if (calls.count == 0) calls.first = number;
            ++calls.count, calls.last = number;
            return;
        }
        default:
            return;
    }
}

uint64_t Work::turn(uint32_t process, uint32_t op) const {
    const Of* its = find(process);
    if (its == nullptr) return 0;
    const auto own = its->made_by.find(op);
    const uint64_t by_others = its->made - (own == its->made_by.end() ? 0 : own->second);
    const uint64_t frees = op == 0 ? its->freed : is_work(op) ? its->freed_first : 0;
    return its->dispatched + by_others + frees;
}

uint64_t Work::inputs(uint32_t process) const {
    const Of* its = find(process);
    return its == nullptr ? 0 : its->inputs;
}

uint64_t Work::freed(uint32_t process) const {
    const Of* its = find(process);
    return its == nullptr ? 0 : its->freed;
}

bool Work::is_set_up(uint32_t process, uint64_t iteration) const {
    const Of* its = find(process);
    return its != nullptr && its->has_steps && (its->first_step == 0 || iteration < its->first_step);
}

uint32_t Work::first_step(uint32_t process) const {
    const Of* its = find(process);
    return its == nullptr || !its->has_steps ? 0 : its->first_step;
}

std::vector<std::string> Work::steady(uint32_t process) const {
    const Of* its = find(process);
    if (its == nullptr) return {};
    std::vector<std::pair<uint32_t, Calls>> found;
    for (const auto& [op, calls] : its->calls) {
        // What makes nothing, as ttnn.deallocate, begins no step.
        if (calls.count < kLeastCalls || !is_work(op) || !its->made_by.contains(op)) continue;
        const uint64_t span = calls.last - calls.first, pauses = calls.count - 1;
        const bool is_even = calls.longest_pause * pauses <= 2 * span;
        const bool goes_on = (its->operations - calls.last) * pauses <= 2 * span;
        if (is_even && goes_on && span * 2 >= its->operations) found.emplace_back(op, calls);
    }
    std::ranges::sort(found, {}, [](const auto& entry) { return std::pair(entry.second.count, entry.second.first); });
    if (found.size() > kMostSteady) found.resize(kMostSteady);
    std::vector<std::string> names;
    for (const auto& [op, calls] : found) names.push_back(texts_[op]);
    return names;
}

}  // namespace ttmem
