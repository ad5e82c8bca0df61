// A lock of this process for the calls that are not hot.
//
// It is one word that is 0 when free. All locks stand in the gate page (process.h), which the kernel fills with zeros
// in a forked child: a lock that another thread held at the moment of the fork is free there. It is held for
// microseconds, and never while calling anything that could come back here. Waiting ends in short sleeps and is no
// cancellation point.
#pragma once

#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace ttmem::client {

class Lock {
public:
    void lock() {
        for (unsigned attempt = 0; !try_lock(); ++attempt) wait(attempt);
    }
    bool try_lock() {
        uint32_t expected = 0;
        return word_.compare_exchange_strong(expected, 1, std::memory_order_acquire, std::memory_order_relaxed);
    }
    void unlock() { word_.store(0, std::memory_order_release); }

    // A while, longer after some attempts.
    static void wait(unsigned attempt) {
        if (attempt < 64) {
            syscall(SYS_sched_yield);
        } else {
            const timespec pause{0, 50'000};
            syscall(SYS_nanosleep, &pause, nullptr);
        }
    }

private:
    std::atomic<uint32_t> word_{0};
};

class LockGuard {
public:
    explicit LockGuard(Lock& lock) : lock_(lock) { lock_.lock(); }
    ~LockGuard() { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    Lock& lock_;
};

}  // namespace ttmem::client
