// A publisher on librdkafka seen from outside: how many brokers are up, while they come and go, and from another thread at work.

#include <atomic>
#include <thread>

#include <stentor/snapshot.hpp>

#include "notes.hpp"

using namespace wire;

TEST_CASE("the brokers that are up are counted as they go and come") {
    stentor::mock_cluster cluster(3);
    cluster.create_topic("notes", 3);
    auto p = publisher({.brokers = cluster.bootstrap()});
    const stentor::snapshot_source source = p.snapshots();
    CHECK(source.read().knows_brokers);
    CHECK(eventually([&] { return source.read().brokers_up == 3; }));
    cluster.down(2);
    CHECK(eventually([&] { return source.read().brokers_up == 2; }));
    cluster.down();
    CHECK(eventually([&] { return source.read().brokers_up == 0; }));
    cluster.up();
    CHECK(eventually([&] { return source.read().brokers_up > 0; }));
}

TEST_CASE("snapshots from another thread, while a publisher works and goes") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    stentor::snapshot_source source;
    std::atomic<bool> gone{false};
    std::thread onlooker;
    {
        auto p = publisher({.brokers = cluster.bootstrap()});
        source = p.snapshots();
        onlooker = std::thread([&, mine = source] {
            stentor::account before;
            for (;;) {
                const stentor::publisher_snapshot seen = mine.read();
                if (seen.gone) {
                    break;
                }
                const stentor::account& a = seen.account;
                if (a.accepted != a.persisted + a.not_persisted + a.unknown + a.in_flight || a.persisted < before.persisted) {
                    return;
                }
                before = a;
            }
            gone = true;
        });
        for (int i = 0; i < 500; ++i) {
            CHECK(p.publish(note{"k", "text"}));
        }
        CHECK(source.read().account.persisted == 500);
        CHECK(source.read().account.in_flight == 0);
    }
    CHECK(eventually([&] { return gone.load(); }));
    onlooker.join();
}
