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

#include "src/analysis/repetition.h"
#include "src/model/event.h"

namespace ttmem {

class Compiles {
public:
    void applied(const Event& event);

    bool in(uint32_t process, uint32_t op, uint32_t iteration) const {
        return compiled_.contains({process, op, iteration});
    }
    // Whether it ran without compiling in enough iterations to know what those leave.
    bool is_settled(uint32_t process, uint32_t op) const;

    // Those of one process that compiled something, by their names.
    std::map<std::string, Repetition::Operation> of(uint32_t process, const std::vector<std::string>& texts) const;

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
