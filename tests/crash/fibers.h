// Cooperative threads for the crash harness: each runs until it yields, and the caller decides who runs next.
//
// They make every interleaving a matter of a seed. One instance at a time, used from one thread; a fiber never throws.
// Requires for the whole life of the object: it stays where it is (the fibers' contexts point into it).
#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>
#include <vector>

namespace ttmem::crash {

class Fibers {
public:
    static constexpr int kNone = -1;

    Fibers() = default;
    Fibers(const Fibers&) = delete;
    Fibers& operator=(const Fibers&) = delete;

    // Prepares fiber number count(); its body begins to run at the first resume().
    void add(std::function<void()> body);

    // Runs a fiber until it yields or ends. Requires: !ended(fiber).
    void resume(int fiber);

    int count() const { return static_cast<int>(fibers_.size()); }
    bool ended(int fiber) const { return fibers_[fiber]->ended; }
    int alive() const { return alive_; }

    // Gives control back to the one who resumed this fiber. Outside a fiber (set-up code) it does nothing.
    static void yield();
    // The fiber that runs now; kNone outside one.
    static int current();

private:
    struct Fiber {
        ucontext_t context;
        std::function<void()> body;
        std::unique_ptr<char[]> stack;
        bool ended = false;
    };

    static void enter();

    std::vector<std::unique_ptr<Fiber>> fibers_;
    ucontext_t caller_;
    int running_ = kNone;
    int alive_ = 0;
};

}  // namespace ttmem::crash
