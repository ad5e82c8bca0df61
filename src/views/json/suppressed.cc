#include "src/views/json/suppressed.h"

#include "src/base/text.h"

namespace ttmem {

Json suppressed_json(const Suppressed& suppressed, Over over) {
    Json list = Json::array();
    for (const auto& [line, sum] : suppressed) {
        list.push_back({{"line", valid_utf8(line)},
                        {"allocations", sum.allocations},
                        {bytes_over("requested_bytes", over), sum.requested_bytes},
                        {bytes_over("reserved_bytes", over), sum.reserved_bytes}});
    }
    return list;
}

}  // namespace ttmem
