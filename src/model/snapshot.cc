#include "src/model/snapshot.h"

#include <array>

namespace ttmem {

std::string_view process_state_name(ProcessState state) {
    static constexpr std::array<std::string_view, 3> kNames = {"live", "exited", "killed"};
    return kNames.at(static_cast<size_t>(state));
}

}  // namespace ttmem
