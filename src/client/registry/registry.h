// The calls that are made now and then: texts, chips, places, sessions, levels.
#pragma once

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

ttmem_result set_level(ttmem_level level);
ttmem_text intern(const char* text);
ttmem_stack intern_frame(ttmem_stack caller, const char* file, uint32_t line, const char* function);
ttmem_result register_chip(const ttmem_chip_info* chip);
ttmem_place register_place(const ttmem_place_info* place);
ttmem_result open_place(ttmem_place place);
ttmem_result close_place(ttmem_place place);

}  // namespace ttmem::client
