// One wire format for all of a company's events: an envelope described once, as a template. An event type adds its name.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

/// {"eventId":…,"occurredAt":…,"payload":{…}}, keyed by what the event is about.
template <class Payload>
struct event {
    std::string event_id;
    stentor::timestamp occurred_at;
    Payload payload;
    BOOST_DESCRIBE_CLASS(event, (), (event_id, occurred_at, payload), (), ())
};

struct account_opened {
    static constexpr std::string_view event_type = "account.opened";
    std::string account_id, owner;
    std::string_view subject() const { return account_id; }
};
BOOST_DESCRIBE_STRUCT(account_opened, (), (account_id, owner))

}  // namespace app

template <class Payload>
struct stentor::message_traits<app::event<Payload>> {
    static constexpr std::string_view topic = "account-events";
    static constexpr std::string_view type = Payload::event_type, type_header = "event-type";
    static constexpr auto naming = stentor::naming::camel_case;
    static std::string_view key(const app::event<Payload>& e) { return e.payload.subject(); }
    static void headers(const app::event<Payload>& e, auto&& add, const stentor::publish_context& context) {
        add("event-id", e.event_id);
        add("correlation-id", context.trace_id());
    }
    static stentor::fault validate(const app::event<Payload>& e) {
        if (e.event_id.empty()) {
            return {.code = stentor::errc::invalid_message, .cause = "/eventId: is empty"};
        }
        return {};
    }
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    const app::account_opened opened{.account_id = "a-1", .owner = "Ann"};
    for (const std::string id : {"e-1", ""}) {
        const auto sent = publisher.publish(app::event<app::account_opened>{id, publisher.now().wall, opened});
        std::cout << (sent ? "persisted" : sent.error().message()) << '\n';
    }
    const stentor::memory_record& r = broker.records("account-events")[0];
    std::cout << r.key << ": " << r.value << '\n';
    for (const stentor::header& h : r.headers) {
        std::cout << "  " << h.name << ": " << h.value << '\n';
    }
}
