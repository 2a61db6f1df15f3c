#include "input.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "line_source.hpp"
#include "task_reader.hpp"

namespace demo {
namespace {

#ifdef EXAMPLES_DIR
constexpr const char* own_tasks = EXAMPLES_DIR "/data/crawl_tasks.jsonl";
#else
constexpr const char* own_tasks = "examples/data/crawl_tasks.jsonl";
#endif
constexpr std::size_t own_rounds = 100;
constexpr std::size_t faults_shown = 8;  // of one line

// A file, or a pipe with something in it. A pipe that was merely inherited and stays silent is not waited for.
bool standard_input_has_something() {
    struct stat status{};
    if (::fstat(STDIN_FILENO, &status) != 0) {
        return false;
    }
    if (S_ISREG(status.st_mode)) {
        return status.st_size > 0;
    }
    pollfd in{STDIN_FILENO, POLLIN, 0};
    int bytes = 0;
    return (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) && ::poll(&in, 1, 300) == 1 &&
           ::ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0;
}

void print(const bad_line& line) {
    const std::size_t n = line.faults.size();
    for (std::size_t i = 0; i != std::min(n, faults_shown); ++i) {
        std::fprintf(stderr, "line %zu: %s\n", line.number, line.faults[i].c_str());
    }
    if (n > faults_shown) {
        std::fprintf(stderr, "line %zu: and %zu more faults\n", line.number, n - faults_shown);
    }
}

}  // namespace

void choose_input(command_line& command) {
    if (command.file.empty() && standard_input_has_something()) {
        command.file = std::string(1, '-');
    } else if (command.file.empty()) {
        command.file = own_tasks;
        command.repeat = command.repeat == 0 ? own_rounds : command.repeat;
    }
    command.repeat = std::max<std::size_t>(command.repeat, 1);
}

input read_input(const command_line& command, const std::atomic<bool>& stop) {
    if (command.file == "-") {
        std::fputs("reading tasks from standard input\n", stdout);
        std::fflush(stdout);
    }
    line_source lines{command.file, stop};
    input in;
    in.tasks = read_tasks(lines, command.repeat > 1, [&](const bad_line& line) {
        ++in.bad_lines;
        print(line);
    });
    return in;
}

}  // namespace demo
