// The names of tt-metal that this library knows: what it hooks, and what it asks. For C and for the assembly of stubs.
//
// HOOKS(BEFORE, AROUND): BEFORE(id, symbol) runs on_<id>() and goes on to the original. AROUND(id, symbol) also runs
// after_<id>() when the original returned or threw; only for functions whose arguments are integers in registers.
//
// Those that open a device do nothing: a program calls them from another library, so that they come here even where
// none of tt-metal's own calls does, and tt-metal is found and judged by then.
//
// What a build must have for its memory to be followed is said in symbols.c.
#ifndef TTMEM_PRELOAD_SYMBOLS_H
#define TTMEM_PRELOAD_SYMBOLS_H

// clang-format off
#define HOOKS(BEFORE, AROUND) \
 BEFORE(open_mesh, _ZN2tt8tt_metal11distributed10MeshDevice6createERKNS1_16MeshDeviceConfigEmmmRKNS0_18DispatchCoreConfigESt4spanIKjLm18446744073709551615EEm) \
 BEFORE(open_unit_mesh, _ZN2tt8tt_metal11distributed10MeshDevice16create_unit_meshEimmmRKNS0_18DispatchCoreConfigESt4spanIKjLm18446744073709551615EEm) \
 BEFORE(open_unit_meshes, _ZN2tt8tt_metal11distributed10MeshDevice18create_unit_meshesERKSt6vectorIiSaIiEEmmmRKNS0_18DispatchCoreConfigESt4spanIKjLm18446744073709551615EEm) \
 BEFORE(open_device_66, _ZN2tt8tt_metal12CreateDeviceEihmmRKNS0_18DispatchCoreConfigERKSt6vectorIjSaIjEEm) \
 BEFORE(open_mesh_81, _ZN2tt8tt_metal8MetalEnv18create_mesh_deviceERKNS0_11distributed16MeshDeviceConfigERKNS0_23CreateMeshDeviceOptionsE) \
 BEFORE(open_unit_mesh_81, _ZN2tt8tt_metal8MetalEnv16create_unit_meshEiRKNS0_23CreateMeshDeviceOptionsE) \
 BEFORE(open_unit_meshes_81, _ZN2tt8tt_metal8MetalEnv18create_unit_meshesESt4spanIKiLm18446744073709551615EERKNS0_23CreateMeshDeviceOptionsE) \
 AROUND(allocate_buffer, _ZN2tt8tt_metal13AllocatorImpl15allocate_bufferEPNS0_6BufferE) \
 BEFORE(track_allocate, _ZN2tt8tt_metal12GraphTracker14track_allocateEPKNS0_6BufferE) \
 AROUND(deallocate_buffer, _ZN2tt8tt_metal13AllocatorImpl17deallocate_bufferEPNS0_6BufferE) \
 BEFORE(deallocate_buffers, _ZN2tt8tt_metal13AllocatorImpl18deallocate_buffersEv) \
 BEFORE(chip_unique_ids, _ZNK2tt3umd17ClusterDescriptor19get_chip_unique_idsEv) \
 BEFORE(mesh_initialize, _ZN2tt8tt_metal11distributed14MeshDeviceImpl15initialize_implEPNS1_10MeshDeviceEhmmmSt4spanIKjLm18446744073709551615EEb) \
 BEFORE(mesh_initialized, _ZN2tt8tt_metal9Inspector23mesh_device_initializedEPKNS0_11distributed14MeshDeviceImplE) \
 AROUND(mesh_close, _ZN2tt8tt_metal11distributed14MeshDeviceImpl10close_implEPNS1_10MeshDeviceE) \
 AROUND(load_sub_devices, _ZN2tt8tt_metal11distributed10MeshDevice23load_sub_device_managerEN4ttsl10StrongTypeImNS0_21SubDeviceManagerIdTagEEE) \
 AROUND(clear_sub_devices, _ZN2tt8tt_metal11distributed10MeshDevice31clear_loaded_sub_device_managerEv) \
 BEFORE(program_created, _ZN2tt8tt_metal9Inspector15program_createdEPKNS0_6detail11ProgramImplE) \
 BEFORE(program_destroyed, _ZN2tt8tt_metal9Inspector17program_destroyedEPKNS0_6detail11ProgramImplE) \
 BEFORE(add_program, _ZN2tt8tt_metal11distributed16MeshWorkloadImpl11add_programERKNS1_19MeshCoordinateRangeEONS0_7ProgramE) \
 AROUND(load_binaries, _ZN2tt8tt_metal11distributed16MeshWorkloadImpl13load_binariesERNS1_16MeshCommandQueueE) \
 AROUND(slow_launch, _ZN2tt8tt_metal11distributed18SDMeshCommandQueue21enqueue_mesh_workloadERNS1_12MeshWorkloadEb) \
 BEFORE(clear_cache, _ZN2tt8tt_metal11distributed10MeshDevice19clear_program_cacheEv) \
 BEFORE(disable_cache, _ZN2tt8tt_metal11distributed10MeshDevice31disable_and_clear_program_cacheEv) \
 BEFORE(plan_circular_buffers, _ZN2tt8tt_metal6detail11ProgramImpl25allocate_circular_buffersEPKNS0_7IDeviceE) \
 BEFORE(plan_dataflow_buffers, _ZN2tt8tt_metal6detail11ProgramImpl25allocate_dataflow_buffersEPKNS0_7IDeviceE) \
 BEFORE(plan_scratchpads, _ZN2tt8tt_metal6detail11ProgramImpl20allocate_scratchpadsEPKNS0_7IDeviceE) \
 BEFORE(circular_buffer, _ZN2tt8tt_metal12GraphTracker17track_allocate_cbERKNS0_12CoreRangeSetEmmbPKNS0_7IDeviceE) \
 BEFORE(scratchpad, _ZN2tt8tt_metal12GraphTracker25track_allocate_scratchpadERKNS0_12CoreRangeSetEmmPKNS0_7IDeviceE) \
 BEFORE(dataflow_address, _ZN2tt8tt_metal6detail11ProgramImpl23CircularBufferAllocator12mark_addressEmmm) \
 AROUND(validate_circular_buffers, _ZN2tt8tt_metal6detail11ProgramImpl31validate_circular_buffer_regionEPKNS0_7IDeviceE) \
 AROUND(validate_dataflow_buffers, _ZN2tt8tt_metal6detail11ProgramImpl31validate_dataflow_buffer_regionEPKNS0_7IDeviceE) \
 BEFORE(persistent_l1, _ZN2tt8tt_metal17PersistentL1Arena8allocateERKNS0_12CoreRangeSetEmm) \
 BEFORE(free_circular_buffers, _ZN2tt8tt_metal6detail11ProgramImpl27deallocate_circular_buffersEv) \
 BEFORE(trace_begin, _ZN2tt8tt_metal11distributed14MeshDeviceImpl16begin_mesh_traceEhRKN4ttsl10StrongTypeIjNS1_14MeshTraceIdTagEEE) \
 AROUND(trace_end, _ZN2tt8tt_metal11distributed14MeshDeviceImpl14end_mesh_traceEhRKN4ttsl10StrongTypeIjNS1_14MeshTraceIdTagEEE) \
 BEFORE(trace_replay, _ZN2tt8tt_metal11distributed14MeshDeviceImpl17replay_mesh_traceEhRKN4ttsl10StrongTypeIjNS1_14MeshTraceIdTagEEEb) \
 AROUND(trace_release, _ZN2tt8tt_metal11distributed14MeshDeviceImpl18release_mesh_traceERKN4ttsl10StrongTypeIjNS1_14MeshTraceIdTagEEE) \
 AROUND(semaphore_66, _ZN2tt8tt_metal15GlobalSemaphoreC1EPNS0_7IDeviceERKNS0_12CoreRangeSetEjNS0_10BufferTypeE) \
 AROUND(semaphore_66_moved, _ZN2tt8tt_metal15GlobalSemaphoreC1EPNS0_7IDeviceEONS0_12CoreRangeSetEjNS0_10BufferTypeE) \
 AROUND(semaphore_81, _ZN2tt8tt_metal15GlobalSemaphoreC1ERNS0_11distributed10MeshDeviceENS0_12CoreRangeSetEjNS0_10BufferTypeE) \
 AROUND(global_buffers_66, _ZN2tt8tt_metal12experimental20GlobalCircularBuffer16setup_cb_buffersENS0_10BufferTypeEj) \
 AROUND(global_buffers_81, _ZN2tt8tt_metal12experimental24GlobalCircularBufferImpl16setup_cb_buffersENS0_10BufferTypeEj)

// ASKED(X): X(field, result, arguments, symbol), functions that are called; those without arguments that return a class by
// value through call_returning().
#define ASKED(X) \
 X(buffer_address, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer7addressEv") \
 X(buffer_size, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer4sizeEv") \
 X(buffer_page_size, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer9page_sizeEv") \
 X(buffer_pages, uint32_t, (const void*), "_ZNK2tt8tt_metal6Buffer9num_pagesEv") \
 X(buffer_per_bank, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer21aligned_size_per_bankEv") \
 X(buffer_unique_id, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer9unique_idEv") \
 X(buffer_type, uint32_t, (const void*), "_ZNK2tt8tt_metal6Buffer11buffer_typeEv") \
 X(buffer_device, void*, (const void*), "_ZNK2tt8tt_metal6Buffer6deviceEv") \
 X(buffer_cores, uint64_t, (const void*), "_ZNK2tt8tt_metal6Buffer9num_coresEv") \
 X(buffer_is_allocated, uint8_t, (const void*), "_ZNK2tt8tt_metal6Buffer12is_allocatedEv") \
 X(buffer_is_per_core, uint8_t, (const void*), "_ZN2tt8tt_metal12experimental19per_core_allocation22is_per_core_allocationERKNS0_6BufferE") \
 X(allocator_banks, uint32_t, (const void*, const uint32_t*), "_ZNK2tt8tt_metal13AllocatorImpl13get_num_banksERKNS0_10BufferTypeE") \
 X(allocator_bank_size, uint64_t, (const void*, const uint32_t*), "_ZNK2tt8tt_metal13AllocatorImpl13get_bank_sizeERKNS0_10BufferTypeE") \
 X(allocator_alignment, uint32_t, (const void*, uint32_t), "_ZNK2tt8tt_metal13AllocatorImpl13get_alignmentENS0_10BufferTypeE") \
 X(allocator_base, uint64_t, (const void*, const uint32_t*), "_ZNK2tt8tt_metal13AllocatorImpl23get_base_allocator_addrERKNS0_10HalMemTypeE") \
 X(allocator_statistics, void, (void), "_ZNK2tt8tt_metal13AllocatorImpl14get_statisticsERKNS0_10BufferTypeE") \
 X(allocator_lowest, struct optional_address, (const void*, uint32_t), "_ZNK2tt8tt_metal13AllocatorImpl30get_lowest_occupied_l1_addressEj") \
 X(allocator_buffers, void, (void), "_ZNK2tt8tt_metal13AllocatorImpl21get_allocated_buffersEv") \
 X(mesh_id, int32_t, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice2idEv") \
 X(mesh_impl_id, int32_t, (const void*), "_ZNK2tt8tt_metal11distributed14MeshDeviceImpl2idEv") \
 X(mesh_arch, uint32_t, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice4archEv") \
 X(mesh_l1_size, uint32_t, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice16l1_size_per_coreEv") \
 X(mesh_grid, struct grid, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice30compute_with_storage_grid_sizeEv") \
 X(mesh_shape, const void*, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice5shapeEv") \
 X(mesh_allocator, void*, (const void*), "_ZNK2tt8tt_metal11distributed10MeshDevice14allocator_implEv") \
 X(mesh_device_ids, void, (void), "_ZNK2tt8tt_metal11distributed10MeshDevice14get_device_idsEv") \
 X(mesh_devices, void, (void), "_ZNK2tt8tt_metal11distributed10MeshDevice11get_devicesEv") \
 X(range_start, const void*, (const void*), "_ZNK2tt8tt_metal11distributed19MeshCoordinateRange11start_coordEv") \
 X(range_end, const void*, (const void*), "_ZNK2tt8tt_metal11distributed19MeshCoordinateRange9end_coordEv") \
 X(program_id, uint64_t, (const void*), "_ZNK2tt8tt_metal6detail11ProgramImpl6get_idEv") \
 X(context_66, void*, (void), "_ZN2tt8tt_metal12MetalContext8instanceEv") \
 X(context_81, void*, (int32_t), "_ZN2tt8tt_metal12MetalContext8instanceEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE") \
 X(context_exists, uint8_t, (int32_t), "_ZN2tt8tt_metal12MetalContext15instance_existsEN4ttsl10StrongTypeIiNS0_12ContextIdTagEEE") \
 X(context_cluster, const void*, (void*), "_ZN2tt8tt_metal12MetalContext11get_clusterEv") \
 X(cluster_position, uint64_t, (const void*, int32_t), "_ZNK2tt7Cluster15get_ubb_asic_idEi") \
 X(mesh_type, void, (void), "_ZTIN2tt8tt_metal11distributed10MeshDeviceE") \
 X(operator_delete, void, (void*), "_ZdlPv")
// clang-format on

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hook {
#define X(id, symbol) HOOK_##id,
    HOOKS(X, X)
#undef X
        HOOK_COUNT
};

// What a hook sees: the arguments in registers. `flag` of an after_<id>() is 1 when the original threw.
#if defined(__x86_64__)
struct registers {
    uint64_t argument[6], flag, chain;
};
#elif defined(__aarch64__)
struct registers {
    uint64_t argument[8], flag, padding;
};
#endif

// What is lost when a build does not have a symbol, or does not call it in a way that can be hooked.
enum need {
    NEED_NOTHING,  // another version has it, or little is lost
    NEED_MEMORY,   // buffers cannot be followed: the build is refused
    NEED_PROGRAMS,
    NEED_TRACES,
};

extern const char* const hook_symbols[HOOK_COUNT];
extern const uint8_t hook_needs[HOOK_COUNT];  // enum need

// The hook with this symbol, or -1.
int hook_with_symbol(const char* symbol);

extern const void* const hook_stubs[HOOK_COUNT];

// Where stubs go on to. NULL: not looked for yet.
extern const void* hook_originals[HOOK_COUNT];

// 0: tt-metal was not looked for yet, 1: hooks do something, 2: they only pass on.
extern uint32_t hook_state;

// Calls function(self, argument), which returns a class by value, into `result`: it is larger than two registers, may
// be smaller than we know it, and what it does not have stays as it is. Where the result's address goes depends on the
// machine.
void call_returning(void* result, void (*function)(void), const void* self, const void* argument);

#define X(id, symbol) void on_##id(struct registers* r);
HOOKS(X, X)
#undef X
#define NONE(id, symbol)
#define X(id, symbol) void after_##id(struct registers* r);
HOOKS(NONE, X)
#undef X
#undef NONE
#endif
#endif
