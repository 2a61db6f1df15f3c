// An asynchronous publish returns at once; its handler gets the outcome, exactly once, on the event thread. When all slots are
// taken, async_publish waits for one, and try_async_publish refuses.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct page_view {
    std::string session;
    std::string path;
};
BOOST_DESCRIBE_STRUCT(page_view, (), (session, path))

}  // namespace app

template <>
struct stentor::message_traits<app::page_view> {
    static constexpr std::string_view topic = "page-views";
    static std::string_view key(const app::page_view& v) { return v.session; }
};

int main() {
    using namespace std::chrono_literals;
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::publisher_options{.slots = 4}};
    broker.script({.key = "s-2", .fault = stentor::memory_fault::lost_acknowledgement()});

    for (const std::string session : {"s-1", "s-2", "s-3", "s-4", "s-5"}) {
        // A handler owns what it captures: the publish outlives this iteration.
        const auto accepted = publisher.try_async_publish(app::page_view{session, "/"}, [session](const auto& sent) {
            std::cout << session << ": " << (sent ? "persisted" : sent.error().message()) << '\n';
        });
        if (!accepted) {
            std::cout << session << ": refused, its handler is never called: " << accepted.error() << '\n';
        }
    }
    std::cout << publisher.account().in_flight << " in flight\n";
    if (const auto all = publisher.close(30s); !all) {  // waits for every outcome and every handler
        std::cout << all.error() << '\n';
    }
    const stentor::account a = publisher.account();
    std::cout << a.accepted << " accepted = " << a.persisted << " persisted + " << a.not_persisted << " not persisted + "
              << a.unknown << " unknown\n";
}
