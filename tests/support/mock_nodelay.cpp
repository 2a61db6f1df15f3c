// librdkafka's mock brokers leave Nagle's algorithm on: concurrent requests then stall for 44 ms, which no real broker does. This
// accept(), found before libc's, switches it off for every connection that the test binary takes.

#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

extern "C" __attribute__((visibility("default"))) int accept(int listener, sockaddr* from, socklen_t* size) {
    using function = int (*)(int, sockaddr*, socklen_t*);
    static const function next = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "accept"));
    const int fd = next(listener, from, size);
    if (fd >= 0) {
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}
