// In which iterations operations compiled programs, and in how many they ran without.
//
// What an operation leaves whenever it compiles a program, and never otherwise, belongs to that program in its cache,
// as the tables of a convolution do: it goes with the cache, and is no leak.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "src/model/event.h"

namespace ttmem {

// Of the operations of one process; every answer is by the names that its snapshot has for them.
class CompiledIn {
public:
    using Leaver = std::tuple<std::string, Pool, AllocationClass>;  // tag

    struct Operation {
        std::set<uint32_t> iterations;  // in which it compiled
        std::set<Leaver> leaves_often;  // those under whom it left something in other iterations, too
    };

    // What grows from iteration to iteration, certain or probable, or in too few iterations to tell.
    using Grower = std::tuple<std::string, std::string, Pool, AllocationClass>;  // op, tag
    std::set<Grower> grow;
    std::set<std::pair<Pool, AllocationClass>> grow_together;  // of several owners, none of which grows alone

    // Of each iteration, by its number: how many of its name and thread began later.
    std::vector<uint32_t> later_ones;
    uint32_t later_than(uint32_t iteration) const { return iteration < later_ones.size() ? later_ones[iteration] : 0; }

    bool does_grow(const Grower& owner) const {
        return grow.contains(owner) || grow_together.contains({std::get<2>(owner), std::get<3>(owner)});
    }

    // Whether what this operation made in this iteration came with a program that it compiled.
    bool tells(const std::string& op, const Leaver& leaver, uint32_t iteration) const;

    std::map<std::string, Operation> operations;  // that ran without compiling in three iterations at least
};

class Compiles {
public:
    void applied(const Event& event);

    bool in(uint32_t process, uint32_t op, uint32_t iteration) const {
        return compiled_.contains({process, op, iteration});
    }
    // Whether it ran without compiling in enough iterations to know what those leave.
    bool is_settled(uint32_t process, uint32_t op) const;

    // Of the settled operations of one process.
    CompiledIn of(uint32_t process, const std::vector<std::string>& texts) const;

private:
    struct Latest {
        uint32_t iteration = 0;
        bool compiled = false;
    };
    using Operation = std::pair<uint32_t, uint32_t>;  // process, op

    std::set<std::tuple<uint32_t, uint32_t, uint32_t>> compiled_;                         // process, op, iteration
    boost::unordered_flat_map<std::tuple<uint32_t, uint32_t, uint32_t>, Latest> latest_;  // process, thread, op
    boost::unordered_flat_map<Operation, uint64_t> without_;  // iterations in which it ran and compiled nothing
};

}  // namespace ttmem
