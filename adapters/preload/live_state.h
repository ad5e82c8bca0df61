// One number for all that is live: what ttmem_preload_live_state() returns (marks.h). Any thread may call these.
#ifndef TTMEM_PRELOAD_LIVE_STATE_H
#define TTMEM_PRELOAD_LIVE_STATE_H

#include <stdint.h>

// From here on all that is live is told.
void live_state_begin(void);

void now_live(uint64_t handle);
void live_no_more(uint64_t handle);

// Something was not recorded: the number is never again what it was.
void not_recorded(void);

#endif
