#include "src/analysis/compiles.h"

namespace ttmem {
namespace {

constexpr uint64_t kIterationsToKnow = 3;

}  // namespace

// An operation is known to run by what it allocates.
void Compiles::applied(const Event& event) {
    const bool compiles = event.kind == EventKind::kProgramCreated;
    if ((!compiles && event.kind != EventKind::kAllocated) || event.iteration == 0 || event.op == 0) return;
    Latest& latest = latest_[{event.process, event.thread, event.op}];
    uint64_t& without = without_[{event.process, event.op}];
    if (latest.iteration != event.iteration) {
        latest = {event.iteration, false};
        ++without;
    }
    if (!compiles || latest.compiled) return;
    latest.compiled = true;
    --without;
    compiled_.insert({event.process, event.op, event.iteration});
}

bool Compiles::is_settled(uint32_t process, uint32_t op) const {
    const auto found = without_.find({process, op});
    return found != without_.end() && found->second >= kIterationsToKnow;
}

std::map<std::string, Repetition::Operation> Compiles::of(uint32_t process,
                                                          const std::vector<std::string>& texts) const {
    std::map<std::string, Repetition::Operation> operations;
    const auto begin = compiled_.lower_bound({process, 0, 0});
    for (auto at = begin; at != compiled_.end() && std::get<0>(*at) == process; ++at) {
        const auto [_, op, iteration] = *at;
        Repetition::Operation& operation = operations[texts[op]];
        operation.iterations.insert(iteration);
        operation.is_settled = is_settled(process, op);
    }
    return operations;
}

}  // namespace ttmem
