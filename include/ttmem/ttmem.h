/* ttmem: what a runtime tells about the device memory it hands out. SPDX-License-Identifier: Apache-2.0
 *
 * Link libttmem, describe the chips and places once, then report every allocation and free. What is reported goes to
 * a ledger, a shared-memory file of this process alone, which `ttmem` reads at any time, also after this process died.
 *
 * Promises, for every function here:
 *  - it never blocks, throws, prints, aborts or sends a signal, and leaves errno as it was. What cannot be recorded is
 *    counted in the ledger and shown by every view;
 *  - it may be called from any thread, from static destructors and atexit handlers. A call from a signal handler that
 *    interrupted another call of this library is not recorded, and counted. A forked child has a ledger of its own;
 *  - the calls marked HOT take no lock and no memory and make no system call once their thread has made its first.
 *    The others may take a lock of this process for a moment;
 *  - texts and arrays are copied: nothing that the caller owns is kept;
 *  - with the level `off` every call returns at once.
 *
 * Environment, read once when the library is loaded: TTMEM_LEVEL (off, counts, events, stacks),
 * TT_ALLOC_TRACKING_ENABLED (1 means events), TTMEM_DIR, TTMEM_LEDGER_SLOTS, TTMEM_HISTORY_BYTES, TTMEM_RUN,
 * TTMEM_RUN_DIR, and TTMEM_ITERATIONS_BY: the name of an operation. Each of its begins that is in no other of that name
 * ends the last iteration of this kind in its thread and begins the next; a thread inside iterations of its own keeps
 * to these. */
#ifndef TTMEM_TTMEM_H
#define TTMEM_TTMEM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TTMEM_VERSION_MAJOR 0
#define TTMEM_VERSION_MINOR 1

#if defined(__GNUC__)
#define TTMEM_API __attribute__((visibility("default")))
#else
#define TTMEM_API
#endif

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* A live allocation, program or trace of this process. 0: not recorded; every call accepts and ignores it. A handle
 * that a forked child inherited never matches anything in the child. */
typedef uint64_t ttmem_handle;

/* A registered place. 0: none. */
typedef uint32_t ttmem_place;

/* An interned text. 0: none. */
typedef uint32_t ttmem_text;

/* A call stack: a function that is running, and the stack that called it. 0: none. */
typedef uint32_t ttmem_stack;

/* What became of a call. None of them needs handling: the ledger has counted it. */
typedef enum ttmem_result {
    TTMEM_OK = 0,
    TTMEM_OFF = 1,         /* the level is off */
    TTMEM_NOT_TRACKED = 2, /* no ledger: no shared memory, no permission, no room (see `ttmem doctor`) */
    TTMEM_INVALID = 3,     /* an argument is out of its range */
    TTMEM_FULL = 4,        /* the ledger has no room for this */
    TTMEM_UNKNOWN = 5      /* a handle, place or address that is not live */
} ttmem_result;

/* How much is recorded. */
typedef enum ttmem_level {
    TTMEM_LEVEL_OFF = 0,    /* nothing; decided at load and final */
    TTMEM_LEVEL_COUNTS = 1, /* what is live, and peaks */
    TTMEM_LEVEL_EVENTS = 2, /* and the history of every thread, the newest part of it */
    TTMEM_LEVEL_STACKS = 3  /* and the call stack of each allocation, where its adapter tells it */
} ttmem_level;

/* The memory pools of a chip, numbered as tt-metal's BufferType. They are disjoint: their sums are valid. */
typedef enum ttmem_pool {
    TTMEM_POOL_DRAM = 0,
    TTMEM_POOL_L1 = 1,
    TTMEM_POOL_SYSTEM = 2, /* pinned memory of the host */
    TTMEM_POOL_L1_SMALL = 3,
    TTMEM_POOL_TRACE = 4
} ttmem_pool;
#define TTMEM_POOLS 5

typedef enum ttmem_class {
    TTMEM_CLASS_UNKNOWN = 0,
    TTMEM_CLASS_TENSOR = 1,
    TTMEM_CLASS_PROGRAM = 2, /* kernel binaries */
    TTMEM_CLASS_TRACE = 3,   /* a captured trace's commands */
    TTMEM_CLASS_RUNTIME = 4  /* the runtime's own: semaphores, command queues, fabric */
} ttmem_class;

/* ---- the library ------------------------------------------------------------------------------------------------- */

/* TTMEM_VERSION_MAJOR * 1000 + TTMEM_VERSION_MINOR of the library that is loaded. */
TTMEM_API uint32_t ttmem_version(void);

TTMEM_API ttmem_level ttmem_get_level(void);

/* Switches between counts, events and stacks; what history lacks meanwhile is a declared gap.
 * TTMEM_INVALID to or from off. */
TTMEM_API ttmem_result ttmem_set_level(ttmem_level level);

/* The number of a text, the same for the same text; at most 255 bytes are kept. 0 for NULL, "" and when the table is
 * full, which the ledger counts. Never call it per allocation: keep the number. */
TTMEM_API ttmem_text ttmem_intern(const char* text);

/* The number of the call stack in which this line of this file, in `function`, was called from the stack `caller`; the
 * same for the same. At most 255 bytes are kept: the last ones of `file`, the first ones of `function`, which may be
 * NULL. 0 without a file, and when the table is full, which the ledger counts: the last quarter of the texts' room is
 * for other texts. Keep the number. */
TTMEM_API ttmem_stack ttmem_intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function);

#define TTMEM_NOTE_INCOMPLETE 1u /* figures of this process may be off or absent because of it */
#define TTMEM_NOTE_RUNTIME 2u    /* names the runtime that is followed: "tt-metal 0.81.1, known" */

/* A sentence for people, shown wherever this process is. Each text counts once per process; at most 32 are kept, and
 * that there were more is told. A forked child inherits those that name the runtime, and no others. */
TTMEM_API ttmem_result ttmem_note(ttmem_text text, uint32_t flags);

/* ---- chips and places -------------------------------------------------------------------------------------------- */

/* A pool of one chip as the runtime's allocator has it: capacity is banks * bytes_per_bank. banks 0: no such pool. */
typedef struct ttmem_pool_info {
    uint32_t banks;
    uint32_t reserved;       /* 0 */
    uint64_t bytes_per_bank; /* allocatable bytes of each bank: DRAM less the trace region */
} ttmem_pool_info;

/* One physical accelerator. All figures come from the runtime, never from a table of ours: they move between releases.
 */
typedef struct ttmem_chip_info {
    uint64_t chip_id;    /* UMD's chip_unique_id: stable, the same in every process */
    uint32_t logical_id; /* the runtime's device number in this process */
    uint32_t dram_base;  /* where allocations may begin in a bank of DRAM; 0: not known */
    const char* arch;    /* "wormhole_b0", "blackhole" */
    ttmem_pool_info pools[TTMEM_POOLS];
    uint32_t grid_x, grid_y;    /* compute cores */
    uint64_t l1_bytes_per_core; /* all of a core's L1 */
    uint64_t l1_base;           /* where circular buffers and L1 allocations may begin */
} ttmem_chip_info;

/* Registers a chip, or brings its description up to date. At most 64 chips. */
TTMEM_API ttmem_result ttmem_register_chip(const ttmem_chip_info* chip);

typedef enum ttmem_place_kind {
    TTMEM_PLACE_CHIP = 1,
    TTMEM_PLACE_MESH = 2,
    TTMEM_PLACE_MESH_PART = 3 /* the part of a mesh that one program of a workload runs on */
} ttmem_place_kind;

/* A set of chips that are used together. */
typedef struct ttmem_place_info {
    uint32_t kind;      /* ttmem_place_kind */
    uint32_t number;    /* the runtime's number: of the device for a chip, of the mesh for a mesh. Numbers of different
                           kinds never meet: mesh 0 is not chip 0 */
    ttmem_place parent; /* the mesh of a part; else 0 */
    uint32_t chip_count;
    const uint64_t* chip_ids; /* registered chips */
    const char* name;         /* for people; may be NULL */
} ttmem_place_info;

/* The place with this kind, number, parent and chips; registering it again returns the same place.
 * 0 when a chip is unknown or the table is full. */
TTMEM_API ttmem_place ttmem_register_place(const ttmem_place_info* place);

/* A session of a place begins. Recording at a place that is not open opens it. */
TTMEM_API ttmem_result ttmem_open(ttmem_place place);

/* The session ends: what is still live at this place and at its parts is released by the close, and nothing else is.
 * A free that comes later is harmless. */
TTMEM_API ttmem_result ttmem_close(ttmem_place place);

/* ---- allocations ------------------------------------------------------------------------------------------------- */

#define TTMEM_PERSISTENT 1u /* weights, caches: meant to outlive iterations */
#define TTMEM_BY_ADDRESS 2u /* will be freed by ttmem_record_free_at(); costs an index entry */

/* One allocation, on every chip of its place at the same address. */
typedef struct ttmem_allocation {
    ttmem_place place;
    uint8_t pool;             /* ttmem_pool */
    uint8_t kind;             /* ttmem_class */
    uint8_t flags;            /* TTMEM_PERSISTENT, TTMEM_BY_ADDRESS */
    uint8_t reserved;         /* 0 */
    uint64_t address;         /* offset in its bank, below 2^40 */
    uint64_t requested_bytes; /* asked for, per chip, below 2^44 */
    uint64_t bytes_per_bank;  /* taken from each bank, aligned, below 2^40 */
    uint16_t banks;           /* banks of the allocator it came from, 1 to 4095: reserved = bytes_per_bank * banks */
    uint16_t data_banks;      /* banks that hold its data, at most `banks` */
    uint32_t page_bytes;      /* 0: unknown */
    uint64_t unique_id;       /* Buffer::unique_id(), below 2^48; 0: unknown */
    ttmem_handle holder;      /* the program or trace that it belongs to; 0: none */
} ttmem_allocation;

/* HOT. Call it after the allocator has returned the memory. 0 when nothing is known of it: its free needs no call. What
 * found no room in the ledger has a handle as well, which names nothing: with its free it is told what is not recorded
 * and may still be live. */
TTMEM_API ttmem_handle ttmem_record_alloc(const ttmem_allocation* allocation);

/* HOT. The same, with the call stack that made it: kept at the level `stacks`, ignored at others. */
TTMEM_API ttmem_handle ttmem_record_alloc_with_stack(const ttmem_allocation* allocation, ttmem_stack stack);

/* An adapter saw an allocation that it could not record: it is counted like one that found no room in the ledger, and
 * its free is not told. place 0: it is not known where. */
TTMEM_API ttmem_result ttmem_count_untracked(ttmem_place place, ttmem_pool pool, uint64_t requested_bytes);

/* HOT. Call it before the allocator takes the memory back. A second free, or one with a handle of a parent process,
 * changes nothing and is counted. */
TTMEM_API ttmem_result ttmem_record_free(ttmem_handle allocation);

/* For runtimes that cannot keep a handle: ends the newest allocation at this place, pool and address that was recorded
 * with TTMEM_BY_ADDRESS. Where several are live this is counted as ambiguous. */
TTMEM_API ttmem_result ttmem_record_free_at(ttmem_place place, ttmem_pool pool, uint64_t address);

/* HOT. A view or alias of memory that another allocation owns: 0 bytes, history only. Its end needs no call. */
TTMEM_API ttmem_result ttmem_record_view(const ttmem_allocation* view);

/* Marks a live allocation as meant to outlive iterations. */
TTMEM_API ttmem_result ttmem_mark_persistent(ttmem_handle allocation);

typedef enum ttmem_failure_kind {
    TTMEM_FAILURE_OUT_OF_MEMORY = 1,
    TTMEM_FAILURE_CB_CLASH = 2, /* a CB region reaches into L1 allocations */
    TTMEM_FAILURE_CB_TOO_LARGE = 3,
    TTMEM_FAILURE_TRACE_REGION = 4
} ttmem_failure_kind;

/* An allocation that failed, in the allocator's own figures. UINT64_MAX: not known. */
typedef struct ttmem_failure {
    ttmem_place place;
    uint8_t kind; /* ttmem_failure_kind */
    uint8_t pool; /* ttmem_pool */
    uint16_t banks;
    uint64_t requested_bytes;
    uint64_t bytes_per_bank; /* asked of each bank; for CBs: where the region ends */
    uint64_t bank_bytes;     /* size of a bank; for a clash: the lowest L1 address in use */
    uint64_t allocated_per_bank;
    uint64_t free_per_bank;
    uint64_t largest_free_per_bank;
} ttmem_failure;

TTMEM_API ttmem_result ttmem_record_failure(const ttmem_failure* failure);

/* ---- who: scopes of the calling thread ----------------------------------------------------------------------------
 */

/* HOT. What is recorded until the matching end belongs to this operation. Scopes nest, 64 deep; what is deeper belongs
 * to the 64th, and that there was such is told. */
TTMEM_API ttmem_result ttmem_op_begin(ttmem_text op);
TTMEM_API ttmem_result ttmem_op_end(void);

/* HOT. A free label ("kv_cache") for what this thread records from now on; 0 removes it. Returns the previous one. */
TTMEM_API ttmem_text ttmem_set_tag(ttmem_text tag);

/* A run, a test, a step: what was allocated in it and still lives after its end is a leak, unless it is persistent or
 * its class is TTMEM_CLASS_PROGRAM or TTMEM_CLASS_TRACE. (Whatever its class, what still lives after its holder's end
 * is a leak.) Iterations nest, 4 deep; an allocation belongs to the innermost of these, and that there were deeper ones
 * is told. */
TTMEM_API ttmem_result ttmem_iteration_begin(ttmem_text name);
TTMEM_API ttmem_result ttmem_iteration_end(void);

/* ---- programs ---------------------------------------------------------------------------------------------------- */

/* A program exists from here until it is destroyed; its binaries name it as `holder`. */
TTMEM_API ttmem_handle ttmem_program_created(ttmem_text name, uint64_t unique_id);

/* Cores from (x0, y0) to (x1, y1), both included, as the runtime numbers them. */
typedef struct ttmem_core_range {
    uint8_t x0, y0, x1, y1;
} ttmem_core_range;

#define TTMEM_CB_ALIASED 1u    /* is in the memory of a tensor (globally allocated): adds 0 bytes */
#define TTMEM_CB_DATAFLOW 2u   /* the runtime calls it a dataflow buffer */
#define TTMEM_CB_SCRATCHPAD 4u /* the runtime calls it a scratchpad; not together with TTMEM_CB_DATAFLOW */

typedef struct ttmem_circular_buffer {
    uint8_t index; /* its number in its program */
    uint8_t flags; /* TTMEM_CB_ALIASED, TTMEM_CB_DATAFLOW or TTMEM_CB_SCRATCHPAD */
    uint16_t range_count;
    uint32_t reserved; /* 0 */
    uint64_t address;  /* in L1, the same on each of its cores, below 2^40; of an aliased one ignored */
    uint64_t bytes;    /* per core, below 2^40 */
    const ttmem_core_range* ranges;
} ttmem_circular_buffer;

/* At this place the program reserves these circular buffers: at most 64, with at most 256 ranges each. Called again for
 * the same program and place, the new plan replaces the old one at the program's next dispatch there; the same plan
 * again changes nothing. A plan is not an allocation: it adds to no pool.
 * TTMEM_INVALID: a figure is out of its range. TTMEM_FULL: the ledger has no room, which every view then says. */
TTMEM_API ttmem_result ttmem_program_planned(ttmem_handle program, ttmem_place place,
                                             const ttmem_circular_buffer* buffers, uint32_t count);

/* HOT. The program is launched at this place: its circular buffers are what is resident on their cores from here on.
 * While this thread captures a trace of the place, the dispatch becomes a part of the trace instead. */
TTMEM_API ttmem_result ttmem_program_dispatched(ttmem_handle program, ttmem_place place);

/* The program gives back its circular buffers, at all of its places at once (deallocate_circular_buffers). */
TTMEM_API ttmem_result ttmem_program_cbs_freed(ttmem_handle program);

/* The program's end. Call ttmem_program_cbs_freed() before it: plans that are still held then are left behind, and
 * reported as leaks of class cb_plan. */
TTMEM_API ttmem_result ttmem_program_destroyed(ttmem_handle program);

/* The program cache of this place was cleared: for the history. The end of each program is told by itself. */
TTMEM_API ttmem_result ttmem_program_cache_cleared(ttmem_place place);

/* ---- traces ------------------------------------------------------------------------------------------------------ */

/* This thread begins to capture a trace of the place: what it dispatches there, or at parts of it, is not launched but
 * kept for replays. TTMEM_INVALID when it captures already. */
TTMEM_API ttmem_result ttmem_trace_begin(ttmem_place place);

/* The capture ends, and the trace exists until it is released; its commands' buffer names it as `holder`. 0 when this
 * thread captures nothing or there is no room. */
TTMEM_API ttmem_handle ttmem_trace_end(ttmem_text name, uint64_t number);

/* HOT. Launches all that was captured, in its order. */
TTMEM_API ttmem_result ttmem_trace_replayed(ttmem_handle trace);

TTMEM_API ttmem_result ttmem_trace_released(ttmem_handle trace);

#ifdef __cplusplus
}
#endif
#endif
