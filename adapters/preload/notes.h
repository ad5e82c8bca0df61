// What this library says of itself beside the figures: at most once each, in the words of ttmem_note().
#ifndef TTMEM_PRELOAD_NOTES_H
#define TTMEM_PRELOAD_NOTES_H

#include "adapters/preload/judge.h"

// Figures of this process may be off or absent because of it.
void note_incomplete(const char* text);

// Something that people should know, with all figures right.
void note(const char* text);

// Names the build, whether it is known, and what of it is not followed.
void note_runtime(const struct judgement* judgement);

#endif
