#include "src/apps/commands.h"
#include "src/collector/system.h"
#include "src/machine/preload.h"
#include "src/views/json/json.h"

namespace ttmem {
namespace preload_path_parts {

int show(const Invocation& invocation) {
    const Preload preload = find_preload();
    if (!preload.problem.empty()) {
        return invocation.terminal.fail(
            {preload.problem, "", "install libttmem.so.0 beside it, or set LD_LIBRARY_PATH"}, kFailed);
    }
    if (preload.library.empty()) {
        return invocation.terminal.fail({"libttmem_preload.so is not beside this ttmem", "",
                                         "install it: it belongs to lib/ttmem of the prefix that ttmem is in"},
                                        kFailed);
    }
    const auto as_json = [&] {
        Json json = document("preload-path", real_system()->now(), {});
        json["library"] = preload.library;
        json["launcher"] = text_or_null(preload.launcher);
        return json;
    };
    return invocation.terminal.answer([&] { return preload.library + "\n"; }, as_json);
}

}  // namespace preload_path_parts

Command preload_path_command() {
    using namespace preload_path_parts;
    return {.name = "preload-path",
            .summary = "print the path of the library that follows an unmodified tt-metal",
            .examples = "  LD_PRELOAD=$(ttmem preload-path) python3 model.py   without `ttmem run`\n",
            .details = "`ttmem run` sets this itself, and also PYTHONPATH, so that operations of ttnn are named.\n",
            .add_options = [](OptionList&) -> Run { return show; }};
}

}  // namespace ttmem
