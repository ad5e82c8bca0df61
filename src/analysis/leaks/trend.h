// Whether more and more blocks of one kind live: the one rule for what iterations leave (survivors.h) and for what a
// program without iterations makes again and again (kept_to_end.h).
//
// Looked at when turns end: iterations, or the births of blocks. Growth is a number that surpasses its most in the
// second half of them: until the end, or three times; or, of many turns, once, if nothing is replaced. So is a number
// of which nothing was ever freed, however often it rose: a cache that was filled looks like that, too, and has to be
// marked or named. A number that was reached early and stays is bounded where blocks were replaced meanwhile, as the
// last result of a loop, a window or the best so far; so is one that rises and falls, and is no higher than twice
// before, as of a batch.
#pragma once

#include <cstdint>
#include <vector>

namespace ttmem {

class Trend {
public:
    enum class State : uint8_t {
        kGrows,
        kGrewBeside,  // once of many turns, beside blocks that are replaced: those that are older than these stay
        kBounded,
        kUnknown,  // blocks were replaced, or fell, in too few turns to tell
    };

    // So many blocks that turn `turn` made live when it ends. Not told of turns that left none.
    void made(uint64_t turn, uint64_t blocks);
    // In turn `turn` one was freed that turn `made_in` had made.
    void freed(uint64_t turn, uint64_t made_in);
    // One is not looked at any more, as if it had never been.
    void forget();

    // After so many turns. What was told of a later one, which has not ended, is not looked at.
    State after(uint64_t turns) const;
    // The same trend, to be asked what it is after more turns that change nothing.
    Trend as_of(uint64_t turns) const;
    // Whether a block that this turn made may be of those that others replace: it is newer than all that were freed.
    bool is_replaced(uint64_t made_in) const { return made_in > newest_freed_; }
    // Whether it may grow, if nothing of it lives: it rose twice, or by several at once, and that was not all at the
    // beginning; or it fell in between, and rose higher each time or never fell as low again.
    bool may_grow(uint64_t turns) const;
    uint64_t rises() const { return run_.rises; }  // turns that ended with more than any before, since it fell last

private:
    struct Run {  // since the number fell last
        uint64_t began = 0, rose_at = 0;
        uint64_t rises = 0, most = 0, rose_by = 0;
        uint64_t least = 0;      // when it began; of the first: when it had risen once
        uint64_t gone = 0;       // of those that lived when it rose last
        bool replaced = false;   // blocks were, and it did not fall
        bool surpassed = false;  // all that was before it
    };

    void begin(uint64_t turn);
    void look(uint64_t turn);
    void rise(uint64_t turn);
    bool falls_less_each_time(uint64_t turns) const;

    uint64_t live_ = 0, at_end_ = 0;  // now, and when the latest turn ended in which it changed
    uint64_t changed_in_ = 0;         // this turn, which may not have ended; 0: nothing was told
    bool freed_now_ = false;          // in that turn
    uint64_t newest_freed_ = 0;
    Run run_;
    std::vector<Run> before_;                       // the highest ones that ended
    uint64_t surpassed_at_ = 0, surpassed_in_ = 0;  // its most of all: when last, and in how many runs
};

}  // namespace ttmem
