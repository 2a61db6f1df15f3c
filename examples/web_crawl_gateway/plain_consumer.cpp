#include "plain_consumer.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>

#include <librdkafka/rdkafka.h>

namespace demo {
namespace {

using namespace std::chrono_literals;

constexpr auto one_question = 250ms;  // how long `stop` may go unnoticed
constexpr auto patience = 1500ms;     // then the user is told what is being waited for

using error_callback = void (*)(rd_kafka_t*, int, const char*, void*);

rd_kafka_t* make_client(plain_consumer::settings settings, error_callback on_error, void* self) {
    std::array<char, 512> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    settings.insert(settings.end(), {{"group.id", "stentor-demo-reader"},
                                     {"client.id", "stentor-demo-reader"},
                                     {"enable.auto.commit", "false"},
                                     {"auto.offset.reset", "error"},
                                     {"fetch.wait.max.ms", "50"},
                                     {"reconnect.backoff.max.ms", "200"},
                                     {"log_level", "0"}});
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            throw std::runtime_error(std::string{"the consumer's "} + name + ": " + why.data());
        }
    }
    rd_kafka_conf_set_opaque(conf, self);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
    if (client == nullptr) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(std::string{"the consumer: "} + why.data());
    }
    rd_kafka_poll_set_consumer(client);
    return client;
}

std::string_view bytes(const void* data, std::size_t size) { return {static_cast<const char*>(data), size}; }

// Of all partitions with one request to each leader: question by question it takes seconds.
template <class Positions>
rd_kafka_resp_err_t find_ends(rd_kafka_t* client, Positions& positions, std::chrono::milliseconds within) {
    const std::unique_ptr<rd_kafka_topic_partition_list_t, void (*)(rd_kafka_topic_partition_list_t*)> list{
        rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())), rd_kafka_topic_partition_list_destroy};
    for (const auto& p : positions) {
        // Asked for the offset at the time -1, brokers answer with the end.
        rd_kafka_topic_partition_list_add(list.get(), p.topic.c_str(), p.partition)->offset = RD_KAFKA_OFFSET_END;
    }
    rd_kafka_resp_err_t e = rd_kafka_offsets_for_times(client, list.get(), static_cast<int>(within.count()));
    for (int i = 0; i != list->cnt && e == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
        e = list->elems[i].err;
    }
    if (e == RD_KAFKA_RESP_ERR_NO_ERROR) {
        for (auto& p : positions) {
            p.next = rd_kafka_topic_partition_list_find(list.get(), p.topic.c_str(), p.partition)->offset;
        }
    }
    return e;
}

}  // namespace

plain_consumer::plain_consumer(settings cluster, handler on_message)
    : client_(make_client(std::move(cluster), &hear_of_error, this)), on_message_(std::move(on_message)) {}

bool plain_consumer::begin(const std::vector<readable_topic>& topics, const std::atomic<bool>& stop, const listener& say) {
    bool all_new = true;
    for (const readable_topic& topic : topics) {
        all_new = all_new && topic.partitions != 0;
        for (std::int32_t partition = 0; partition != topic.partitions; ++partition) {
            positions_.push_back({topic.name, partition, 0});
        }
        if (topic.partitions == 0 && !ask_for_partitions(topic.name, stop, say)) {
            return false;
        }
    }
    if (!all_new && !ask([this](std::chrono::milliseconds within) { return find_ends(client_, positions_, within); }, stop, say)) {
        return false;
    }
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size()));
    for (const position& p : positions_) {
        rd_kafka_topic_partition_list_add(list, p.topic.c_str(), p.partition)->offset = p.next;
    }
    rd_kafka_assign(client_, list);
    rd_kafka_topic_partition_list_destroy(list);
    thread_ = std::thread{[this] { run(); }};
    return !stop;
}

template <class Question>
bool plain_consumer::ask(Question&& question, const std::atomic<bool>& stop, const listener& say) {
    const auto begin = std::chrono::steady_clock::now();
    bool told = false;
    for (;;) {
        if (stop) {
            return false;
        }
        const auto asked = std::chrono::steady_clock::now();
        const rd_kafka_resp_err_t e = question(std::chrono::milliseconds{one_question});
        if (e == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return true;
        }
        serve_once(0);
        const auto now = std::chrono::steady_clock::now();
        const std::string why = connection_trouble().empty() ? rd_kafka_err2str(e) : connection_trouble();
        if (now - begin > answer_timeout) {
            throw std::runtime_error("no broker answered within " + std::to_string(answer_timeout.count()) + " s: " + why);
        }
        if (!told && now - begin > patience) {
            told = true;
            say("no broker answers yet: " + why);
        }
        std::this_thread::sleep_until(asked + one_question / 4);  // some errors come at once
    }
}

void plain_consumer::hear_of_error(rd_kafka_t*, int code, const char* why, void* self) {
    auto& consumer = *static_cast<plain_consumer*>(self);
    const std::lock_guard lock{consumer.mutex_};
    // "All are down" is said after each one's own reason, which says more.
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || consumer.connection_trouble_.empty()) {
        consumer.connection_trouble_ = why;
    }
}

std::string plain_consumer::connection_trouble() const {
    const std::lock_guard lock{mutex_};
    return connection_trouble_;
}

void plain_consumer::stop() {
    stop_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

plain_consumer::~plain_consumer() {
    stop();
    rd_kafka_consumer_close(client_);
    rd_kafka_destroy(client_);
}

bool plain_consumer::ask_for_partitions(const std::string& topic, const std::atomic<bool>& stop, const listener& say) {
    const std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> handle{rd_kafka_topic_new(client_, topic.c_str(), nullptr),
                                                                                rd_kafka_topic_destroy};
    const rd_kafka_metadata_t* answer = nullptr;
    const auto question = [&](std::chrono::milliseconds within) {
        return rd_kafka_metadata(client_, 0, handle.get(), &answer, static_cast<int>(within.count()));
    };
    if (!ask(question, stop, say)) {
        return false;
    }
    const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> owner{answer, rd_kafka_metadata_destroy};
    const rd_kafka_resp_err_t why = answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN;
    if (why != RD_KAFKA_RESP_ERR_NO_ERROR || answer->topics[0].partition_cnt == 0) {
        throw std::runtime_error("topic " + topic + " cannot be read: " + rd_kafka_err2str(why) + ". Create it first.");
    }
    for (std::int32_t partition = 0; partition != answer->topics[0].partition_cnt; ++partition) {
        positions_.push_back({topic, partition, 0});
    }
    return true;
}

void plain_consumer::run() {
    while (!stop_) {
        serve_once(50);
    }
}

void plain_consumer::serve_once(int wait_ms) {
    if (rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, wait_ms); message != nullptr) {
        take(*message);
        rd_kafka_message_destroy(message);
    }
}

void plain_consumer::take(const rd_kafka_message_s& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // Lost connections and leaders that moved mend themselves; an offset that is gone means that something was never read.
        if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
            const std::lock_guard lock{mutex_};
            trouble_ = rd_kafka_message_errstr(&message);
        }
        return;
    }
    seen_message seen{rd_kafka_topic_name(message.rkt),
                      message.partition,
                      message.offset,
                      bytes(message.key, message.key_len),
                      bytes(message.payload, message.len),
                      {}};
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            seen.headers.emplace_back(name, bytes(value, size));
        }
    }
    on_message_(seen);
    advance(seen);
}

void plain_consumer::advance(const seen_message& message) {
    const std::lock_guard lock{mutex_};
    for (position& p : positions_) {
        if (p.partition == message.partition && p.topic == message.topic) {
            p.next = message.offset + 1;
        }
    }
    ++count_;
}

bool plain_consumer::catch_up(std::chrono::milliseconds within) {
    const auto until = std::chrono::steady_clock::now() + within;
    std::vector<position> ends;
    {
        const std::lock_guard lock{mutex_};
        ends = positions_;
    }
    rd_kafka_resp_err_t e = RD_KAFKA_RESP_ERR__TIMED_OUT;
    while (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= 0ms) {
            return false;
        }
        e = find_ends(client_, ends, left);
        if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
            std::this_thread::sleep_for(20ms);
        }
    }
    for (;;) {
        bool behind = false;
        {
            const std::lock_guard lock{mutex_};
            for (std::size_t i = 0; i != ends.size(); ++i) {
                behind = behind || positions_[i].next < ends[i].next;
            }
        }
        if (!behind) {
            return true;
        }
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(5ms);
    }
}

std::string plain_consumer::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

}  // namespace demo
