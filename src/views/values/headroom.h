// `ttmem headroom`: what each pool may still take.
#pragma once

#include "src/analysis/capacity/headroom.h"
#include "src/model/event.h"

namespace ttmem {

struct HeadroomValues {
    const Recording& recording;
    Headroom headroom;
};

}  // namespace ttmem
