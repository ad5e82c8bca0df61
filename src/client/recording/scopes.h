// Who: the operations, the tag and the iterations that the calling thread is in.
#pragma once

#include "include/ttmem/ttmem.h"

namespace ttmem::client {

ttmem_result begin_op(ttmem_text op);
ttmem_result end_op();
ttmem_text set_tag(ttmem_text tag);
ttmem_result begin_iteration(ttmem_text name);
ttmem_result end_iteration();

}  // namespace ttmem::client
