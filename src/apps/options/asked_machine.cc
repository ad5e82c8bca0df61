#include "src/apps/options/asked_machine.h"

#include "src/base/suggestion.h"
#include "src/machine/mock_machines.h"

namespace ttmem {

Result<MockMachine> asked_machine(const std::string& name_or_path) {
    Result<MockMachine> machine = find_mock_machine(name_or_path);
    if (machine) return machine;
    Error error = machine.error();
    const std::string meant = nearest(name_or_path, mock_machine_names());
    if (error.why.empty() && !meant.empty()) error.why = "did you mean `" + meant + "`?";
    return error;
}

}  // namespace ttmem
