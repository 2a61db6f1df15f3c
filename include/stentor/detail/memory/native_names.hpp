#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include <stentor/detail/failure_class.hpp>
#include <stentor/error.hpp>
#include <stentor/transport/memory_fault.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// What Kafka and librdkafka call the errors of the class table, so that a test on the fake sees the names that production logs
// show.
[[nodiscard]] constexpr const char* native_name(std::int32_t native) noexcept {
    switch (native) {
        case -195: return "_TRANSPORT";
        case -193: return "_RESOLVE";
        case -192: return "_MSG_TIMED_OUT";
        case -190: return "_UNKNOWN_PARTITION";
        case -188: return "_UNKNOWN_TOPIC";
        case -187: return "_ALL_BROKERS_DOWN";
        case -185: return "_TIMED_OUT";
        case -184: return "_QUEUE_FULL";
        case -181: return "_SSL";
        case -169: return "_AUTHENTICATION";
        case -165: return "_UNSUPPORTED_FEATURE";
        case -152: return "_PURGE_QUEUE";
        case -151: return "_PURGE_INFLIGHT";
        case -150: return "_FATAL";
        case -144: return "_FENCED";
        case 2: return "INVALID_MSG";
        case 3: return "UNKNOWN_TOPIC_OR_PART";
        case 5: return "LEADER_NOT_AVAILABLE";
        case 6: return "NOT_LEADER_FOR_PARTITION";
        case 7: return "REQUEST_TIMED_OUT";
        case 8: return "BROKER_NOT_AVAILABLE";
        case 9: return "REPLICA_NOT_AVAILABLE";
        case 10: return "MSG_SIZE_TOO_LARGE";
        case 13: return "NETWORK_EXCEPTION";
        case 14: return "COORDINATOR_LOAD_IN_PROGRESS";
        case 17: return "TOPIC_EXCEPTION";
        case 18: return "RECORD_LIST_TOO_LARGE";
        case 19: return "NOT_ENOUGH_REPLICAS";
        case 20: return "NOT_ENOUGH_REPLICAS_AFTER_APPEND";
        case 29: return "TOPIC_AUTHORIZATION_FAILED";
        case 31: return "CLUSTER_AUTHORIZATION_FAILED";
        case 32: return "INVALID_TIMESTAMP";
        case 35: return "UNSUPPORTED_VERSION";
        case 43: return "UNSUPPORTED_FOR_MESSAGE_FORMAT";
        case 44: return "POLICY_VIOLATION";
        case 45: return "OUT_OF_ORDER_SEQUENCE_NUMBER";
        case 46: return "DUPLICATE_SEQUENCE_NUMBER";
        case 47: return "INVALID_PRODUCER_EPOCH";
        case 49: return "INVALID_PRODUCER_ID_MAPPING";
        case 53: return "TRANSACTIONAL_ID_AUTHORIZATION_FAILED";
        case 56: return "KAFKA_STORAGE_ERROR";
        case 58: return "SASL_AUTHENTICATION_FAILED";
        case 74: return "FENCED_LEADER_EPOCH";
        case 76: return "UNSUPPORTED_COMPRESSION_TYPE";
        case 87: return "INVALID_RECORD";
        case 89: return "THROTTLING_QUOTA_EXCEEDED";
        case 90: return "PRODUCER_FENCED";
        default: return "UNKNOWN";
    }
}

[[nodiscard]] inline fault native_fault(std::int32_t native) noexcept {
    fault f;
    f.code = classify(native).code;
    f.native = native;
    f.name = native_name(native);
    return f;
}

// How a broker brings about a condition. Throws std::invalid_argument for one that it can't.
[[nodiscard]] inline memory_fault fault_for(errc code) {
    switch (code) {
        case errc::queue_full: return memory_fault::queue_full();
        case errc::deadline_exceeded: return memory_fault::time_out();
        case errc::authentication: return memory_fault::answer(-169);
        case errc::authorization: return memory_fault::answer(29);
        case errc::tls: return memory_fault::answer(-181);
        case errc::dns: return memory_fault::answer(-193);
        case errc::broker_unavailable: return memory_fault::answer(19);
        case errc::unknown_topic: return memory_fault::answer(3);
        case errc::message_too_large: return memory_fault::answer(10);
        case errc::rejected: return memory_fault::answer(87);
        case errc::invalid_config: return memory_fault::answer(35);
        case errc::fatal: return memory_fault::answer(-150);
        default: break;
    }
    throw std::invalid_argument("memory_broker: no broker can cause " + std::string(to_string(code)) +
                                ". Use a condition that comes from outside, such as broker_unavailable, or bring it about in the "
                                "publisher itself.");
}

}  // namespace stentor::inline v0::detail
