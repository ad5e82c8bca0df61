// Timing for all benchmarks here: a batch of operations on one or two pinned threads, per operation of one thread.
//
// Google Benchmark repeats and interleaves; the figure that counts is the counter `ns`, so that one-thread and
// two-thread figures mean the same: how long a thread takes for one operation. Work that never blocks is timed with the
// thread's processor time, which on an idle machine is the same as the wall clock and suffers less on a busy one.
#pragma once

#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace ttmem::bench {

// The processors that this process was allowed at its start.
inline const std::vector<int>& processors() {
    static const std::vector<int> found = [] {
        cpu_set_t set;
        CPU_ZERO(&set);
        sched_getaffinity(0, sizeof set, &set);
        std::vector<int> numbers;
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &set)) numbers.push_back(cpu);
        }
        return numbers;
    }();
    return found;
}

inline void pin(size_t index) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processors()[index % processors().size()], &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

enum class Timer : clockid_t {
    kProcessor = CLOCK_THREAD_CPUTIME_ID,  // for work that never waits for anybody
    kWall = CLOCK_MONOTONIC,
};

inline double now_ns(Timer timer) {
    timespec time{};
    clock_gettime(static_cast<clockid_t>(timer), &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Runs `work(thread, operations)` on each of `threads` pinned threads at the same time; gives the mean over threads of
// their time per operation. One thread: the calling one.
template <class Work>
double time_threads(Timer timer, int threads, uint64_t operations, const Work& work) {
    if (threads == 1) {
        pin(0);
        work(0, operations / 16);  // warm
        const double begin = now_ns(timer);
        work(0, operations);
        return (now_ns(timer) - begin) / static_cast<double>(operations);
    }
    std::atomic<int> ready{0};
    std::vector<double> took(threads);
    std::vector<std::thread> running;
    for (int thread = 0; thread < threads; ++thread) {
        running.emplace_back([&, thread] {
            pin(thread);
            work(thread, operations / 16);
            ready.fetch_add(1);
            while (ready.load() < threads) __builtin_ia32_pause();
            const double begin = now_ns(timer);
            work(thread, operations);
            took[thread] = (now_ns(timer) - begin) / static_cast<double>(operations);
        });
    }
    double sum = 0;
    for (int thread = 0; thread < threads; ++thread) {
        running[thread].join();
        sum += took[thread];
    }
    return sum / threads;
}

// The body of a benchmark: see time_threads().
template <class Work>
void measure(benchmark::State& state, int threads, uint64_t operations, const Work& work,
             Timer timer = Timer::kProcessor) {
    if (processors().size() < static_cast<size_t>(threads)) {
        state.SkipWithError("needs a processor per thread");
        return;
    }
    double sum = 0;
    uint64_t rounds = 0;
    for (auto _ : state) {
        const double ns = time_threads(timer, threads, operations, work);
        state.SetIterationTime(ns * 1e-9 * static_cast<double>(operations));
        sum += ns;
        ++rounds;
    }
    state.counters["ns"] = rounds == 0 ? 0 : sum / static_cast<double>(rounds);
}

// Registers a benchmark whose batches are timed by itself.
template <class Function>
void add(const char* name, Function function) {
    benchmark::RegisterBenchmark(name, function)->UseManualTime()->Iterations(3)->Unit(benchmark::kMillisecond);
}

}  // namespace ttmem::bench
