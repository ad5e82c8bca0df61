// Whether a recording is drawn in the order of its events: each as wide as another, whatever it took.
#pragma once

#include <optional>

#include "src/analysis/recording/timeline.h"

namespace ttmem {

// `by_time` in the order of events; nothing where that would lack something that the axis of time shows. Who looks at
// what runs wants to see it go on, and soon: there it would be half of the work.
std::optional<Timeline> timeline_by_event(const Recording& recording, const Timeline& by_time);

// Whether a tenth of the time that is drawn has more than a third of the events, and not the first tenth: as where
// programs are compiled for seconds before work is done in milliseconds. Then the order of events shows more than time.
bool is_crowded(const Timeline& by_time);

}  // namespace ttmem
