// What iterations hand on to the next ones, as `y` in a loop of `y = step()`: every iteration leaves as much, and it
// is freed in one of those that follow. The last of it lives when its device is closed, and is no leak.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "src/model/snapshot.h"

namespace ttmem {

class HandedOn {
public:
    // Iterations of one kind have one name and one thread; of these what one owner makes.
    using Source = std::tuple<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, Pool, AllocationClass>;

    // So many blocks that iteration `number` of its kind made lived when it ended. Not told of those that left none.
    void left(const Source& source, uint64_t number, uint64_t blocks);

    // A block that iteration `number` made was freed, after `ended` iterations of its kind.
    void freed(const Source& source, uint64_t number, uint64_t ended);

    // A block that iteration `number` made was live when its place was closed or its process ended, in event `event`
    // and after `ended` iterations of its kind.
    void outlasted(const Source& source, uint64_t number, uint64_t handle, uint64_t event, uint64_t ended);

    // Handles of a process: of blocks that the last iterations left, where at least so many before these left as many
    // each, all of which were freed, and none of which lived longer than some of those. Three are enough to know.
    static constexpr uint64_t kEnough = 3;
    std::set<uint64_t> of(uint32_t process, uint64_t least = kEnough) const;

private:
    struct Run {  // iterations, one after the other, that left as many each
        uint64_t first = 0, last = 0, blocks = 0;
    };
    struct Last {
        uint64_t from = 0;    // the first iteration of the run
        uint64_t oldest = 0;  // that made one of these
        std::vector<uint64_t> handles;
    };
    std::map<Source, Run> runs_;
    std::map<Source, uint64_t> longest_;                 // life of what was freed, in iterations that ended
    std::map<std::pair<Source, uint64_t>, Last> lasts_;  // by event
};

}  // namespace ttmem
