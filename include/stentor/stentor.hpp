#pragma once

/// @file
/// The whole library, but for what needs Boost.JSON (`serializer/boost_json.hpp`, `serializer/from_json.hpp`), what only `main`
/// needs (`settings.hpp`), what operators need (`metrics.hpp`, `health.hpp`, `log.hpp`, `http/`) and what only tests need
/// (`testing/`). The order is the reading order: vocabulary, the five policies, the publisher, the in-memory world, ready-made
/// message formats, what a Kafka client is made with, and, where librdkafka's header is installed, Kafka.

// clang-format off
#include <stentor/version.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/error.hpp>
#include <stentor/context.hpp>
#include <stentor/message.hpp>
#include <stentor/options.hpp>
#include <stentor/serializer.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/retry.hpp>
#include <stentor/breaker.hpp>
#include <stentor/breaker/per_topic.hpp>
#include <stentor/tracer.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/tracer/trace_scope.hpp>
#include <stentor/latch.hpp>
#include <stentor/transport.hpp>
#include <stentor/snapshot.hpp>
#include <stentor/publisher.hpp>
#include <stentor/port.hpp>
#include <stentor/transport/memory.hpp>
#include <stentor/formats/gateway.hpp>
#include <stentor/formats/task_manager.hpp>
#include <stentor/secret.hpp>
#include <stentor/problem.hpp>
#include <stentor/token_source.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/transport/validate.hpp>
// clang-format on

// Last, because what is first included in here would be missing for everybody where librdkafka is not installed.
#if __has_include(<librdkafka/rdkafka.h>)
#include <stentor/transport/kafka.hpp>

namespace stentor::inline v0 {

/// The publisher that services use: Kafka, and the four defaults.
using publisher = basic_publisher<kafka_transport>;

}  // namespace stentor::inline v0
#endif
