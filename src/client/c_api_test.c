/* The public header in the language that it is written in. */
#include <string.h>

#include "ttmem/ttmem.h"

int use_ttmem_from_c(void);

int use_ttmem_from_c(void) {
    const uint64_t chip_id = 77;
    ttmem_chip_info chip;
    ttmem_place_info info;
    ttmem_allocation allocation;
    ttmem_place place;
    ttmem_handle handle;

    memset(&chip, 0, sizeof chip);
    chip.chip_id = chip_id;
    chip.arch = "wormhole_b0";
    if (ttmem_register_chip(&chip) != TTMEM_OK) return 1;
    memset(&info, 0, sizeof info);
    info.kind = TTMEM_PLACE_CHIP;
    info.chip_count = 1;
    info.chip_ids = &chip_id;
    place = ttmem_register_place(&info);
    memset(&allocation, 0, sizeof allocation);
    allocation.place = place;
    allocation.banks = 12;
    handle = ttmem_record_alloc(&allocation);
    if (handle == 0) return 2;
    if (ttmem_record_free(handle) != TTMEM_OK) return 3;
    return ttmem_close(place) == TTMEM_OK ? 0 : 4;
}
