// tt-metal's allocation server, spoken by ttmem: one socket, all four generations of clients at once.
//
// Who a client is says the kernel (SO_PEERCRED), never a message; that it is gone, its pidfd. One thread, no client can
// make it wait. What was told is asked for over the same socket by other ttmem commands (allocation_server_socket.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "src/base/fd.h"
#include "src/base/result.h"
#include "src/importers/allocation_server/registration_table.h"

namespace ttmem {

struct AllocationServerOptions {
    std::string socket;
    bool server_log = false;  // the allocation server's lines on standard output; else a line per client
};

class AllocationServer {
public:
    // Listens. An error says who has the place already. The name of a server that is gone is taken over.
    static Result<AllocationServer> open(const AllocationServerOptions& options);
    ~AllocationServer();
    AllocationServer(AllocationServer&&) = default;

    // Until SIGINT or SIGTERM.
    void run();

    const RegistrationTable& table() const { return table_; }

private:
    struct Client {
        ScopedFd fd;
        std::optional<uint32_t> process;  // absent until its first message
        uint32_t pid = 0, uid = 0;
        AllocationMessageFraming framing;
    };
    struct Process {
        uint32_t number = 0;  // in the table
        ScopedFd pidfd;
        size_t clients = 0;
    };

    AllocationServer() = default;
    void accept_client();
    bool serve(Client& client);
    bool handle(Client& client, const AllocationMessage& message);
    bool answer(const Client& client, const AllocationMessage& answer);
    void answer_question(const Client& client);
    uint32_t process_of(Client& client);
    void leave(Client& client);
    void end_process(uint32_t pid);
    AllocationMessage device_info(int32_t device) const;

    AllocationServerOptions options_;
    ScopedFd listener_, signals_, timer_;
    bool bound_ = false;
    std::map<int, Client> clients_;          // by descriptor
    std::map<uint32_t, Process> processes_;  // living ones by pid
    RegistrationTable table_;
};

}  // namespace ttmem
