#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/fork.hpp>
#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/brokers.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/connect/certificate.hpp>
#include <stentor/detail/kafka/connect/credentials.hpp>
#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/detail/kafka/connect/errand.hpp>
#include <stentor/detail/kafka/connect/port_look.hpp>
#include <stentor/detail/kafka/connect/security.hpp>
#include <stentor/detail/kafka/connect/suspicions.hpp>
#include <stentor/detail/kafka/connect/token_fetch.hpp>
#include <stentor/detail/kafka/connect/watch.hpp>
#include <stentor/detail/kafka/gate.hpp>
#include <stentor/detail/kafka/headers.hpp>
#include <stentor/detail/kafka/helper.hpp>
#include <stentor/detail/kafka/instance.hpp>
#include <stentor/detail/kafka/log_lines.hpp>
#include <stentor/detail/kafka/port.hpp>
#include <stentor/detail/kafka/process.hpp>
#include <stentor/detail/kafka/report.hpp>
#include <stentor/detail/kafka/statistics.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/detail/kafka/unheard.hpp>
#include <stentor/detail/kafka/versions.hpp>
#include <stentor/error.hpp>
#include <stentor/secret.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

// The client behind kafka_client: one rd_kafka_t, the event thread that serves and destroys it, the helper thread. What runs on
// publishing threads is here and in submit.ipp, what runs on the event thread is in event_loop.ipp, hearing.ipp and telling.ipp.

namespace stentor::inline v0::detail::kafka {

class engine : public std::enable_shared_from_this<engine> {
public:
    explicit engine(const kafka_config& config)
        : config_(config),
          bootstrap_(check(config)),
          recycle_(config.recycle_headers && versions::recycles_headers()),
          never_up_(std::string(gate::text(gate::never_up)) + " at " + config.brokers),
          brokers_(gate_, bell_),
          helper_(brokers_, bell_, config_) {
        instance_.create(config_, brokers_, bell_.descriptor());
        security_ = security_of(::rd_kafka_conf(instance_.client()));
    }
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;

    // Starts the threads; the event thread keeps this alive until release() and the last port's end.
    void start() {
        (void)process_state::instance();  // so that it is there when there is no memory for it
        auto self = std::make_unique<std::shared_ptr<engine>>(shared_from_this());
        helper_.serve(instance_.client());
        if (!helper_.start()) {
            throw publish_failure(error(errc::out_of_memory, "cannot start the helper thread of a Kafka client"));
        }
        pthread_t thread{};
        if (!start_thread(thread, &engine::thread_main, self.get(), "stentor-events")) {
            helper_.stop_and_join();
            throw publish_failure(error(errc::out_of_memory, "cannot start the event thread of a Kafka client"));
        }
        [[maybe_unused]] const auto* const owned_by_the_thread = self.release();
        ::pthread_detach(thread);
    }

    // No user has a handle any more: wind down once the last port is drained.
    void release() noexcept {
        if (!forked()) {
            process_state::instance().winding_down();
            released_.store(true, std::memory_order_release);
            bell_.ring(bell::ports_changed);
        }
    }

    void attach(std::shared_ptr<port> p, events& core) noexcept {
        p->core = &core;
        {
            const guard g(lock_);
            joining_.push_back(std::move(p));
        }
        bell_.ring(bell::ports_changed);
    }

    void retire(const std::shared_ptr<port>& p, std::shared_ptr<void> keep, instant until) noexcept {
        if (forked() || p->retired.exchange(true, std::memory_order_seq_cst)) {
            return;
        }
        {
            const guard g(lock_);
            p->keep = std::move(keep);
            p->until = std::max<std::int64_t>(until.time_since_epoch().count(), 0);
            leaving_.push_back(p);
        }
        bell_.ring(bell::ports_changed);
    }

    [[nodiscard]] fault submit(port& p, const record& r, completion& c) noexcept {
        if (forked()) {
            return closed("a forked child cannot use its parent's client");
        }
        entry_counter::cell& entered = p.entered.mine();
        entered.fetch_add(1, std::memory_order_seq_cst);
        const std::uint32_t shut = gate_.load();
        if (shut != 0 || p.retired.load(std::memory_order_relaxed)) [[unlikely]] {
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return not_open(p, shut, r.topic);
        }
        const topic_entry* const topic = topics_.find(r.topic.data());
        if (topic == nullptr || topic->now.load(std::memory_order_acquire) != topic_entry::state::known) [[unlikely]] {
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return look_up(r.topic);
        }
        if (!c.keyed) {
            c.key_hash = static_cast<std::uint32_t>(this_threads_clock.next());
        }
        const rd_kafka_resp_err_t code = produce(*topic, r, c);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) [[unlikely]] {
            // First of all: while this record counts as inside, no other client can take the place of the one that refused it.
            fault f = refused(code, r.topic);
            entered.fetch_sub(1, std::memory_order_seq_cst);
            return f;
        }
        return {};
    }

    void wake_at(port& p, instant when) noexcept {
        // Any past instant is as good as another, and the far past would overflow where it is subtracted from now.
        const std::int64_t ns = std::max<std::int64_t>(when.time_since_epoch().count(), 0);
        // Whoever parks a record and then asks to be woken must not see an alarm whose `woken` has missed that record. A plain load
        // could be done before the parking is visible; this read-modify-write and the event thread's exchange have an order.
        std::int64_t pending = p.alarm.fetch_add(0, std::memory_order_acq_rel);
        do {
            if (ns >= pending) {
                return;
            }
        } while (!p.alarm.compare_exchange_weak(pending, ns, std::memory_order_seq_cst, std::memory_order_relaxed));
        if (!forked()) {
            bell_.ring_for(ns);
        }
    }

    [[nodiscard]] bool wait(latch& l, instant until) noexcept {
        if (!helper_.flushes() || forked()) {
            return l.wait_until(until);
        }
        helper_.begin_wait();
        const bool set = l.wait_until(until);
        helper_.end_wait();
        return set;
    }

    // Answers when metadata have come, or as soon as it is certain why they cannot.
    [[nodiscard]] result<void> await_connection(instant until);

    // From now on nothing is accepted; answers when librdkafka's client is gone.
    [[nodiscard]] result<void> disconnect(instant until);
    [[nodiscard]] bool disconnected() const noexcept { return (gate_.load() & gate::closed) != 0; }
    [[nodiscard]] result<void> set_credentials(const std::string& user, const secret& password);
    [[nodiscard]] result<void> check_topics(const std::vector<topic_settings>& topics, bool create, instant until);

    void take_back() noexcept { bell_.ring(bell::take_back); }
    [[nodiscard]] bool up() const noexcept { return brokers_.up(); }
    [[nodiscard]] std::size_t brokers_up() const noexcept { return brokers_.count_up(); }
    [[nodiscard]] bool forked() const noexcept { return process_generation() != born_; }
    [[nodiscard]] const kafka_config& config() const noexcept { return config_; }
    [[nodiscard]] std::shared_ptr<const std::string> statistics() const noexcept { return statistics_.last(); }

private:
    [[nodiscard]] static fault closed(const char* why) noexcept {
        fault f;
        f.code = errc::closed;
        f.name = why;
        return f;
    }

    [[nodiscard]] rd_kafka_resp_err_t produce(const topic_entry& topic, const record& r, completion& c) noexcept;
    // why submit did not, or could not, produce
    [[nodiscard]] fault not_open(const port& p, std::uint32_t shut, std::string_view topic) noexcept;
    [[nodiscard]] fault look_up(std::string_view name) noexcept;
    [[nodiscard]] fault look_up_or_throw(std::string_view name);
    [[nodiscard]] static fault refusal_of(const topic_entry& t) noexcept;
    [[nodiscard]] fault refused(rd_kafka_resp_err_t code, std::string_view topic) noexcept;
    static void doubt(topic_entry& t, rd_kafka_resp_err_t code) noexcept;

    // the event thread's part
    static void* thread_main(void* self) noexcept;
    void run() noexcept;
    void change_ports() noexcept;
    void hear(owned_event event) noexcept;
    void hear_again() noexcept;
    void hear_reports(rd_kafka_event_t* event) noexcept;
    void hear_error(rd_kafka_event_t* event);
    void hear_log(rd_kafka_event_t* event);
    void hear_failure(std::int32_t code, std::string_view words);
    void pass_on(int level, std::string_view facility, std::string_view words) noexcept;
    [[nodiscard]] bool is_news(const std::string& words);
    void look_at_suspect();
    void hear_look() noexcept;
    void refused_login(errc what, const std::string& words);
    void greet(events& core) noexcept;
    void tell(const client_event& what) noexcept;
    void tell_refused(client_event::kind how, errc what);
    void tell_brokers() noexcept;
    void tell_down_when_due() noexcept;
    void resume() noexcept;
    void fire_alarms() noexcept;
    void finish_retired() noexcept;
    void began_fatal() noexcept;
    void replace_when_drained() noexcept;
    void disconnect_when_drained();
    [[nodiscard]] bool drained() const noexcept;
    [[nodiscard]] kafka_config current_config();
    void begin_with_new_credentials();
    void close_client();
    [[nodiscard]] port* port_of(const events* core) noexcept;
    [[nodiscard]] std::int64_t next_alarm() const noexcept;

    const kafka_config config_;
    const std::size_t bootstrap_;
    const bool recycle_;
    const std::uint32_t born_ = process_generation();
    const std::string never_up_;
    gate gate_;
    topic_table topics_;
    // Apart, because these are written all the time, and what is around them is read in each submit.
    alignas(64) bell bell_;
    broker_states brokers_;
    alignas(64) instance instance_;
    alignas(64) helper helper_;
    security security_;
    connection_watch watch_;
    token_fetch tokens_{bell_};
    std::atomic<bool> full_{false};
    std::atomic<bool> released_{false};
    // Of a disconnect: how long it may take, whether something had to be purged for it, and that it is done.
    std::atomic<std::int64_t> disconnect_by_{never};
    std::atomic<bool> cut_off_{false};
    std::atomic<bool> gone_{false};
    new_credentials credentials_;
    last_statistics statistics_;

    mutex lock_;  // guards the two lists
    port_list<&port::next> joining_;
    port_list<&port::next_leaving> leaving_;

    // the event thread's own
    port_list<&port::next> ports_;
    report_maker reports_;
    suspicions suspicions_;
    errand<std::pair<std::string, port_look>> look_{bell_};  // by host:port
    std::vector<std::string> refusers_;                      // bootstrap brokers that refused the login
    errc refused_ = errc::none;                              // by all of them; with how and why
    client_event::kind refused_how_ = client_event::kind::authentication_failed;
    std::string refused_words_;
    errc fault_ = errc::none;  // why no broker can be reached, since one was up; for who joins later
    std::string fault_words_;
    std::string last_words_;
    std::vector<std::pair<std::string, std::int64_t>> told_;  // faults, and when
    certificate_notes certificates_;
    std::string logged_;  // the failure that the log has told already
    unheard unheard_;
    early_log early_;
    std::uint32_t rises_told_ = 0;
    bool up_told_ = false;
    std::int64_t down_due_ = never;  // when all_brokers_down is to be told
    bool dying_ = false;
    std::array<std::int64_t, 3> replaced_at_{};
    std::int64_t try_again_at_ = never;
};

}  // namespace stentor::inline v0::detail::kafka

#include <stentor/detail/kafka/connect/await.ipp>
#include <stentor/detail/kafka/connect/login.ipp>
#include <stentor/detail/kafka/event_loop.ipp>
#include <stentor/detail/kafka/hearing.ipp>
#include <stentor/detail/kafka/submit.ipp>
#include <stentor/detail/kafka/telling.ipp>
