#include "src/apps/commands/completion.h"

#include <CLI/CLI.hpp>

#include "src/apps/completion_script.h"
#include "src/collector/system.h"

namespace ttmem {
namespace {

int show(const CLI::App& root, const std::string& shell, const Invocation& invocation) {
    const std::optional<std::string> script = completion_script(root, shell);
    if (!script) {
        return invocation.terminal.fail({"there is no completion for the shell `" + shell + "`",
                                         "bash, zsh and fish are known", "ttmem completion bash"},
                                        kUsage);
    }
    Json json = document("completion", real_system()->now(), {});
    json["shell"] = shell;
    json["script"] = *script;
    return invocation.terminal.answer(*script, json);
}

}  // namespace

Command completion_command() {
    return {.name = "completion",
            .summary = "a script that completes ttmem's command line in your shell",
            .examples =
                "  source <(ttmem completion bash)\n"
                "  source <(ttmem completion zsh)\n"
                "  ttmem completion fish > ~/.config/fish/completions/ttmem.fish\n",
            .details = "",
            .add_options = [](CLI::App& app) -> Run {
                const auto shell = std::make_shared<std::string>();
                app.add_option("SHELL", *shell, "Which shell")->required()->type_name("bash|zsh|fish");
                return
                    [&app, shell](const Invocation& invocation) { return show(*app.get_parent(), *shell, invocation); };
            }};
}

}  // namespace ttmem
