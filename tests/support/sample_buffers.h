// What the tests of `buffers` show, as text and as JSON.
#pragma once

#include "src/views/values/buffers.h"
#include "tests/support/sample_snapshot.h"

namespace ttmem {

// What lives, the largest first.
inline Selection live(const Snapshot& s) {
    Selection selection = select(s, {.standing = Standing::kLive});
    sort(s, selection, SortKey::kReserved);
    return selection;
}

}  // namespace ttmem
