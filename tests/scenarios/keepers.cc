// A program whose iterations keep something or nothing, at random: lists that go on growing or stop, windows, batches,
// last results, caches. It says `ready` now and then and at its end, and goes on with each line of its input.
//
//   scenario-keepers SEED
#include <cstdlib>
#include <deque>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/scenarios/tracked.h"

namespace {

using namespace ttmem::scenarios;

class Keeper {
public:
    explicit Keeper(std::mt19937& random) : kind_(random() % 7), size_(1 + random() % 5), op_(random() % 3) {}

    // In the `iteration`th of all.
    void step(ttmem_place place, uint32_t iteration) {
        static constexpr const char* kOperations[] = {"test.exp", "test.add", "ttnn.softmax"};
        if (kind_ == 5 && iteration >= size_) return;      // a cache, or a list that stops
        if (kind_ == 6 && iteration % size_ != 0) return;  // now and then
        if (kind_ == 4 && kept_.size() == size_) drop(0);  // a batch
        ttmem_op_begin(ttmem_intern(kOperations[op_]));
        kept_.push_back(allocate(place, next_, kMiB));
        next_ += kMiB;
        ttmem_op_end();
        if (kind_ == 0) drop(0);
        if (kind_ == 1 || kind_ == 2) drop(size_);  // a window
        if (kind_ == 3 && iteration > 12 * size_) drop(kept_.size() - 1);
    }

private:
    void drop(size_t rest) {
        for (; kept_.size() > rest; kept_.pop_front()) ttmem_record_free(kept_.front());
    }

    const uint32_t kind_, size_, op_;
    std::deque<ttmem_handle> kept_;
    inline static uint64_t next_ = 0;
};

void wait_for_a_line() {
    say_ready();
    std::string line;
    std::getline(std::cin, line);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::mt19937 random(static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10)));
    const ttmem_place place = open_chip();
    std::vector<Keeper> keepers;
    for (uint32_t i = 0; i <= random() % 3; ++i) keepers.emplace_back(random);
    const uint32_t iterations = 2 + random() % 40, pause = 1 + random() % 9, names = 1 + random() % 3;
    for (uint32_t i = 0; i < iterations; ++i) {
        ttmem_iteration_begin(ttmem_intern(("step of " + std::string(1 + i % names, 'a')).c_str()));
        for (int n = 0; n < 400; ++n) ttmem_record_free(allocate(place, 1 << 29, kMiB));  // fills small rings
        for (Keeper& keeper : keepers) keeper.step(place, i);
        ttmem_iteration_end();
        if (i % pause == pause - 1) wait_for_a_line();
    }
    ttmem_close(place);
    wait_for_a_line();
    return 0;
}
