// The socket of the allocation server: where it is, and asking a server of ttmem there what it knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/base/result.h"
#include "src/model/allocation_server.h"

namespace ttmem {

// $TTMEM_ALLOCATION_SERVER_SOCKET or its former name $TTMEM_LEGACY_SOCKET, else /tmp/tt_allocation_server.sock, which
// its clients have built in.
std::string allocation_server_socket_path();

// The name of a process; "" when it is not visible. Foreign, escape it.
std::string comm_of(uint32_t pid);

// What a client of ttmem sends first; no message of the protocol begins with these bytes.
constexpr char kAllocationServerQuestion[] = "TTMEM/1\n";

// Nothing when nobody listens there. A server that is not ttmem's is asked nothing, only named in the coverage. Waits
// for an answer for two seconds at most.
std::optional<AllocationServerState> ask_allocation_server(const std::string& path = allocation_server_socket_path());

}  // namespace ttmem
