// What operations left when they compiled a program: tables of it, or leaks?
//
// A call that compiles makes the tables of its program beside what every call makes, as the halo tables of a
// convolution, and they live as long as the program in its cache. So what is left of such a call counts as its tables
// as far as it made more than calls without a program do: the calls at the same place of an iteration, else all of the
// operation. A call without a program leaves none.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "src/analysis/repetition.h"
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
        uint32_t ordinal = 0;   // among the operation's calls in this iteration and thread
        bool is_scope = false;  // it begins and ends by events of its own; else with the iteration
        bool compiles = false;
        uint32_t made = 0;
        std::vector<uint64_t> live;  // handles
    };
    struct Compiled {
        uint32_t process = 0, op = 0, ordinal = 0;
        uint32_t made = 0, left = 0;
    };
    struct Plain {
        uint64_t calls = 0;
        uint32_t least = UINT32_MAX, most = 0;  // made by one of them
    };
    struct Last {
        uint32_t iteration = 0, calls = 0;
    };
    using Thread = std::pair<uint32_t, uint32_t>;            // process, tid
    using Three = std::tuple<uint32_t, uint32_t, uint32_t>;  // process, and two more
    using Place = std::tuple<uint32_t, uint32_t, uint32_t>;  // process, op, ordinal; kAny: of all
    using Block = std::pair<uint32_t, uint64_t>;             // process, handle

    Call& call_of(const Event& event);
    Call begun(const Event& event, uint32_t op, bool is_scope);
    void end(const Event& event);
    void end_iteration(const Event& event);
    void close(uint32_t process, Call& call);
    void freed(const Event& event);

    boost::unordered_flat_map<Thread, std::vector<Call>> open_;  // the innermost last
    boost::unordered_flat_map<Three, Last> last_;                // by process, thread, op
    boost::unordered_flat_map<Place, Plain> plain_;
    boost::unordered_flat_map<Block, size_t> tables_;  // into compiled_
    std::vector<Compiled> compiled_;
};

}  // namespace ttmem
