#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include <stentor/detail/kafka/log_lines.hpp>

using namespace stentor;
using detail::kafka::class_of_line;
using detail::kafka::early_log;
using detail::kafka::sobered;

namespace {

class listener final : public events {
public:
    explicit listener(int level) : level_(level) {}
    void completed(completion&, const report&, const moment&) noexcept override {}
    void woken(const moment&) noexcept override {}
    void resumed(const moment&) noexcept override {}
    void client(const client_event&, const moment&) noexcept override {}
    [[nodiscard]] int client_log_level() const noexcept override { return level_; }
    void client_logged(const client_log& line, const moment& at) noexcept override {
        lines.push_back(std::string(line.facility).append(" ").append(line.text).append(" ").append(to_string(line.code)));
        last = at.now;
    }
    std::vector<std::string> lines{};
    instant last{};

private:
    int level_;
};

}  // namespace

TEST_CASE("a lost connection is information, the same once more or an idle one that ended is debugging") {
    const std::string refused =
        "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT";
    CHECK(sobered(3, "FAIL", refused + ")") == 6);
    CHECK(sobered(3, "FAIL", refused + ", 1 identical error(s) suppressed)") == 7);
    CHECK(sobered(6, "FAIL", "b:9092/1: Disconnected (after 600001ms in state UP)") == 7);
    CHECK(sobered(6, "FAIL", "b:9092/1: Disconnected (after 1ms in state APIVERSION_QUERY)") == 6);
    CHECK(sobered(7, "FAIL", refused) == 7);
}

TEST_CASE("other lines keep their level, but for those that come each day") {
    CHECK(sobered(4, "CONFWARN", "Configuration property x is a consumer property") == 4);
    CHECK(sobered(0, "FATAL", "Fatal error: Local: Fatal error") == 0);
    CHECK(sobered(5, "REQTMOUT", "b:9092/1: Timed out 0 in-flight, 0 retry-queued, 1 out-queue, 0 partially-sent requests") == 7);
    CHECK(sobered(5, "REQTMOUT", "b:9092/1: Timed out 3 in-flight, 0 retry-queued, 1 out-queue, 0 partially-sent requests") == 5);
    CHECK(sobered(6, "GETSUBSCRIPTIONS", "Telemetry client instance id changed") == 7);
}

TEST_CASE("a line's condition is told where its words give it away") {
    CHECK(class_of_line("FAIL", "h:1/bootstrap: Failed to resolve 'h:1': Name or service not known") == errc::dns);
    CHECK(class_of_line("FAIL", "h:1/1: SASL authentication error: wrong password") == errc::authentication);
    CHECK(class_of_line("FAIL", "ssl://h:1/1: SSL handshake failed: certificate verify failed") == errc::tls);
    CHECK(class_of_line("FAIL", "h:1/1: Connect to ipv4#127.0.0.1:1 failed: Connection refused") == errc::broker_unavailable);
    CHECK(class_of_line("CONFWARN", "Configuration property x is a consumer property") == errc::invalid_config);
    CHECK(class_of_line("FATAL", "Fatal error: fenced") == errc::fatal);
    CHECK(class_of_line("REQTMOUT", "Timed out 3 in-flight") == errc::broker_unavailable);
    CHECK(class_of_line("SSLCERTVRFY", "Broker certificate verified") == errc::none);
    CHECK(class_of_line("INIT", "librdkafka v2.0.2 initialized") == errc::none);
}

TEST_CASE("what was logged before anybody listened is told to who comes first, with its own time, and no more than sixteen lines") {
    early_log early;
    REQUIRE(early.wanted() == 6);
    early.keep({4, "CONFWARN", errc::invalid_config, "one"}, {instant(std::chrono::seconds(7)), 0, {}});
    early.keep({7, "IDEMPSTATE", errc::none, "not this one"}, {});
    early.keep({6, "INIT", errc::none, "two"}, {instant(std::chrono::seconds(8)), 0, {}});
    listener all(7);
    listener warnings(4);
    listener none(-1);
    early.tell(all);
    early.tell(warnings);
    early.tell(none);
    CHECK(all.lines == std::vector<std::string>{"CONFWARN one invalid_config", "INIT two none"});
    CHECK(all.last == instant(std::chrono::seconds(8)));
    CHECK(warnings.lines == std::vector<std::string>{"CONFWARN one invalid_config"});
    CHECK(warnings.last == instant(std::chrono::seconds(7)));
    CHECK(none.lines.empty());

    for (int i = 0; i < 100; ++i) {
        early.keep({4, "F", errc::none, "again"}, {});
    }
    CHECK(early.wanted() == -1);
    listener later(7);
    early.tell(later);
    CHECK(later.lines.size() == early_log::most);
    early.end();
    CHECK(early.wanted() == -1);
    listener last(7);
    early.tell(last);
    CHECK(last.lines.empty());
}
