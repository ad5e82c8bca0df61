// What operations left when they compiled a program: tables of it, or leaks?
//
// A call that compiles makes the tables of its program beside its results, as the halo tables of a convolution, and
// they live as long as the program in its cache. So what is left of such a call counts as its tables as far as more
// lived when it ended than when calls ended that compiled nothing, which leave their results; one at least, for a
// result may lie in memory that was there before. A call without a program leaves none, and what outlives the programs
// of its call is none.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/analysis/leaks/repetition.h"
#include "src/model/event.h"

namespace ttmem {

class Compiles {
public:
    enum class Table : uint8_t { kNo, kYes, kUnknown };  // kUnknown: too few calls compiled nothing

    void applied(const Event& event);

    // Whether this block, which lives, is a table of a compiled program.
    Table is_table(uint32_t process, uint64_t handle) const;

    // Those of one process, or that may be ones.
    Repetition::Tables tables_of(uint32_t process) const;

private:
    struct Call {
        uint32_t op = 0, iteration = 0;
        bool is_scope = false;  // it begins and ends by events of its own; else with the iteration
        // Handles of what it compiled, and of what it made: where nothing ends calls, all that lives.
        std::vector<uint64_t> programs;
        boost::unordered_flat_set<uint64_t> live;
    };
    struct Compiled {
        uint32_t op = 0;
        uint32_t results = 0, left = 0;  // blocks that lived when the call ended, and that live
        size_t programs = 0;             // that live
        bool is_outlived = false;        // they are gone, and their device stayed open
    };
    struct Plain {
        uint64_t calls = 0;
        uint32_t least = UINT32_MAX, most = 0;  // blocks that lived when one of them ended
    };
    using Thread = std::pair<uint32_t, uint32_t>;     // process, tid
    using Operation = std::pair<uint32_t, uint32_t>;  // process, op
    using Handle = std::pair<uint32_t, uint64_t>;     // process, of a block or program

    Call* call_of(const Event& event);  // nullptr: it is in none
    void end(const Event& event);
    void end_iteration(const Event& event);
    void close(uint32_t process, const Call& call);
    void freed(const Event& event);
    void destroyed(const Event& event);

    boost::unordered_flat_map<Thread, std::vector<Call>> open_;  // the innermost last
    boost::unordered_flat_map<Operation, Plain> plain_;
    boost::unordered_flat_map<Handle, size_t> tables_, programs_;  // into compiled_
    boost::unordered_flat_map<uint32_t, std::vector<size_t>>
        bereft_;  // by process: that lost all their programs lately
    std::vector<Compiled> compiled_;
};

}  // namespace ttmem
