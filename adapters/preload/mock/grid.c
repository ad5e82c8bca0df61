// In mock runs only: with Ethernet dispatch, which is what N300 and T3000 have by default, a program may use all of the
// grid that its device has. tt-metal 0.81 holds it against another on a mock: that of dispatch on worker cores, which
// take a row of it, and refuses programs that run on hardware ("targets node (1,7), which is out of bounds").
#include <stdatomic.h>
#include <stdint.h>

#include "adapters/preload/mock/metal.h"

// tt::xy_pair; core_descriptor_t begins with the one that computes.
struct grid {
    uint64_t columns, rows;
};

static _Atomic uint64_t columns, rows;  // of the largest grid that anyone was told

static void keep_larger(_Atomic uint64_t* largest, uint64_t value) {
    uint64_t known = atomic_load(largest);
    while (known < value && !atomic_compare_exchange_weak(largest, &known, value)) {
    }
}

#define DESCRIPTOR "_ZN2tt8tt_metal12MetalEnvImpl26get_core_descriptor_configEihRKNS0_18DispatchCoreConfigE"
const struct grid* descriptor_of(void* environment, int chip, uint8_t queues, const void* dispatch) __asm__(DESCRIPTOR);
const struct grid* descriptor_of(void* environment, int chip, uint8_t queues, const void* dispatch) {
    typedef const struct grid* function(void*, int, uint8_t, const void*);
    static function* _Atomic its;
    if (!its) its = (function*)of_metal(DESCRIPTOR);
    const struct grid* descriptor = its(environment, chip, queues, dispatch);
    keep_larger(&columns, descriptor->columns);
    keep_larger(&rows, descriptor->rows);
    return descriptor;
}

#define VALIDATE "_ZN2tt8tt_metal12experimental22ValidateWorkUnitFieldsERKNS1_17ValidationContextERKNS_7xy_pairE"
void validate_work_units(const void* context, const struct grid* grid) __asm__(VALIDATE);
void validate_work_units(const void* context, const struct grid* grid) {
    typedef void function(const void*, const struct grid*);
    static function* _Atomic its;
    if (!its) its = (function*)of_metal(VALIDATE);
    const struct grid largest = {atomic_load(&columns), atomic_load(&rows)};
    its(context, largest.rows >= grid->rows && largest.columns >= grid->columns ? &largest : grid);
}
