// Recordings of iterations for tests: of several names and threads, one after the other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/analysis/leaks/growth.h"
#include "tests/support/recording_maker.h"

namespace ttmem {

// Iterations of named kinds on threads, one after the other.
class Kinds {
public:
    RecordingMaker maker;
    uint32_t chip = maker.place({1}), exp = maker.text("exp");

    void begin(const char* name = "step", uint32_t thread = 1) {
        const uint32_t number = maker.begin_iteration();
        maker.events.back().name = text(name), maker.events.back().thread = thread;
        open_.push_back(number);
    }
    void end() { maker.end_iteration(), open_.pop_back(); }
    uint64_t make(uint32_t op, uint64_t bytes = 10) { return maker.alloc(chip, Pool::kDram, bytes, op); }
    uint64_t make() { return make(exp); }
    GrowthReport report() { return growth_of(maker.finish()); }

private:
    uint32_t text(const std::string& name) {
        const auto [at, is_new] = texts_.try_emplace(name);
        if (is_new) at->second = maker.text(name);
        return at->second;
    }
    std::map<std::string, uint32_t> texts_;
    std::vector<uint32_t> open_;
};

inline void free_all(RecordingMaker& maker, std::vector<uint64_t>& list) {
    for (const uint64_t handle : list) maker.free(handle);
    list.clear();
}

}  // namespace ttmem
