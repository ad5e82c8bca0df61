#include "src/apps/commands.h"

#include <fmt/format.h>

#include "src/base/text.h"
#include "src/daemon/allocation_server.h"
#include "src/daemon/allocation_server_socket.h"

namespace ttmem {
namespace allocation_server_parts {

int serve(const AllocationServerOptions& options, const Invocation& invocation) {
    Result<AllocationServer> server = AllocationServer::open(options);
    if (!server) return invocation.terminal.fail(server.error(), kFailed);
    if (!options.server_log) {
        fmt::print("listening at {}; Ctrl-C ends\n", printable(options.socket));
        std::fflush(stdout);
    }
    server->run();
    if (options.server_log) {
        fmt::print("{}  Active allocations: {}\n", server->table().dump(), server->table().keys());
        std::fflush(stdout);
    }
    return kOk;
}

}  // namespace allocation_server_parts

Command allocation_server_command() {
    using namespace allocation_server_parts;
    return {
        .name = "allocation-server",
        .summary = "stand in for tt-metal's allocation server, and show what its clients report",
        .examples =
            "  ttmem allocation-server                   in place of tt-metal's own\n"
            "  ttmem allocation-server --log-format server | tee allocations.log\n"
            "  ttmem-sim mesh-test --allocation-client   a client to try it with\n"
            "  ttmem status; ttmem explain 1073737728    what the clients reported\n",
        .details =
            "Accepts messages of all four generations (72, 112, 128 and 144 bytes) at the same time, and\n"
            "answers QUERY and DEVICE_INFO as the allocation server does. Clients are identified by the kernel.\n"
            "`status`, `ps` and `explain` show what clients reported beside ttmem's own data. Runs until\n"
            "interrupted.\n"
            "\n"
            "If $TTMEM_ALLOCATION_SERVER_SOCKET is set, it is the path of the socket for this and the other\n"
            "commands.\n",
        .add_options = [](OptionList& list) -> Run {
            const auto options = std::make_shared<AllocationServerOptions>();
            options->socket = allocation_server_socket_path();
            list.parsed("--socket", "PATH", "Socket to listen on (default: " + options->socket + ")",
                        [options](const std::string& path) {
                            options->socket = path;
                            return path == "-" ? "- is standard output, not a socket (one of that name is ./-)" : "";
                        });
            list.parsed("--log-format", "short|server",
                        "Format of the log: short is a line per client, server is that of tt-metal's own server, for "
                        "tools that read it (default: short)",
                        [options](const std::string& format) {
                            options->server_log = format == "server" || format == "fork";  // the former name
                            return options->server_log || format == "short" ? "" : not_one_of(format, "short|server");
                        });
            return [options](const Invocation& invocation) { return serve(*options, invocation); };
        },
        .former_name = "serve-legacy"};
}

}  // namespace ttmem
