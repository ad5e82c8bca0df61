// Programs: their lives, their circular buffers, and what is dispatched where.
//
// A program is a slot without bytes: `where` holds its unique id 48 | 0, `who` owner 32 | text of its name 32,
// `requested` the newest ticket at its creation; its session is 0 and its pool kNoPool.
#pragma once

#include "include/ttmem/ttmem.h"
#include "src/client/process/lock.h"
#include "src/client/tables/session_marks.h"
#include "src/client/threads/thread.h"

namespace ttmem::client {

ttmem_handle program_created(ttmem_text name, uint64_t unique_id);
ttmem_result program_planned(ttmem_handle program, ttmem_place place, const ttmem_circular_buffer* buffers,
                             uint32_t count);
ttmem_result program_dispatched(ttmem_handle program, ttmem_place place);
ttmem_result program_cbs_freed(ttmem_handle program);
ttmem_result program_destroyed(ttmem_handle program);
ttmem_result program_cache_cleared(ttmem_place place);

// The pair that the next dispatch of a program at a place is of: puts a plan that waits in force, and follows a place
// that was opened again. 0 without circular buffers there. Takes the plans' lock if there is something to be done.
uint32_t pair_to_dispatch(Thread& thread, uint64_t program, ttmem_place place, bool& changes);
// After that dispatch, if it `changes` the plan.
void settle_plan(uint64_t program, ttmem_place place, uint32_t pair);

// Sees to it that the ledger has its regions of programs and traces. False when there is no memory for them.
// Requires: the plans' lock.
bool prepare_program_tables();

// A new ledger: there are no programs. Requires: nobody knows it yet.
void reset_programs();

// What was planned in the sessions that are marked with kForget is forgotten; those of which there was something get
// kHadPairs. Requires: the book's lock, they are closed.
void forget_programs(SessionMarks& marks);
// Marks the sessions in which programs have plans or have left some behind, and in which living traces were captured.
void mark_planned_sessions(SessionMarks& marks);

}  // namespace ttmem::client
