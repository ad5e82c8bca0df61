// What every path that may enter the kernel keeps from the application: errno stays as it was, and the thread cannot be
// cancelled half-way.
#pragma once

#include <errno.h>
#include <pthread.h>

namespace ttmem::client {

class SlowPath {
public:
    SlowPath() : errno_(errno) { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_); }
    ~SlowPath() {
        pthread_setcancelstate(cancel_state_, nullptr);
        errno = errno_;
    }
    SlowPath(const SlowPath&) = delete;
    SlowPath& operator=(const SlowPath&) = delete;

private:
    int errno_;
    int cancel_state_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace ttmem::client
