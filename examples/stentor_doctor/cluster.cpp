#include "cluster.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include <stentor/publisher.hpp>
#include <stentor/transport/kafka.hpp>

#include "words.hpp"

namespace doctor {
namespace {

struct greeting {
    std::string text = "stentor_doctor was here";
};

struct text_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const greeting& g, stentor::buffer& out) const {
        out.append(g.text);
        return {};
    }
};

}  // namespace
}  // namespace doctor

template <>
struct stentor::message_traits<doctor::greeting> {
    static constexpr std::string_view topic = "stentor-doctor";
    static constexpr std::string_view type = "stentor-doctor";
    static std::string_view key(const doctor::greeting& g) { return g.text; }
};

namespace doctor {
namespace {

// How far a connection came, from what stopped it: dns and tcp were looked at before.
enum class stage {
    tls,
    sasl,
    metadata,
};

stage stopped_at(const stentor::error& e) {
    switch (e.condition()) {
        case stentor::errc::tls: return stage::tls;
        case stentor::errc::authentication: return stage::sasl;
        default: return stage::metadata;
    }
}

}  // namespace

std::shared_ptr<stentor::kafka_client> connect(const stentor::settings& s, int timeout_s, report& out) {
    const stentor::kafka_config& config = s.client;
    const bool tls = config.security_protocol.ends_with("ssl") || config.security_protocol.ends_with("SSL");
    const bool sasl = config.security_protocol.starts_with("sasl") || config.security_protocol.starts_with("SASL");
    const stopwatch connecting;
    auto got = stentor::kafka_client::connect(config, std::chrono::seconds(timeout_s));
    struct step {
        stage at;
        const char* name;
        bool wanted;
        std::string done;
        const char* unwanted;
    };
    const std::array<step, 3> steps{
        {{stage::tls, "tls", tls, config.ssl_verify_certificate ? "the broker's certificate is good" : "nothing was verified",
          "plaintext"},
         {stage::sasl, "sasl", sasl, config.sasl_mechanism + " as '" + config.sasl_username + "'", "no login"},
         {stage::metadata, "metadata", true, "the cluster has answered" + connecting.text(), ""}}};
    for (const step& now : steps) {
        const bool stopped = !got && stopped_at(got.error()) == now.at;
        if (stopped) {
            out.failed(now.name,
                       std::string(stentor::to_string(got.error().condition())) + ": " + got.error().cause + connecting.text(),
                       as_variables(got.error().hint, s));
            return nullptr;
        }
        // What came before a time-out is not known.
        if (!now.wanted) {
            out.skipped(now.name, now.unwanted);
        } else if (got || got.error() != stentor::errc::deadline_exceeded) {
            out.ok(now.name, now.done);
        }
    }
    return *got;
}

std::string look_at_topics(stentor::kafka_client& client, const std::vector<stentor::topic_settings>& topics, int timeout_s,
                           report& out) {
    std::string first;
    for (const stentor::topic_settings& t : topics) {
        const stopwatch asking;
        const auto there = client.check_topics({t}, std::chrono::seconds(timeout_s));
        if (there) {
            out.ok("topic", t.name + asking.text());
            first = first.empty() ? t.name : first;
        } else {
            out.failed("topic", there.error().cause + asking.text(), there.error().hint);
        }
    }
    if (topics.empty()) {
        out.skipped("topic", "none is named (--topic NAME)");
    }
    return first;
}

void publish(const std::shared_ptr<stentor::kafka_client>& client, const std::string& topic, int timeout_s, report& out) {
    stentor::basic_publisher p{stentor::kafka_transport{client}, text_serializer{}, stentor::no_retry{}, stentor::no_breaker{}};
    const stopwatch sending;
    const auto r = p.publish(greeting{}, {.topic = topic, .deadline = std::chrono::seconds(timeout_s)});
    if (r) {
        out.ok("publish",
               topic + ", partition " + std::to_string(r->partition) + ", offset " + std::to_string(r->offset) + sending.text());
    } else {
        out.failed("publish", r.error().cause.empty() ? r.error().code.message() : r.error().cause, r.error().hint);
    }
}

}  // namespace doctor
