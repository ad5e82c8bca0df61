// What is true of programs' circular buffers: who reserves what, and what each core ran last. Core by core, so slow and
// obviously right; Truth owns one and guards it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/circular_buffer.h"
#include "sim/place_name.h"

namespace ttmem::sim {

struct CbFigures {
    uint64_t reserved = 0, resident = 0, largest_core = 0;
};

class CbTruth {
public:
    // A launch, as a trace remembers it.
    struct Launch {
        uint64_t program = 0;
        PlaceName place;
        uint64_t plan = 0;
        friend bool operator==(const Launch&, const Launch&) = default;
    };

    void created(uint64_t program, const std::string& name);
    // Reserves them; a changed plan does so from the program's next dispatch there on.
    void planned(uint64_t program, PlaceName place, const std::vector<uint64_t>& chips,
                 std::vector<CircularBuffer> buffers);
    // What a dispatch now would launch; a changed plan is in force from here on.
    Launch prepare(uint64_t program, PlaceName place);
    void launched(const Launch& launch);
    void freed(uint64_t program);
    // What it still reserves is left behind.
    void destroyed(uint64_t program);
    // Nothing is reserved there any more.
    void closed(PlaceName place);

    CbFigures on_chip(uint64_t chip) const;
    // Where the highest circular buffer of a program that lives ends, on each core that has one.
    std::map<std::pair<int, int>, uint64_t> reaches(uint64_t chip) const;

    struct AtPlace {
        PlaceName place;
        uint64_t reserved = 0;      // on one chip
        uint64_t resident = 0;      // on all chips together
        uint64_t largest_core = 0;  // reserved there
        uint64_t reach = 0;         // where its highest circular buffer ends, on any core
    };
    struct OfProgram {
        uint64_t id = 0;
        std::string name;
        bool destroyed = false;
        std::vector<AtPlace> places;
    };
    // The live ones, and those that left something behind.
    std::vector<OfProgram> programs() const;

private:
    using Core = std::pair<int, int>;
    struct Plan {
        uint64_t program = 0;
        PlaceName place;
        std::vector<uint64_t> chips;
        std::vector<CircularBuffer> buffers;
        bool over = false;  // its place was closed
    };
    struct Held {
        uint64_t in_force = 0, waiting = 0;  // plans; 0 none
    };
    struct Program {
        std::string name;
        bool destroyed = false;
        std::map<PlaceName, Held> held;
    };

    uint64_t find_or_add(const Plan& plan);
    static uint64_t bytes_on(const Plan& plan, Core core);
    bool is_held(const Launch& launch) const;

    std::map<uint64_t, Plan> plans_;  // all that ever were: a trace may still launch them
    std::map<uint64_t, Program> programs_;
    std::map<uint64_t, std::map<Core, Launch>> newest_;  // by chip
};

}  // namespace ttmem::sim
