#include "src/views/json/mistakes.h"

#include <array>

namespace ttmem {
namespace {

struct Named {
    const char* name;
    uint64_t Mistakes::*count;
};
constexpr std::array kNamed = {
    Named{"double_frees", &Mistakes::double_frees},      Named{"unknown_frees", &Mistakes::unknown_frees},
    Named{"foreign_frees", &Mistakes::foreign_frees},    Named{"ambiguous_frees", &Mistakes::ambiguous_frees},
    Named{"late_frees", &Mistakes::late_frees},          Named{"invalid_calls", &Mistakes::invalid_calls},
    Named{"reentrant_calls", &Mistakes::reentrant_calls}};

}  // namespace

Json mistakes_json(const Mistakes& mistakes) {
    Json json;
    for (const Named& named : kNamed) json[named.name] = mistakes.*named.count;
    return json;
}

}  // namespace ttmem
