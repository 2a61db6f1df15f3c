// with_mock_cluster PROGRAM: runs it against brokers of our own, whose address is its one argument.

#include <cstdio>

#include <sys/wait.h>
#include <unistd.h>

#include <stentor/testing/mock_cluster.hpp>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: with_mock_cluster PROGRAM\n", stderr);
        return 2;
    }
    const stentor::mock_cluster cluster;
    const std::string brokers = cluster.bootstrap();
    const pid_t child = ::fork();
    if (child == 0) {
        ::execl(argv[1], argv[1], brokers.c_str(), nullptr);
        ::_exit(127);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
