/* Plays a program of calls of the public API, in the order of its lines, each in the thread that the line names.
 *
 *     oracle-player FILE [in-turn]  a line: THREAD CALL ARGUMENT...; numbers name the chips, places and handles of the
 * file
 *
 * `sync` says "sync" on stdout and waits for a line on stdin: what the model knows at this line can be compared then.
 * `in-turn`: a thread goes on in another tick of the kernel's clock than the one before it, so that times tell their
 * order. At the beginning it says "threads PID TID...". What it plays, and what is true of it: model.py. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ttmem/ttmem.h"

enum { kThreads = 8, kPlaces = 256, kHandles = 1 << 16, kWords = 4096, kTurn = 80000 };

static ttmem_place places[kPlaces];
static ttmem_handle handles[kHandles];

static char* words[kWords];
static int count, next_word;

struct worker {
    pthread_t thread;
    sem_t turn, done;
    long tid;
};
static struct worker workers[kThreads];

static const char* word(void) { return next_word < count ? words[next_word++] : ""; }
static uint64_t number(void) { return strtoull(word(), NULL, 0); }
static ttmem_text text(void) {
    const char* said = word();
    return strcmp(said, "-") == 0 ? 0 : ttmem_intern(said);
}
static ttmem_place place(void) { return places[number() % kPlaces]; }
static ttmem_handle* handle(void) { return &handles[number() % kHandles]; }

static void chip(void) {
    ttmem_chip_info info = {0};
    info.chip_id = number();
    info.logical_id = (uint32_t)number();
    info.arch = word();
    for (int pool = 0; pool < TTMEM_POOLS; ++pool) {
        info.pools[pool].banks = (uint32_t)number();
        info.pools[pool].bytes_per_bank = number();
    }
    info.grid_x = (uint32_t)number();
    info.grid_y = (uint32_t)number();
    info.l1_bytes_per_core = number();
    info.l1_base = number();
    ttmem_register_chip(&info);
}

static void register_place(void) {
    uint64_t chips[64];
    const uint64_t index = number();
    ttmem_place_info info = {0};
    info.kind = (uint32_t)number();
    info.number = (uint32_t)number();
    const char* parent = word();
    info.parent = strcmp(parent, "-") == 0 ? 0 : places[strtoul(parent, NULL, 0)];
    info.chip_count = (uint32_t)number();
    for (uint32_t i = 0; i < info.chip_count && i < 64; ++i) chips[i] = number();
    info.chip_ids = chips;
    places[index % kPlaces] = ttmem_register_place(&info);
}

static ttmem_allocation allocation(void) {
    ttmem_allocation made = {0};
    made.place = place();
    made.pool = (uint8_t)number();
    made.kind = (uint8_t)number();
    made.flags = (uint8_t)number();
    made.address = number();
    made.requested_bytes = number();
    made.bytes_per_bank = number();
    made.banks = (uint16_t)number();
    made.data_banks = (uint16_t)number();
    made.page_bytes = (uint32_t)number();
    made.unique_id = number();
    const char* holder = word();
    made.holder = strcmp(holder, "-") == 0 ? 0 : handles[strtoul(holder, NULL, 0) % kHandles];
    return made;
}

static void failure(void) {
    ttmem_failure told = {0};
    told.place = place();
    told.kind = (uint8_t)number();
    told.pool = (uint8_t)number();
    told.banks = (uint16_t)number();
    told.requested_bytes = number();
    told.bytes_per_bank = number();
    told.bank_bytes = number();
    told.allocated_per_bank = number();
    told.free_per_bank = number();
    told.largest_free_per_bank = number();
    ttmem_record_failure(&told);
}

static void plan(void) {
    static ttmem_core_range ranges[64 * 16];
    ttmem_circular_buffer buffers[64];
    const ttmem_handle program = *handle();
    const ttmem_place where = place();
    const uint32_t wanted = (uint32_t)number();
    uint32_t used = 0;
    for (uint32_t i = 0; i < wanted && i < 64; ++i) {
        buffers[i] = (ttmem_circular_buffer){0};
        buffers[i].index = (uint8_t)number();
        buffers[i].flags = (uint8_t)number();
        buffers[i].address = number();
        buffers[i].bytes = number();
        buffers[i].range_count = (uint16_t)number();
        buffers[i].ranges = &ranges[used];
        for (int range = 0; range < buffers[i].range_count; ++range, ++used) {
            ranges[used].x0 = (uint8_t)number();
            ranges[used].y0 = (uint8_t)number();
            ranges[used].x1 = (uint8_t)number();
            ranges[used].y1 = (uint8_t)number();
        }
    }
    ttmem_program_planned(program, where, buffers, wanted);
}

static int is(const char* call, const char* name) { return strcmp(call, name) == 0; }

/* Calls of handles. Each argument is read in a statement of its own: arguments of a call have no order. */
static int play_handles(const char* call) {
    if (is(call, "alloc")) {
        ttmem_handle* made = handle();
        const ttmem_allocation told = allocation();
        *made = ttmem_record_alloc(&told);
    } else if (is(call, "free")) {
        ttmem_record_free(*handle());
    } else if (is(call, "free_number")) {
        ttmem_record_free(number());
    } else if (is(call, "persistent")) {
        ttmem_mark_persistent(*handle());
    } else if (is(call, "program")) {
        ttmem_handle* made = handle();
        const ttmem_text name = text();
        *made = ttmem_program_created(name, number());
    } else if (is(call, "plan")) {
        plan();
    } else if (is(call, "dispatch")) {
        const ttmem_handle program = *handle();
        ttmem_program_dispatched(program, place());
    } else if (is(call, "cbs_freed")) {
        ttmem_program_cbs_freed(*handle());
    } else if (is(call, "destroy")) {
        ttmem_program_destroyed(*handle());
    } else if (is(call, "trace_end")) {
        ttmem_handle* made = handle();
        const ttmem_text name = text();
        *made = ttmem_trace_end(name, number());
    } else if (is(call, "replay")) {
        ttmem_trace_replayed(*handle());
    } else if (is(call, "release")) {
        ttmem_trace_released(*handle());
    } else {
        return 0;
    }
    return 1;
}

static int play_others(const char* call) {
    if (is(call, "chip")) {
        chip();
    } else if (is(call, "place")) {
        register_place();
    } else if (is(call, "open")) {
        ttmem_open(place());
    } else if (is(call, "close")) {
        ttmem_close(place());
    } else if (is(call, "free_at")) {
        const ttmem_place where = place();
        const uint64_t pool = number();
        ttmem_record_free_at(where, (ttmem_pool)pool, number());
    } else if (is(call, "view")) {
        const ttmem_allocation told = allocation();
        ttmem_record_view(&told);
    } else if (is(call, "failure")) {
        failure();
    } else if (is(call, "op_begin")) {
        ttmem_op_begin(text());
    } else if (is(call, "op_end")) {
        ttmem_op_end();
    } else if (is(call, "tag")) {
        ttmem_set_tag(text());
    } else if (is(call, "iteration_begin")) {
        ttmem_iteration_begin(text());
    } else if (is(call, "iteration_end")) {
        ttmem_iteration_end();
    } else if (is(call, "trace_begin")) {
        ttmem_trace_begin(place());
    } else if (is(call, "level")) {
        ttmem_set_level((ttmem_level)number());
    } else {
        return 0;
    }
    return 1;
}

static void* work(void* argument) {
    struct worker* self = argument;
    self->tid = syscall(SYS_gettid);
    for (sem_post(&self->done);; sem_post(&self->done)) {
        sem_wait(&self->turn);
        const char* call = word();
        if (!play_handles(call) && !play_others(call)) {
            fprintf(stderr, "oracle-player: there is no call `%s`\n", call);
            _exit(2);
        }
    }
    return NULL;
}

static void split(char* line) {
    char* rest = NULL;
    count = next_word = 0;
    for (char* at = strtok_r(line, " \n", &rest); at != NULL && count < kWords; at = strtok_r(NULL, " \n", &rest)) {
        words[count++] = at;
    }
}

static void sync_here(void) {
    char answer[16];
    puts("sync");
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) == NULL) _exit(3);
}

int main(int argc, char** argv) {
    FILE* file = argc >= 2 ? fopen(argv[1], "r") : NULL;
    const int in_turn = argc == 3 && is(argv[2], "in-turn");
    if (file == NULL) return 2;
    printf("threads %ld", (long)getpid());
    for (int i = 0; i < kThreads; ++i) {
        sem_init(&workers[i].turn, 0, 0);
        sem_init(&workers[i].done, 0, 0);
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 2;
        sem_wait(&workers[i].done);
        printf(" %ld", workers[i].tid);
    }
    puts("");
    fflush(stdout);
    char* line = NULL;
    size_t room = 0;
    struct worker* worker = NULL;
    while (getline(&line, &room, file) > 0) {
        split(line);
        if (count == 0) continue;
        if (is(words[0], "sync")) {
            sync_here();
            continue;
        }
        struct worker *last = worker, *next = &workers[number() % kThreads];
        if (in_turn && last != NULL && last != next) usleep(kTurn);
        worker = next;
        sem_post(&worker->turn);
        sem_wait(&worker->done);
    }
    free(line);
    fclose(file);
    return 0;
}
