// Publishes a range of messages together: one result for each, in order, under one deadline.

#include <iostream>
#include <vector>

#include <stentor/stentor.hpp>

namespace app {

struct price_change {
    std::string article;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(price_change, (), (article, cents))

}  // namespace app

template <>
struct stentor::message_traits<app::price_change> {
    static constexpr std::string_view topic = "price-changes";
    static std::string_view key(const app::price_change& p) { return p.article; }
};

int main() {
    using namespace std::chrono_literals;
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    broker.script({.key = "cup", .fault = stentor::memory_fault::lost_acknowledgement()});
    broker.script({.key = "pot", .fault = stentor::memory_fault::answer(29)});  // TOPIC_AUTHORIZATION_FAILED

    const std::vector<app::price_change> changes{{"tea", 450}, {"cup", 1200}, {"pot", 3900}, {"tea", 430}};
    const auto results = publisher.publish_all(changes, {.deadline = 20s});

    std::vector<app::price_change> again;  // publishing these once more can make no duplicates
    for (std::size_t i = 0; i < changes.size(); ++i) {
        std::cout << changes[i].article << ": ";
        if (results[i]) {
            std::cout << "offset " << results[i]->offset << '\n';
            continue;
        }
        std::cout << results[i].error().outcome << ", " << results[i].error().cause << '\n';
        if (results[i].error().outcome == stentor::outcome::not_persisted) {
            again.push_back(changes[i]);
        }
    }
    std::cout << again.size() << " to publish again\n";
}
