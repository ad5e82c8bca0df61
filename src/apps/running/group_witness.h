// Tells whether a signal that we got was sent to our whole process group, as a terminal and kill(-group) do, or to us
// alone: nothing in the signal itself says so. A process of the same group, which does nothing else, has it as well in
// the one case and not in the other. Of two that come within the same moment it may see one, for pending signals do not
// count; then the program may be told of the second twice.
//
// It also wakes us: a child that we stopped with may be continued, or killed, by somebody who knows nothing of us.
#pragma once

#include <sys/types.h>

#include "src/base/fd.h"

namespace ttmem {

class GroupWitness {
public:
    // Requires: one thread, and all signals blocked. Where no process can be made, it never saw anything.
    static GroupWitness start();
    GroupWitness() = default;
    GroupWitness(GroupWitness&&) = default;
    GroupWitness& operator=(GroupWitness&&) = default;
    ~GroupWitness() { end(); }

    // Whether the group was sent it. To be asked once for each signal that was taken here: the answer is used up.
    bool saw(int signal);

    // To be said before we stop because `child` has stopped: we are continued when it is not stopped any more. Holds
    // until the next question. In vain where /proc cannot be read, or where the witness was stopped, too.
    void wake_us_with(pid_t child);

    void end();
    pid_t pid() const { return socket_ ? pid_ : 0; }

private:
    ScopedFd socket_;  // its process ends with this
    pid_t pid_ = 0;    // of use with a socket only
};

}  // namespace ttmem
