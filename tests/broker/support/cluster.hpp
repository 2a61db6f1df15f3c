#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <unistd.h>

// The real Apache Kafka that the tests talk to: what `tests/broker/kafka` starts.

namespace broker {

class cluster {
public:
    /// The one that ctest's fixture has started; run by hand, one of this process's own.
    static const cluster& shared() {
        static const cluster one = [] {
            const char* const id = std::getenv("STENTOR_BROKER_ID");
            return id != nullptr ? cluster(id) : cluster(std::to_string(::getpid()), 1);
        }();
        return one;
    }
    /// Starts one that ends with this process.
    cluster(std::string id, int nodes) : id_(std::move(id)) {
        read(run("up --owner " + std::to_string(::getpid()) + " --nodes " + std::to_string(nodes)));
    }
    /// One that is up.
    explicit cluster(std::string id) : id_(std::move(id)) { read(run("env")); }

    /// A variable that `tests/broker/kafka up` exports, without its prefix: "SSL", "CA".
    [[nodiscard]] const std::string& operator[](const std::string& name) const { return variables_.at("STENTOR_BROKER_" + name); }
    [[nodiscard]] const std::string& brokers() const { return variables_.at("KAFKA_BROKERS"); }
    /// The port of the first node, for everybody.
    [[nodiscard]] int port() const { return std::stoi(brokers().substr(brokers().find(':') + 1)); }

    /// A command of that script: "kill 1". Throws when it fails.
    std::string run(const std::string& command) const {
        const std::string line = std::string("'" BROKER_DIR "/kafka' --id ").append(id_).append(" ").append(command);
        std::FILE* const pipe = ::popen(line.c_str(), "r");
        std::string said;
        std::array<char, 4096> part{};
        while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
            said.append(part.data(), size);
        }
        if (::pclose(pipe) != 0) {
            throw std::runtime_error(line + " failed");
        }
        return said;
    }

private:
    void read(std::string_view exports) {
        constexpr std::string_view word = "export ";
        for (; !exports.empty(); exports.remove_prefix(std::min(exports.find('\n') + 1, exports.size()))) {
            const std::string_view line = exports.substr(word.size(), exports.find('\n') - word.size());
            const std::size_t sign = line.find('=');
            variables_.emplace(line.substr(0, sign), line.substr(sign + 2, line.size() - sign - 3));
        }
    }

    std::string id_;
    std::map<std::string, std::string> variables_;
};

}  // namespace broker
