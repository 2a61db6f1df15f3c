// An environment, a variable a line: examined, and its client's configuration validated. No text holds a secret, each problem has
// its name and its rule, and what has no problems can be used.

#include <array>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <stentor/settings.hpp>
#include <stentor/transport/validate.hpp>

#include "fuzz/must.hpp"

namespace {

using fuzz::must;

constexpr std::string_view secret = "pw-Zq3kT9vX-never-to-be-seen";
constexpr std::array secrets{std::string_view("KAFKA_SASL_PASSWORD="),
                             std::string_view("KAFKA_SSL_KEY_PASSWORD="),
                             std::string_view("KAFKA_SSL_KEY_PEM="),
                             std::string_view("KAFKA_SSL_KEYSTORE_PASSWORD="),
                             std::string_view("KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET="),
                             std::string_view("KAFKA_SASL_OAUTHBEARER_CONFIG=")};

// One line each; what a secret is, is always the same here, so that it can be looked for.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty() && lines.size() < 40) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        for (const std::string_view name : secrets) {
            if (line.starts_with(name) && line.size() > name.size()) {
                line = std::string(name).append(secret);
            }
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

void check_texts(const stentor::settings_report& report) {
    std::ostringstream told;
    told << report.value;
    for (const auto& s : report.value.show()) {
        told << s.variable << s.value << '\n';
    }
    for (const stentor::problem& p : report.problems) {
        must(!p.key.empty() && !p.rule.empty(), "a problem has a name and a rule:", p.key);
        told << p.key << p.rule << '\n';
    }
    for (const std::string& n : report.value.notes) {
        told << n << '\n';
    }
    for (const auto& i : report.value.ignored) {
        must(i.name.starts_with("KAFKA_"), "only variables of Kafka's are told as ignored");
        told << i.name << i.meant << '\n';
    }
    const stentor::error whole = stentor::error_of("environment", report.problems);
    told << whole << stentor::error_of("kafka_config", stentor::problems_of(report.value.client));
    must(told.str().find(secret) == std::string::npos, "no text holds a secret:", told.str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view given(reinterpret_cast<const char*>(data), size);
    if (given.find(secret) != std::string_view::npos) {
        return -1;  // the fuzzer has learnt it: then it may be anywhere
    }
    std::vector<std::string> lines = lines_of(given);
    std::vector<char*> pointers;
    for (std::string& line : lines) {
        pointers.push_back(line.data());
    }
    pointers.push_back(nullptr);
    char** const before = ::environ;
    ::environ = pointers.data();
    const stentor::environment variables = stentor::environment::of_process();
    const auto read = stentor::settings::from_env();
    ::environ = before;

    const stentor::settings_report report = stentor::settings::examine(variables);
    check_texts(report);
    must(read.has_value() == report.problems.empty(), "what has problems is refused");
    if (!read) {
        must(read.error() == stentor::errc::invalid_config, "as invalid_config");
        for (const stentor::problem& p : report.problems) {
            must(read.error().cause.find(p.key) != std::string::npos, "which names each of them:", p.key);
        }
        return 0;
    }
    must(stentor::validate(read->client).has_value(), "what has no problems can be used");
    must(!read->client.enabled || !read->client.brokers.empty(), "and has a broker");
    must(read->publisher.deadline > stentor::nanoseconds::zero() && read->retry.attempts > 0, "and sensible limits");
    return 0;
}
