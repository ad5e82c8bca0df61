// What the history of one process tells of whether something that was left repeats: what growth_of() finds, for those
// who judge what is left (analysis/once.h).
//
// Names instead of numbers, for who asks may have another snapshot of the same process.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

struct Repetition {
    using Leaver = std::tuple<std::string, Pool, AllocationClass>;               // tag
    using Grower = std::tuple<std::string, std::string, Pool, AllocationClass>;  // op, tag
    struct Operation {
        std::set<uint32_t> iterations;      // in which it compiled programs (analysis/compiles.h)
        std::set<Leaver> leaves_otherwise;  // those under whom it left something in other iterations, too
        bool is_settled = true;             // it ran without compiling in three iterations at least
    };

    std::map<std::string, Operation> operations;  // that compiled programs
    // What grows from iteration to iteration, certain or probable, or in too few iterations to tell.
    std::set<Grower> grow;
    std::set<std::pair<Pool, AllocationClass>> grow_together;  // of several owners, none of which grows alone
    // Of each iteration, by its number: how many of its name and thread began later.
    std::vector<uint32_t> later_ones;

    // The operation, where it compiled a program in this iteration; null: it did not.
    const Operation* compiled_in(const std::string& op, uint32_t iteration) const {
        const auto found = operations.find(op);
        return found != operations.end() && found->second.iterations.contains(iteration) ? &found->second : nullptr;
    }
    // Whether what this operation left in this iteration came with a program that it compiled, as all that it left.
    bool came_with_a_program(const std::string& op, const Leaver& leaver, uint32_t iteration) const {
        const Operation* operation = compiled_in(op, iteration);
        return operation != nullptr && operation->is_settled && !operation->leaves_otherwise.contains(leaver);
    }
    bool does_grow(const Grower& owner) const {
        return grow.contains(owner) || grow_together.contains({std::get<2>(owner), std::get<3>(owner)});
    }
    uint32_t later_than(uint32_t iteration) const { return iteration < later_ones.size() ? later_ones[iteration] : 0; }
};

using Repetitions = std::map<LedgerId, Repetition>;  // by process, as far as there is history

}  // namespace ttmem
