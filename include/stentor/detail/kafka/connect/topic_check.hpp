#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/failure_class.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/create_topics.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

// Are the topics there that a service needs? With calls that block, on the caller's thread.

namespace stentor::inline v0::detail::kafka {

class topic_check {
public:
    topic_check(const std::vector<topic_settings>& wanted, instant until) : until_(until) {
        for (const topic_settings& t : wanted) {
            all_.push_back({&t, state::open, RD_KAFKA_RESP_ERR_NO_ERROR, {}});
        }
    }

    // Asks for them to be made. Those that are there already stay as they are; what cannot be made may still turn out to be there.
    // False: nobody has answered, ask again.
    [[nodiscard]] bool create(rd_kafka_t* client) {
        char why[256];
        std::vector<new_topic_ptr> topics;
        topics.reserve(all_.size());
        for (one& o : all_) {
            if (new_topic_ptr t = new_topic(o.what->name.c_str(), o.what, why, sizeof why)) {
                topics.push_back(std::move(t));
            } else {
                refuse(o, RD_KAFKA_RESP_ERR__INVALID_ARG, why);
            }
        }
        rd_kafka_resp_err_t put_off = RD_KAFKA_RESP_ERR_NO_ERROR;
        not_created_ =
            create_topics(client, topics, left_ms(), [&](const rd_kafka_topic_result_t& result) { hear_created(result, put_off); });
        if (not_created_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
            not_created_ = put_off;
        }
        return not_created_ == RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    // Asks once for that one, if it is still open. `patient`: when it is missing it may be on its way, and stays open.
    void ask(rd_kafka_t* client, std::size_t which, bool patient) {
        one& o = all_[which];
        if (o.now == state::open && left_ms() > 0) {
            hear(o, metadata_of(client, o.what->name), patient);
        }
    }
    [[nodiscard]] bool done() const noexcept {
        return std::none_of(all_.begin(), all_.end(), [](const one& o) { return o.now == state::open; });
    }
    [[nodiscard]] int left_ms() const noexcept {
        const auto left = std::chrono::ceil<milliseconds>(until_ - monotonic_now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000));
    }

    // All that is wrong, at once.
    [[nodiscard]] result<void> answer() const {
        std::string cause;
        errc worst = errc::none;
        for (const one& o : all_) {
            if (o.now == state::there) {
                continue;
            }
            cause.append(cause.empty() ? "" : "; ").append(o.what->name).append(": ");
            errc kind = errc::deadline_exceeded;
            if (o.code == RD_KAFKA_RESP_ERR_NO_ERROR) {
                cause += "no answer";
            } else {
                kind = condition(o.code);
                cause.append(o.words.empty() ? "" : "cannot be created: ").append(::rd_kafka_err2name(o.code));
                cause.append(o.words.empty() ? "" : ": ").append(o.words);
                if (o.now == state::open && not_created_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
                    cause.append(", and the request to create it failed: ").append(::rd_kafka_err2name(not_created_));
                }
            }
            worst = weight(kind) > weight(worst) ? kind : worst;
        }
        if (worst == errc::none) {
            return {};
        }
        return error(worst, std::move(cause));
    }

private:
    enum class state : std::uint8_t {
        open,
        there,
        wrong,
    };
    struct one {
        const topic_settings* what;
        state now;
        rd_kafka_resp_err_t code;
        std::string words;  // why it could not be created
    };

    static void refuse(one& o, rd_kafka_resp_err_t code, const char* words) {
        o.now = state::wrong;
        o.code = code;
        o.words = words != nullptr && *words != '\0' ? words : ::rd_kafka_err2str(code);
    }

    void hear_created(const rd_kafka_topic_result_t& result, rd_kafka_resp_err_t& put_off) {
        const std::string_view name = ::rd_kafka_topic_result_name(&result);
        const rd_kafka_resp_err_t code = ::rd_kafka_topic_result_error(&result);
        for (one& o : all_) {
            if (o.what->name != name) {
                continue;
            }
            switch (code) {
                case RD_KAFKA_RESP_ERR_NO_ERROR:
                case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: break;
                // The cluster is choosing its controller, or is slow: later perhaps.
                case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
                case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: put_off = code; break;
                // Who may not create may still use what is there.
                case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
                case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
                    o.code = code;
                    o.words = ::rd_kafka_topic_result_error_string(&result);
                    break;
                default: refuse(o, code, ::rd_kafka_topic_result_error_string(&result)); break;
            }
        }
    }

    [[nodiscard]] rd_kafka_resp_err_t metadata_of(rd_kafka_t* client, const std::string& name) const {
        const owned<rd_kafka_topic_t, ::rd_kafka_topic_destroy> handle(::rd_kafka_topic_new(client, name.c_str(), nullptr));
        if (handle == nullptr) {
            return RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
        }
        const rd_kafka_metadata_t* told = nullptr;
        const rd_kafka_resp_err_t code = ::rd_kafka_metadata(client, 0, handle.get(), &told, left_ms());
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return code;
        }
        const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(told);
        return told->topic_cnt == 1 ? told->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    }

    static void hear(one& o, rd_kafka_resp_err_t code, bool patient) {
        switch (code) {
            case RD_KAFKA_RESP_ERR_NO_ERROR: o.now = state::there; break;
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
                // What was refused when it was to be created says more.
                if (o.words.empty()) {
                    o.code = code;
                    o.now = patient ? state::open : state::wrong;
                } else {
                    o.now = state::wrong;
                }
                break;
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                o.code = code;
                o.words.clear();
                o.now = state::wrong;
                break;
            default:
                // Being made, or no answer: later perhaps.
                if (o.words.empty() && code != RD_KAFKA_RESP_ERR__TRANSPORT && code != RD_KAFKA_RESP_ERR__TIMED_OUT) {
                    o.code = code;
                }
                break;
        }
    }

    [[nodiscard]] static errc condition(rd_kafka_resp_err_t code) noexcept {
        switch (code) {
            case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
            case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
            case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
            case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
            case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
            case RD_KAFKA_RESP_ERR__INVALID_ARG: return errc::invalid_config;
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return errc::unknown_topic;
            default: return classify(static_cast<std::int32_t>(code)).code;
        }
    }
    [[nodiscard]] static int weight(errc code) noexcept {
        switch (code) {
            case errc::none: return 0;
            case errc::deadline_exceeded: return 1;
            case errc::authorization: return 3;
            case errc::unknown_topic: return 4;
            case errc::invalid_config: return 5;
            default: return 2;
        }
    }

    instant until_;
    std::vector<one> all_;
    rd_kafka_resp_err_t not_created_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the last request as a whole
};

}  // namespace stentor::inline v0::detail::kafka
