// The regions of programs and traces, as one: whether a ledger has them, and what is forgotten in them with a session.
#pragma once

#include "src/client/plans/session_marks.h"

namespace ttmem::client {

// Sees to it that the ledger has them. False when there is no memory for them. Requires: the plans' lock.
bool prepare_program_tables();

// A new ledger: there are none. Requires: nobody knows it yet.
void reset_program_tables();

// What was planned in the sessions that are marked with kForget is forgotten; those of which there was something get
// kHadPairs. Requires: the book's lock, they are closed.
void forget_plans(SessionMarks& marks);
// Marks the sessions in which programs have plans or have left some behind, and in which living traces were captured.
void mark_planned_sessions(SessionMarks& marks);

}  // namespace ttmem::client
