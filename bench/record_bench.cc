// Recording, its parts and its peers in one program, so that they are measured beside each other: bench/run interleaves
// their repetitions.
#include <benchmark/benchmark.h>

#include "bench/measure.h"
#include "bench/record.h"

int main(int argc, char** argv) {
    ttmem::bench::processors();  // before anything is pinned
    ttmem::bench::add_record_benchmarks();
    ttmem::bench::add_program_benchmarks();
    ttmem::bench::add_part_benchmarks();
    ttmem::bench::add_peer_benchmarks();
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
