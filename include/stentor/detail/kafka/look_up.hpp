#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/brokers.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/create_topics.hpp>
#include <stentor/detail/kafka/leaders.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/detail/kafka/partition_hold.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Asks the brokers for topics, with calls that block, and tells everybody what they said. Used by one thread.
class topic_look_up {
public:
    struct job {
        topic_entry* topic;
        std::int64_t not_before;
        int answers = 0;
        std::int64_t leaders_until = 0;  // their word is waited for until then; 0: they were not asked yet
        bool asks_leaders = false;
        bool done = false;
    };

    static constexpr int call_ms = 1000;
    static constexpr int down_call_ms = 100;  // a failed call always takes its whole time
    static constexpr std::int64_t ms = 1'000'000;

    // `described` must live as long as this: what topics are created with.
    topic_look_up(broker_states& brokers, bell& b, partition_hold& hold, bool create_topics,
                  const std::vector<topic_settings>& described)
        : brokers_(brokers), bell_(b), hold_(hold), create_topics_(create_topics), described_(described) {}

    // A metadata request makes librdkafka connect at once instead of at its next second, and blocks until a broker is up. It must
    // name a topic: without one it asks for all that this client has a handle of, or, with none, for all that the cluster has.
    static void prompt(rd_kafka_t* client, topic_entry& t) noexcept {
        const rd_kafka_metadata_t* answer = nullptr;
        if (rd_kafka_topic_t* const handle = handle_of(client, t);
            handle != nullptr && ::rd_kafka_metadata(client, 0, handle, &answer, down_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(answer);
        }
    }

    // One request for all of them: far brokers take their time. Those that are not done then have to be asked for again, at their
    // `not_before`.
    void ask(rd_kafka_t* client, std::vector<job>& jobs) noexcept {
        try {
            ask_once(client, jobs);
        } catch (const std::bad_alloc&) {
            for (job& j : jobs) {
                j.asks_leaders = false;  // all are asked for again, in no hurry
            }
        }
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        for (job& j : jobs) {
            j.not_before = now + (j.asks_leaders ? 10 : j.answers < quick_answers ? 50 : 250) * ms;
        }
    }
    // Nobody asks for it any more: whoever wants it begins anew.
    void give_up(topic_entry& t) noexcept {
        t.now.store(topic_entry::state::fresh, std::memory_order_release);
        bell_.ring(bell::resume);
    }

private:
    void ask_once(rd_kafka_t* client, std::vector<job>& jobs) {
        create_described(client, jobs);
        rd_kafka_topic_t* only = nullptr;
        std::size_t handles = 0;
        for (job& j : jobs) {
            if (rd_kafka_topic_t* const handle = handle_of(client, *j.topic)) {
                only = handle;
                ++handles;
            } else {
                settle(j, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
            }
        }
        const rd_kafka_metadata_t* answer = nullptr;
        if (handles > 0 && ::rd_kafka_metadata(client, 0, handles == 1 ? only : nullptr, &answer,
                                               brokers_.up() ? call_ms : down_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(answer);
            hear(client, jobs, *answer);
        }
    }

    static constexpr int quick_answers = 20;  // a topic that is being made is there after the first few
    static constexpr int most_answers = 40;
    static constexpr std::int64_t patience_with_leaders = 1000 * ms;  // then they are believed to lead

    [[nodiscard]] static rd_kafka_topic_t* handle_of(rd_kafka_t* client, topic_entry& t) noexcept {
        rd_kafka_topic_t* handle = t.handle.load(std::memory_order_relaxed);
        if (handle == nullptr) {
            handle = ::rd_kafka_topic_new(client, t.name.c_str(), nullptr);
            t.handle.store(handle, std::memory_order_release);
        }
        return handle;
    }

    void hear(rd_kafka_t* client, std::vector<job>& jobs, const rd_kafka_metadata_t& answer) {
        std::vector<const rd_kafka_metadata_topic_t*> lines;
        lines.reserve(static_cast<std::size_t>(answer.topic_cnt));
        for (int i = 0; i < answer.topic_cnt; ++i) {
            lines.push_back(&answer.topics[i]);
        }
        const auto by_name = [](const rd_kafka_metadata_topic_t* t, std::string_view name) { return t->topic < name; };
        std::sort(lines.begin(), lines.end(), [&](const auto* a, const auto* b) { return by_name(a, b->topic); });
        std::vector<topic_entry*> missing;
        std::vector<job*> there;
        leader_question leaders;
        for (job& j : jobs) {
            if (j.done) {
                continue;
            }
            const std::string_view name = j.topic->name;
            const auto at = std::lower_bound(lines.begin(), lines.end(), name, by_name);
            const rd_kafka_metadata_topic_t* const told = at != lines.end() && (*at)->topic == name ? *at : nullptr;
            if (told != nullptr) {
                hold_.knows(*j.topic, told->partition_cnt);
            }
            j.asks_leaders = told != nullptr && told->err == RD_KAFKA_RESP_ERR_NO_ERROR && !j.topic->led && waits_for_leaders(j);
            if (j.asks_leaders) {
                leaders.add(*told);
                there.push_back(&j);
            } else {
                hear_one(j, told != nullptr ? told->err : RD_KAFKA_RESP_ERR_NO_ERROR, missing);
            }
        }
        if (!missing.empty()) {
            create(client, missing);
        }
        // One question for all, as for the metadata. It does not tell which of them is not ready, so they go on together.
        const bool led = there.empty() || leaders.ask(client, call_ms);
        for (job* const j : there) {
            if (led) {
                j->topic->led = true;
                settle(*j, RD_KAFKA_RESP_ERR_NO_ERROR);
            }
        }
    }

    // By the clock: far leaders may take a while to say that they do not know.
    [[nodiscard]] static bool waits_for_leaders(job& j) noexcept {
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        if (j.leaders_until == 0) {
            j.leaders_until = now + patience_with_leaders;
        }
        return now < j.leaders_until;
    }

    void hear_one(job& j, rd_kafka_resp_err_t code, std::vector<topic_entry*>& missing) {
        ++j.answers;
        if (code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
            // Being made, or its brokers are gone: whoever waits for it learns that. Now and then they have to ask anew, so that
            // nobody goes on asking for a topic that is not wanted any more.
            put_off(*j.topic, code);
            if (j.answers >= most_answers) {
                j.done = true;
                give_up(*j.topic);
            }
        } else if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && create_topics_ && j.answers < quick_answers) {
            put_off(*j.topic, code);
            missing.push_back(j.topic);
        } else {
            settle(j, code);
        }
    }

    void put_off(topic_entry& t, rd_kafka_resp_err_t code) noexcept {
        const auto why = static_cast<std::int32_t>(code);
        if (t.delay.exchange(why, std::memory_order_relaxed) != why) {
            bell_.ring(bell::resume);  // what is parked asks again, and hears it
        }
    }

    void settle(job& j, rd_kafka_resp_err_t code) noexcept {
        topic_entry& t = *j.topic;
        j.done = true;
        t.led = t.led && code == RD_KAFKA_RESP_ERR_NO_ERROR;
        t.delay.store(0, std::memory_order_relaxed);
        switch (code) {
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                t.refusal.store(static_cast<std::int32_t>(code), std::memory_order_relaxed);
                t.recheck_at.store(read_clock(CLOCK_MONOTONIC) + 1000 * ms, std::memory_order_relaxed);
                t.now.store(topic_entry::state::refused, std::memory_order_release);
                break;
            default: t.now.store(topic_entry::state::known, std::memory_order_release); break;
        }
        bell_.ring(bell::resume);
    }

    [[nodiscard]] const topic_settings* description(std::string_view name) const noexcept {
        for (const topic_settings& t : described_) {
            if (t.name == name) {
                return &t;
            }
        }
        return nullptr;
    }

    // Before metadata are asked for: a broker that makes topics by itself would make them in its own way.
    void create_described(rd_kafka_t* client, const std::vector<job>& jobs) const {
        std::vector<topic_entry*> wanted;
        for (const job& j : jobs) {
            if (create_topics_ && j.answers == 0 && brokers_.up() && description(j.topic->name) != nullptr) {
                wanted.push_back(j.topic);
            }
        }
        if (!wanted.empty()) {
            create(client, wanted);
        }
    }

    // The broker that makes topics by itself has done so when it was asked for the metadata; this is for those that do not. The
    // next look-up tells whether it is there; why not, only this answer.
    void create(rd_kafka_t* client, const std::vector<topic_entry*>& wanted) const {
        char why[128];
        std::vector<new_topic_ptr> topics;
        topics.reserve(wanted.size());
        for (topic_entry* const t : wanted) {
            if (new_topic_ptr topic = new_topic(t->name.c_str(), description(t->name), why, sizeof why)) {
                topics.push_back(std::move(topic));
            }
        }
        (void)create_topics(client, topics, call_ms, [&](const rd_kafka_topic_result_t& result) {
            for (topic_entry* const t : wanted) {
                if (t->name == ::rd_kafka_topic_result_name(&result)) {
                    const rd_kafka_resp_err_t code = ::rd_kafka_topic_result_error(&result);
                    const bool there = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
                    t->not_created.store(there ? 0 : static_cast<std::int32_t>(code), std::memory_order_relaxed);
                }
            }
        });
    }

    broker_states& brokers_;
    bell& bell_;
    partition_hold& hold_;
    const bool create_topics_;
    const std::vector<topic_settings>& described_;
};

}  // namespace stentor::inline v0::detail::kafka
