#include "adapters/preload/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <ttmem/ttmem.h>

#include "adapters/preload/live_state.h"

void note(const char* text) { ttmem_note(ttmem_intern(text), 0); }

void note_incomplete(const char* text) {
    ttmem_note(ttmem_intern(text), TTMEM_NOTE_INCOMPLETE);
    not_recorded();
}

void note_runtime(const struct judgement* j) {
    char text[256];
    const char* id = j->build_id[0] != '\0' ? j->build_id : "none";
    const char* judged = j->version != NULL ? "known" : j->followed ? "not known, judged by its code" : "not followed";
    snprintf(text, sizeof text, "tt-metal%s%s (build %.16s), %s", j->version != NULL ? " " : "",
             j->version != NULL ? j->version : "", id, judged);
    ttmem_note(ttmem_intern(text), TTMEM_NOTE_RUNTIME);
    const char* mock = getenv("TTMEM_MOCK");
    if (mock != NULL) {
        snprintf(text, sizeof text,
                 "on a mock of %.100s: kernel binaries count as 2 KiB each, dispatch and fabric not at all, and no "
                 "result is real",
                 mock);
        note(text);
    }
    if (!j->followed) {
        snprintf(text, sizeof text, "nothing of this tt-metal is tracked: %.180s", j->reason);
        note_incomplete(text);
    } else if (!j->programs || !j->traces) {
        snprintf(text, sizeof text, "%s of this tt-metal are not tracked: %.170s",
                 j->programs ? "traces"
                 : j->traces ? "programs"
                             : "programs and traces",
                 j->reason);
        note_incomplete(text);
    }
    if (j->hides_scratchpads)
        note_incomplete("scratchpads of programs are not seen in this tt-metal: their L1 is not in the figures");
}
