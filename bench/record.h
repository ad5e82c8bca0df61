// The benchmarks of recording: see record.cc and program.cc.
#pragma once

namespace ttmem::bench {

void add_record_benchmarks();
void add_program_benchmarks();
void add_part_benchmarks();
void add_peer_benchmarks();

}  // namespace ttmem::bench
