// Metrics from several threads at once: TSan looks, and nothing is lost.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <catch2/generators/catch_generators.hpp>

#include <stentor/metrics.hpp>

#include "support.hpp"

using namespace flow;
using stentor::counter;
using stentor::metrics_format;

namespace {

constexpr int threads = 3;
constexpr int rounds = 2'000;

/// Runs `record(thread, round)` on several threads, and another one renders until they are through. How often it has.
template <class Record>
int together(const stentor::metrics_registry& registry, Record&& record) {
    std::atomic<int> left{threads};
    std::vector<std::thread> all;
    all.reserve(threads);
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&, t] {
            for (int i = 0; i < rounds; ++i) {
                record(t, i);
            }
            left.fetch_sub(1);
        });
    }
    int rendered = 0;
    do {
        rendered += render(registry, metrics_format::openmetrics).ends_with("# EOF\n") ? 1 : 0;
        std::this_thread::yield();
    } while (left.load() != 0);
    for (std::thread& t : all) {
        t.join();
    }
    return rendered;
}

}  // namespace

TEST_CASE("metrics: what several threads record while another renders is all there", "[flow]") {
    const stentor::metrics_registry registry(stentor::metrics_options{.max_label_values = 4});
    const stentor::metrics_tracer shared(registry);
    const int rendered = together(registry, [&](int t, int i) {
        // Everybody asks for the families anew, and all meet the same labels at about the same time.
        const std::string label = std::to_string(i % 8);
        const auto own = registry.counters("own_total", "Own.", {"x"}).value();
        own.with(label).add();
        registry.gauges("level", "Level.").value()->add(t == 0 ? 1 : -0.5);
        stentor::metrics_tracer tracer = shared;
        stentor::header_sink sink;
        stentor::publish_context context;
        auto span = tracer.start({.topic = label}, sink, context);
        if (t == 0) {
            const stentor::detail::event_scope as_on_an_event_thread;
            span.finish(stentor::receipt{}, {});
        } else {
            span.finish(stentor::receipt{}, {});
        }
    });
    CHECK(rendered > 0);
    const stentor::collected_metrics all = registry.collect();
    const auto sum = [&](std::string_view name) {
        double n = 0;
        for (const stentor::metric_point& p : all.find(name)->points) {
            n += p.value + static_cast<double>(p.count());
        }
        return n;
    };
    CHECK(all.find("own_total")->points.size() == 5);
    CHECK(sum("own_total") == threads * rounds);
    CHECK(sum("kafka_producer_messages_sent_total") == threads * rounds);
    CHECK(sum("kafka_producer_attempts_total") == threads * rounds);
    CHECK(sum("kafka_producer_send_duration_seconds") == threads * rounds);
    CHECK(all.value("level") == 0);
    CHECK(all.value("stentor_metrics_left_out_total") == 0);
}

TEST_CASE("metrics: two tracers on one registry, each with an event thread of its own, lose nothing", "[flow]") {
    constexpr int publishes = 400'000;
    const stentor::metrics_registry registry(stentor::metrics_options{.max_label_values = 1});
    const auto sent = registry.counters("kafka_producer_messages_sent_total", "Sent.", {"topic"}).value();
    std::atomic<int> ready{2};
    const auto publish = [&] {
        stentor::metrics_tracer tracer(registry);
        const stentor::detail::event_scope as_on_an_event_thread;
        stentor::header_sink sink;
        stentor::publish_context context;
        const stentor::receipt once{.attempts = 1};
        (void)tracer.start({.topic = "t"}, sink, context);
        ready.fetch_sub(1);
        while (ready.load() > 0) {
            std::this_thread::yield();
        }
        for (int i = 0; i < publishes; ++i) {
            tracer.start({.topic = i % 2 == 0 ? "t" : "one too many"}, sink, context).finish(once, {});
        }
        ready.fetch_sub(1);
    };
    std::thread one(publish);
    std::thread another(publish);
    int backwards = 0;
    for (std::uint64_t before = 0; ready.load() > -2; std::this_thread::yield()) {
        const std::uint64_t now = sent.with("t").value();
        backwards += now < before ? 1 : 0;
        before = now;
    }
    one.join();
    another.join();
    CHECK(backwards == 0);
    const stentor::collected_metrics all = registry.collect();
    for (const char* topic : {"t", "_other"}) {
        INFO(topic);
        CHECK(all.value("kafka_producer_messages_sent_total", {{"topic", topic}}) == publishes);
        CHECK(all.value("kafka_producer_attempts_total", {{"topic", topic}}) == publishes);
        CHECK(all.find("kafka_producer_send_duration_seconds")->find({{"topic", topic}})->count() == publishes);
    }
}

TEST_CASE("metrics: an exemplar is never half of one trace and half of another", "[flow]") {
    const stentor::metrics_registry registry;
    const auto h = registry.histograms("h_seconds", "H.").value();
    (void)together(registry, [&](int t, int i) {
        stentor::exemplar e;
        e.trace_id.fill(static_cast<char>('a' + t));
        e.span_id.fill(static_cast<char>('a' + t));
        h->observe(0.001, e);
        if (i % 16 == 0) {
            const stentor::histogram_values seen = h->read();
            const stentor::exemplar& found = seen.exemplars[0].what;
            const std::string_view trace(found.trace_id.data(), found.trace_id.size());
            if (trace.find_first_not_of(trace[0]) != std::string_view::npos || found.span_id[15] != trace[0]) {
                h->observe(1'000);  // an assertion belongs to the test's own thread
            }
        }
    });
    CHECK(h->read().buckets[0] == threads * rounds);
    CHECK(h->read().buckets.back() == 0);
}

TEST_CASE("metrics: a hook that is forgotten is not running any more", "[flow]") {
    const stentor::metrics_registry registry;
    std::atomic<bool> stop{false};
    std::thread scraper([&] {
        while (!stop.load()) {
            (void)registry.collect();
        }
    });
    for (int i = 0; i < 200; ++i) {
        std::atomic<bool> alive{true};
        const auto id = registry.on_collect([&](stentor::metric_sink& to) {
            std::this_thread::yield();
            to.add_gauge("g", "G.", alive.load() ? 1 : 0);
        });
        std::this_thread::yield();
        registry.forget(id);  // and then `alive` goes: ASan and TSan see who still looks
    }
    stop.store(true);
    scraper.join();
    CHECK_FALSE(registry.collect().value("g"));
}

TEST_CASE("metrics: who waits for a hook sleeps: a second scraper, and who forgets it, also after it has forgotten itself",
          "[flow]") {
    const stentor::metrics_registry registry;
    std::atomic<int> inside{0};
    std::atomic<int> calls{0};
    std::atomic<stentor::metrics_registry::hook_id> id{0};
    const bool forgets_itself = GENERATE(false, true);
    // Long enough that who spins is seen.
    constexpr auto long_call = std::chrono::milliseconds(150);
    id = registry.on_collect([&](stentor::metric_sink&) {
        if (forgets_itself) {
            registry.forget(id);
        }
        calls.fetch_add(1);
        inside.fetch_add(1);
        std::this_thread::sleep_for(long_call);
        inside.fetch_sub(1);
    });
    const auto spent = [] {
        std::timespec t{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    };
    std::thread scraper([&] { (void)registry.collect(); });
    while (calls.load() == 0) {
        std::this_thread::yield();
    }
    std::chrono::nanoseconds of_second{};
    std::thread second([&] {
        (void)registry.collect();
        of_second = spent();
    });
    const auto before = spent();
    registry.forget(id);
    const auto of_forget = spent() - before;
    CHECK(inside.load() == 0);
    const int until_then = calls.load();
    scraper.join();
    second.join();
    CHECK(calls.load() == until_then);
    CHECK(of_forget < long_call / 10);
    CHECK(of_second < long_call / 10);
    CHECK(registry.collect().value("stentor_metrics_left_out_total") == 0);
}
