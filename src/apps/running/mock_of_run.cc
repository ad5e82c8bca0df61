#include "src/apps/running/mock_of_run.h"

#include "src/apps/options/asked_machine.h"
#include "src/machine/mock_machines.h"

namespace ttmem {

Result<MockOfRun> MockOfRun::make(const std::string& machine, const Preload& preload, bool no_preload, int& code) {
    code = kUsage;
    Result<MockMachine> asked = asked_machine(machine);
    if (!asked) return asked.error();
    if (no_preload)
        return Error{"--mock and --no-preload exclude each other",
                     "what is preloaded keeps a mock run away from real devices", "leave one of them out"};
    code = kFailed;
    if (preload.library.empty() || preload.mock.empty())
        return Error{"a mock run needs libttmem_preload.so and libttmem_mock.so beside this ttmem", preload.problem,
                     "install them: they belong to lib/ttmem of the prefix that ttmem is in"};
    if (preload.launcher.empty())
        return Error{"a mock run needs the sitecustomize.py of ttmem", preload.launcher_problem,
                     "install it: without it tt-metal writes into the folder of ttnn, and operations have no names"};
    Result<MockFolder> folder = MockFolder::make(*asked);
    if (!folder) return folder.error();
    forget_hardware();
    return MockOfRun(std::move(*asked), std::move(*folder));
}

MockRun MockOfRun::told() const {
    return {machine_.name,
            machine_.contents,
            folder_.has_compiled(),
            unknown_on_a_mock(),
            folder_.has_opened_device(),
            folder_.host_refused_bytes(),
            {}};
}

}  // namespace ttmem
