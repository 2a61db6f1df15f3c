#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/failure_class.hpp>
#include <stentor/error.hpp>
#include <stentor/record.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline fault fault_of(rd_kafka_resp_err_t code) noexcept {
    fault f;
    f.code = classify(static_cast<std::int32_t>(code)).code;
    f.native = static_cast<std::int32_t>(code);
    f.name = ::rd_kafka_err2name(code);
    return f;
}

// From librdkafka's delivery report to ours. Keeps its scratch between reports.
class report_maker {
public:
    // Views into `m`: valid until its event is destroyed or the next call.
    [[nodiscard]] const report& make(const rd_kafka_message_t& m, bool ours_to_take_back) noexcept {
        report_.taken_back = false;
        report_.returned = nullptr;
        // Without an error, but also without an acknowledgement (acks=0, which is refused, and whatever else comes to be): in
        // doubt. So is what has no offset. librdkafka calls it persisted because a later record of its partition is, but a broker
        // that has nothing of this producer there yet takes that later one although this one was refused: it is not in the log.
        const rd_kafka_msg_status_t status = ::rd_kafka_message_status(&m);
        if (m.err == RD_KAFKA_RESP_ERR_NO_ERROR && status == RD_KAFKA_MSG_STATUS_PERSISTED && m.offset >= 0) {
            report_.outcome = outcome::persisted;
            report_.why = {};
            report_.partition = m.partition;
            report_.offset = m.offset;
            report_.time = time_of(m);
            return report_;
        }
        // The status and not the code says whether it may be in the log: a purged record may have been sent before.
        const bool definite = status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
        report_.outcome = definite ? outcome::not_persisted : outcome::unknown;
        report_.why = fault_of(m.err);
        if (m.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            report_.why.code = errc::broker_unavailable;
            report_.why.name = "no broker has acknowledged this very record";
        }
        report_.partition = -1;
        report_.offset = -1;
        report_.time = {};
        report_.taken_back = definite && ours_to_take_back && m.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE;
        report_.returned = hand_back(m);
        return report_;
    }

private:
    // Of a message that has failed librdkafka does not tell the time, which a retry must keep; without its error it does. The
    // message is ours until its event is destroyed.
    [[nodiscard]] static timestamp time_of(const rd_kafka_message_t& m) noexcept {
        auto& told = const_cast<rd_kafka_message_t&>(m);
        const rd_kafka_resp_err_t err = std::exchange(told.err, RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        const std::int64_t ms = ::rd_kafka_message_timestamp(&told, &type);
        told.err = err;
        return timestamp{milliseconds{ms > 0 ? ms : 0}};
    }

    // Null when there is no memory: a record without its headers is another one.
    [[nodiscard]] const record* hand_back(const rd_kafka_message_t& m) noexcept {
        headers_.clear();
        rd_kafka_headers_t* list = nullptr;
        if (::rd_kafka_message_headers(&m, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            try {
                headers_.reserve(::rd_kafka_header_cnt(list));
            } catch (const std::bad_alloc&) {
                return nullptr;
            }
            for (std::size_t i = 0; ::rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
                headers_.push_back({name, view(value, size), false});
            }
        }
        record_.topic = m.rkt != nullptr ? std::string_view(::rd_kafka_topic_name(m.rkt)) : std::string_view{};
        record_.key = view(m.key, m.key_len);
        record_.value = view(m.payload, m.len);
        record_.headers = header_view(headers_);
        record_.time = time_of(m);
        record_.partition = -1;
        return &record_;
    }

    [[nodiscard]] static std::string_view view(const void* data, std::size_t size) noexcept {
        return {static_cast<const char*>(data), data != nullptr ? size : 0};
    }

    report report_;
    record record_;
    std::vector<header> headers_;
};

}  // namespace stentor::inline v0::detail::kafka
