// The first records to a topic that has just been made. Its partitions are spoken of before they take records: of two requests on
// their way the first may be refused and the second taken, and librdkafka then calls both persisted.

#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "support/gateway.hpp"

using namespace broker;
using stentor::outcome;

TEST_CASE("what is persisted of the first records to a topic that was just made is in its log") {
    const std::string& brokers = cluster::shared().brokers();
    int lost = 0;
    int persisted_in_all = 0;
    for (int round = 0; round < 15; ++round) {
        auto p = gateway(make_topic(brokers, "warm"));
        REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
        const std::string topic = make_topic(brokers, "new", 3);
        std::mutex lock;
        std::set<int> persisted;
        std::string wrong;
        for (int i = 0; i < 60; ++i) {
            const stentor::formats::gateway::new_task task{std::to_string(i), "user@example.com", "q", "https://shop.example/"};
            REQUIRE(p.async_publish(task,
                                    [&, i](const stentor::result<stentor::receipt>& r) {
                                        const std::lock_guard guard(lock);
                                        if (r) {
                                            persisted.insert(i);
                                        }
                                        if (r ? r->offset < 0 : r.error().outcome != outcome::unknown) {
                                            wrong = r ? "no offset" : r.error().message();
                                        }
                                    },
                                    {.topic = topic}));
            if (i < 20) {
                std::this_thread::sleep_for(500us);
            }
        }
        REQUIRE(p.flush(20s));
        CHECK(wrong.empty());
        persisted_in_all += static_cast<int>(persisted.size());
        std::set<int> log;
        for (const auto& record : stentor::topic_reader(brokers, topic).read(60, 3s)) {
            CHECK(log.insert(std::stoi(*record.key)).second);
        }
        for (const int number : persisted) {
            lost += log.contains(number) ? 0 : 1;
        }
    }
    std::printf("first records: %d of 900 persisted\n", persisted_in_all);
    CHECK(lost == 0);
    CHECK(persisted_in_all == 900);
}
