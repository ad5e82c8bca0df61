#include "adapters/preload/chips.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/preload/forks.h"
#include "adapters/preload/notes.h"
#include "adapters/preload/runtime.h"
#include "adapters/preload/unwinding.h"

// ---- unique ids: tt-metal's cluster descriptor tells them --------------------------------------------------------

static uint32_t* id_lock;  // in wiped memory
static struct chip_id {
    int32_t logical;
    uint64_t unique;
} * known_ids;
static size_t known_count;

bool chips_begin(void) {
    if (id_lock == NULL) id_lock = wiped_memory(sizeof *id_lock);
    return id_lock != NULL;
}

static void keep_id(int32_t logical, uint64_t unique) {
    for (size_t i = 0; i < known_count; i++) {
        if (known_ids[i].logical == logical) {
            known_ids[i].unique = unique;
            return;
        }
    }
    struct chip_id* larger = realloc(known_ids, (known_count + 1) * sizeof *larger);
    if (larger == NULL) return;
    known_ids = larger;
    known_ids[known_count++] = (struct chip_id){logical, unique};
}

// ClusterDescriptor::get_chip_unique_ids(): const std::unordered_map<int, uint64_t>&. It is read now: the descriptor
// may be gone when a mesh is opened.
void on_chip_unique_ids(struct registers* r) {
    struct node {
        const struct node* next;
        int32_t key;
        uint64_t value;
    };
    const char* (*original)(const void*) = (const char* (*)(const void*))hook_originals[HOOK_chip_unique_ids];
    if (original == NULL) return;
    const char* map = original((const void*)r->argument[0]);
    const struct node* node;
    memcpy(&node, map + 16, sizeof node);
    lock(id_lock);
    for (; node != NULL; node = node->next) keep_id(node->key, node->value);
    unlock(id_lock);
}

static bool find_id(uint32_t logical, uint64_t* unique) {
    bool found = false;
    lock(id_lock);
    for (size_t i = 0; i < known_count; i++) {
        if (known_ids[i].logical == (int32_t)logical) {
            *unique = known_ids[i].unique;
            found = true;
        }
    }
    unlock(id_lock);
    return found;
}

static void* context_of_runtime(void) {
    const int32_t kMostContexts = 32;
    if (runtime.context_66 != NULL) return runtime.context_66();
    if (runtime.context_81 == NULL || runtime.context_exists == NULL) return NULL;
    for (int32_t id = 0; id < kMostContexts; id++) {
        if (runtime.context_exists(id) != 0) return runtime.context_81(id);
    }
    return NULL;
}

// Guarded. Attached late, the ids were told before this library came. Where a chip sits is part of its unique id: the
// cluster asks its descriptor for that, and so passes on_chip_unique_ids().
static void ask_for_ids(struct registers* r) {
    if (runtime.context_cluster == NULL || runtime.cluster_position == NULL) return;
    void* context = context_of_runtime();
    if (context != NULL) runtime.cluster_position(runtime.context_cluster(context), (int32_t)r->argument[0]);
}

static uint64_t unique_id_of(uint32_t logical) {
    uint64_t unique = 0;
    if (find_id(logical, &unique)) return unique;
    if (runtime.adopts) run_guarded(ask_for_ids, logical, 0);
    if (find_id(logical, &unique)) return unique;
    note(
        "the runtime did not tell the unique ids of its chips: their numbers in this process stand for them, and "
        "beside other processes a chip may appear twice");
    return UINT64_C(1) << 63 | logical;
}

// ---- a mesh's chips ----------------------------------------------------------------------------------------------

static void read_shape(struct device* mesh) {
    // MeshShape begins with a small vector of uint32_t: where they are, and how many. Up to 0.66 there are at least
    // four, ones in front.
    struct {
        const uint32_t* values;
        uint32_t count;
    } shape;
    mesh->rows = mesh->columns = 0;
    memcpy(&shape, runtime.mesh_shape(mesh->pointer), sizeof shape);
    enum { kMostDimensions = 8 };
    if (shape.count < 2 || shape.count > kMostDimensions) return;
    for (uint32_t i = 0; i + 2 < shape.count; i++) {
        if (shape.values[i] != 1) return;
    }
    const uint32_t rows = shape.values[shape.count - 2], columns = shape.values[shape.count - 1];
    if ((uint64_t)rows * columns != mesh->chip_count) return;
    mesh->rows = rows;
    mesh->columns = columns;
}

bool read_chips(struct device* mesh) {
    struct vector ids = {0}, devices = {0};
    call_returning(&ids, runtime.mesh_device_ids, mesh->pointer, NULL);
    call_returning(&devices, runtime.mesh_devices, mesh->pointer, NULL);
    const size_t count = (size_t)(ids.end - ids.begin) / sizeof(int32_t);
    const bool fits = count > 0 && (size_t)(devices.end - devices.begin) / sizeof(void*) == count;
    uint64_t* chip_ids = realloc(mesh->chip_ids, count * sizeof *chip_ids + 1);
    if (chip_ids != NULL) mesh->chip_ids = chip_ids;
    uint32_t* logical_ids = realloc(mesh->logical_ids, count * sizeof *logical_ids + 1);
    if (logical_ids != NULL) mesh->logical_ids = logical_ids;
    const void** chips = realloc(mesh->chips, count * sizeof *chips + 1);
    if (chips != NULL) mesh->chips = chips;
    const bool read = fits && chip_ids != NULL && logical_ids != NULL && chips != NULL;
    mesh->chip_count = read ? (uint32_t)count : 0;
    for (size_t i = 0; read && i < count; i++) {
        memcpy(&logical_ids[i], ids.begin + i * sizeof(int32_t), sizeof(int32_t));
        memcpy(&chips[i], devices.begin + i * sizeof(void*), sizeof(void*));
        chip_ids[i] = unique_id_of(logical_ids[i]);
    }
    if (runtime.operator_delete != NULL) {
        if (ids.begin != NULL) runtime.operator_delete((void*)ids.begin);
        if (devices.begin != NULL) runtime.operator_delete((void*)devices.begin);
    }
    if (read) read_shape(mesh);
    return read;
}

static const char* name_of_architecture(uint32_t architecture) {
    static const char* const kNames[] = {"invalid", "grayskull", "wormhole_b0", "blackhole", "quasar"};
    return architecture < sizeof kNames / sizeof *kNames ? kNames[architecture] : "unknown";
}

void register_chips(struct device* mesh) {
    const uint32_t kL1 = 0, kDram = 1;  // HalMemType
    ttmem_chip_info chip = {.arch = name_of_architecture(runtime.mesh_arch(mesh->pointer)),
                            .l1_bytes_per_core = runtime.mesh_l1_size(mesh->pointer),
                            .l1_base = runtime.allocator_base(mesh->allocator, &kL1)};
    const uint64_t dram_base = runtime.allocator_base(mesh->allocator, &kDram);
    if (dram_base <= UINT32_MAX) chip.dram_base = (uint32_t)dram_base;
    const struct grid grid = runtime.mesh_grid(mesh->pointer);
    chip.grid_x = (uint32_t)grid.x;
    chip.grid_y = (uint32_t)grid.y;
    for (uint32_t pool = 0; pool < TTMEM_POOLS; pool++) {
        if (pool == TTMEM_POOL_SYSTEM) continue;  // no bank of a chip
        const uint64_t bytes = runtime.allocator_bank_size(mesh->allocator, &pool);
        mesh->banks[pool] = runtime.allocator_banks(mesh->allocator, &pool);
        chip.pools[pool].banks = bytes != 0 ? mesh->banks[pool] : 0;
        chip.pools[pool].bytes_per_bank = bytes;
    }
    for (uint32_t i = 0; i < mesh->chip_count; i++) {
        chip.chip_id = mesh->chip_ids[i];
        chip.logical_id = mesh->logical_ids[i];
        ttmem_register_chip(&chip);
    }
}
