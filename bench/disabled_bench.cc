// The disabled call: what an application pays that was built with ttmem and runs with the level off.
// Run it with TTMEM_LEVEL=off, as bench/run does.
#include "bench/measure.h"
#include "ttmem/ttmem.h"

extern "C" uint64_t bench_empty_call(const void* argument);

namespace {

constexpr uint64_t kCalls = 4'000'000;

__attribute__((noinline)) uint64_t empty_function(const void* argument) {
    asm volatile("" : : "r"(argument) : "memory");
    return 0;
}

void empty_inline(benchmark::State& state) {
    ttmem::bench::measure(state, 1, kCalls, [](int, uint64_t count) {
        for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(empty_function(&i));
    });
}

void empty_library(benchmark::State& state) {
    ttmem::bench::measure(state, 1, kCalls, [](int, uint64_t count) {
        for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(bench_empty_call(&i));
    });
}

void disabled_alloc(benchmark::State& state) {
    if (ttmem_get_level() != TTMEM_LEVEL_OFF) return state.SkipWithError("set TTMEM_LEVEL=off");
    ttmem_allocation allocation{};
    ttmem::bench::measure(state, 1, kCalls, [&](int, uint64_t count) {
        for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(ttmem_record_alloc(&allocation));
    });
}

void disabled_free(benchmark::State& state) {
    if (ttmem_get_level() != TTMEM_LEVEL_OFF) return state.SkipWithError("set TTMEM_LEVEL=off");
    ttmem::bench::measure(state, 1, kCalls, [](int, uint64_t count) {
        for (uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(ttmem_record_free(i));
    });
}

}  // namespace

int main(int argc, char** argv) {
    ttmem::bench::add("call/empty_function", empty_inline);
    ttmem::bench::add("call/empty_library", empty_library);
    ttmem::bench::add("call/disabled_alloc", disabled_alloc);
    ttmem::bench::add("call/disabled_free", disabled_free);
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
