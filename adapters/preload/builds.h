// The builds of tt-metal that were run and compared figure by figure, by the build id of their libtt_metal.so.
#ifndef TTMEM_PRELOAD_BUILDS_H
#define TTMEM_PRELOAD_BUILDS_H

// The version of a known build, or NULL. `build_id`: lower-case hex.
const char* known_version(const char* build_id);

#endif
