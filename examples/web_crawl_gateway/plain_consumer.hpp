#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// A consumer as anybody would write it with librdkafka alone: nothing of stentor is used to read back what stentor wrote.
struct rd_kafka_s;
struct rd_kafka_message_s;

namespace demo {

/// One message as it came from the broker. Views live for the call.
struct seen_message {
    std::string_view topic{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    std::string_view key{};    ///< null data: no key
    std::string_view value{};  ///< null data: no value
    std::vector<std::pair<std::string_view, std::string_view>> headers{};
};

/// A topic to read.
struct readable_topic {
    std::string name{};
    std::int32_t partitions = 0;  ///< it is new and empty, and has so many; 0: the brokers are asked for them and their ends
};

/// Reads some topics on a thread of its own, from where they ended when it began.
class plain_consumer {
public:
    using handler = std::function<void(const seen_message&)>;
    using listener = std::function<void(const std::string&)>;
    using settings = std::vector<std::pair<std::string, std::string>>;  ///< librdkafka's names and values

    static constexpr std::chrono::seconds answer_timeout{10};

    /// Connects to nobody yet. `cluster`: where it is, and who asks. Throws `std::runtime_error` when that cannot be.
    plain_consumer(settings cluster, handler on_message);
    plain_consumer(const plain_consumer&) = delete;
    plain_consumer& operator=(const plain_consumer&) = delete;
    ~plain_consumer();

    /// Begins to read. False: `stop` was set before it could. `say` is told why it takes long. Throws `std::runtime_error` when the
    /// brokers don't answer within `answer_timeout` or a topic is missing; the text is what a sentence about the address ends with.
    [[nodiscard]] bool begin(const std::vector<readable_topic>& topics, const std::atomic<bool>& stop, const listener& say);
    /// Waits until everything that is in the topics now has been read; false: it took longer than that.
    [[nodiscard]] bool catch_up(std::chrono::milliseconds within);
    /// Reads no more; the handler is not called any more.
    void stop();
    [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(); }
    /// What went wrong with reading, if anything: messages lost between broker and consumer, say. Call it after `catch_up`.
    [[nodiscard]] std::string trouble() const;

private:
    struct position {
        std::string topic;
        std::int32_t partition;
        std::int64_t next;
    };

    [[nodiscard]] bool ask_for_partitions(const std::string& topic, const std::atomic<bool>& stop, const listener& say);
    void run();
    void serve_once(int wait_ms);
    [[nodiscard]] std::string connection_trouble() const;
    // Calls `question(milliseconds)` until it answers without an error. False: `stop` was set.
    template <class Question>
    [[nodiscard]] bool ask(Question&& question, const std::atomic<bool>& stop, const listener& say);
    void take(const rd_kafka_message_s& message);
    void advance(const seen_message& message);
    static void hear_of_error(rd_kafka_s* client, int code, const char* why, void* self);

    rd_kafka_s* client_ = nullptr;
    handler on_message_;
    mutable std::mutex mutex_;  // guards positions_, trouble_ and connection_trouble_
    std::vector<position> positions_;
    std::string trouble_;
    std::string connection_trouble_;  // the last thing that went wrong with a connection
    std::atomic<std::uint64_t> count_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace demo
