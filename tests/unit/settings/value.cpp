#include <sstream>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/settings.hpp>

using stentor::environment;
using stentor::settings;

namespace {

constexpr std::string_view canary = "u:hunter2@h";

// All that settings say of themselves: what is wrong, what was noted and ignored, and with `values` what they are.
std::string told(const environment& variables, bool values) {
    const stentor::settings_report report = settings::examine(variables);
    std::ostringstream out;
    for (const auto& p : report.problems) {
        out << p.key << p.rule;
    }
    for (const auto& n : report.value.notes) {
        out << n;
    }
    for (const auto& i : report.value.ignored) {
        out << i.name << i.meant;
    }
    const auto r = settings::from(variables);
    out << (r ? std::string{} : r.error().message());
    if (values) {
        out << report.value;
        for (const auto& one : report.value.show()) {
            out << one.value;
        }
    }
    return out.str();
}

}  // namespace

TEST_CASE("no error, note or list of variables repeats a value, whichever variable has it") {
    for (const auto& row : stentor::detail::env::rows) {
        stentor::detail::env::for_each_name(row.names, [](std::string_view name) {
            CAPTURE(name);
            CHECK(told({{name, canary}}, false).find("hunter2") == std::string::npos);
            CHECK(told({{"KAFKA_ENABLED", "false"}, {name, canary}}, false).find("hunter2") == std::string::npos);
        });
    }
    for (const char* name : {"TASK_STATUS_TOPIC", "KAFKA_SASL_JAAS_CONFIG", "KAFKA_PASSWORD", "KAFKA_RETRY_BACKOFF_MS",
                             "KAFKA_SSL_KEYSTORE_PASSWORD", "KAFKA_PLUGIN_LIBRARY_PATHS", "KAFKA_AUTO_OFFSET_RESET"}) {
        CAPTURE(name);
        CHECK(told({{name, canary}}, false).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("secrets are not shown, nor what may be one in a list of brokers") {
    for (const char* name : {"KAFKA_BROKERS", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SASL_PASSWORD", "KAFKA_SSL_KEY_PASSWORD",
                             "KAFKA_SSL_KEY_PEM", "KAFKA_SSL_CERTIFICATE_PEM", "KAFKA_SSL_CA_PEM", "KAFKA_SSL_KEYSTORE_PASSWORD",
                             "KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET", "KAFKA_SASL_OAUTHBEARER_CONFIG"}) {
        CAPTURE(name);
        CHECK(told({{name, canary}}, true).find("hunter2") == std::string::npos);
        CHECK(told({{name, canary}}, true).find("***") != std::string::npos);
    }
}
