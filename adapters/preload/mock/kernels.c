// In mock runs only: tt-metal 0.67 to 0.74 writes kernels to a mock device as to a real one, and crashes where they
// have no binaries. There is nothing to write to. Up to 0.69 it compiles no kernels on a mock, and its options for the
// compiler have to be left alone as well.
#include <stdatomic.h>
#include <stdint.h>

#include "adapters/preload/mock/metal.h"

#define KERNEL(name) "_ZNK2tt8tt_metal" name "9configureEPNS0_7IDeviceERKNS_7xy_pairEjPKj"
#define HAS_CONFIGURED(function, symbol) \
    int function(void) __asm__(symbol);  \
    int function(void) { return 1; }

HAS_CONFIGURED(data_movement, KERNEL("18DataMovementKernel"))
HAS_CONFIGURED(ethernet, KERNEL("14EthernetKernel"))
HAS_CONFIGURED(compute, KERNEL("13ComputeKernel"))
HAS_CONFIGURED(dram, KERNEL("10DramKernel"))

// The first version that compiles on a mock is the first that has this.
static int compiles(void) {
    static _Atomic int known;  // 0 not yet, 1 it does not, 2 it does
    if (!known) known = of_metal("_ZN2tt8tt_metal6detail11ProgramImpl27deallocate_circular_buffersEv") ? 2 : 1;
    return known == 2;
}

// Whatever it takes: eight words at most, none of which is a floating-point number.
typedef uintptr_t option(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
#define OPTION(function, symbol)                                                                                  \
    option function __asm__(symbol);                                                                              \
    uintptr_t function(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f, uintptr_t g, \
                       uintptr_t h) {                                                                             \
        static option* _Atomic its;                                                                               \
        if (!compiles()) return 0;                                                                                \
        if (!its) its = (option*)of_metal(symbol);                                                                \
        return its(a, b, c, d, e, f, g, h);                                                                       \
    }

#define OPTIONS "_ZN2tt8tt_metal15JitBuildOptions"
OPTION(set_format, OPTIONS "27set_cb_dataformat_all_coresENS_7CBIndexENS_10DataFormatE")
OPTION(set_arguments, OPTIONS "22set_hlk_args_all_coresEPvm")
OPTION(set_tile_dimensions, OPTIONS "26set_cb_tile_dims_all_coresENS_7CBIndexEjjjjjj")
OPTION(set_tile_size, OPTIONS "26set_cb_tile_size_all_coresENS_7CBIndexEj")
OPTION(set_fidelity, OPTIONS "31set_hlk_math_fidelity_all_coresE12MathFidelity")
OPTION(set_approximation, OPTIONS "34set_hlk_math_approx_mode_all_coresEb")
OPTION(set_name, OPTIONS "8set_nameERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE")
