// Work on a large table, shared out among threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <vector>

namespace ttmem::ledger {

// Calls work(i, thread) once for every i below `count`, in this thread (number 0) and up to `threads` - 1 others, and
// returns when all is done. Each takes the next i that nobody has taken, so that a thread which the kernel stops for a
// while takes fewer.
template <class Work>
void share_out(size_t count, size_t threads, const Work& work) {
    std::atomic<size_t> next{0};
    const auto take = [&](size_t thread) {
        for (size_t i = next++; i < count; i = next++) work(i, thread);
    };
    std::vector<std::future<void>> others;
    for (size_t thread = 1; thread < std::min(count, threads); ++thread) {
        // In this thread, later, where there can be no other one.
        others.push_back(std::async([&take, thread] { take(thread); }));
    }
    take(0);
    for (std::future<void>& other : others) other.get();
}

}  // namespace ttmem::ledger
