#pragma once

#include <librdkafka/rdkafka.h>

#include <stentor/version.hpp>

// What differs between the versions of librdkafka that this works with, and since when. Where one way serves all of them, that is
// the way taken, and it is only told here; the rest are questions to the version that is loaded, which may be newer than the
// header.
//
// - Before 2.12 single headers given to produceva are freed twice when the partition is unknown: they always go along as one list.
// - From 2.4 to 2.9 a topic error beside partitions that the client has not met ends the process. No broker sends that; a mock
//   cluster would (mock_cluster.hpp).
// - From 2.13 on the bootstrap connection is closed as soon as the broker's id is known, and made again under that id; before, it
//   became the broker's. So brokers are counted by name and port (brokers.hpp), and the last one to go may be coming back at once.
// - 2.14 says only in its log that a listener which wants TLS or SASL has hung up; 2.0 raises an error. hearing.ipp hears both.
// - _ALL_BROKERS_DOWN comes with the first failure of one broker in 2.0, and not then in 2.14: it is never relied on.
// - The list of properties grows with each version: those that must not be set are named for all of them (conf_names.hpp).

namespace stentor::inline v0::detail::kafka {

static_assert(RD_KAFKA_VERSION >= 0x020002ff, "stentor needs librdkafka 2.0.2 or newer");

struct versions {
    // A header list may be used for one record after the other. That rests on how a list is built, which nobody promises: only
    // where the tests have run with it.
    [[nodiscard]] static bool recycles_headers() noexcept { return loaded() >= 0x020002ff && loaded() < 0x020f0000; }

    // Before 2.13, a client that fails to start after it has called an interceptor has freed a part of its configuration, and
    // destroying the rest would free that again.
    [[nodiscard]] static bool destroys_refused_conf() noexcept { return loaded() >= 0x020d0000; }

    // Before 2.6.1 the SCRAM client sends its nonce twice, which Apache Kafka refuses from 4.0 on as a wrong password.
    [[nodiscard]] static bool scram_pleases_kafka_4() noexcept { return loaded() >= 0x020601ff; }

private:
    [[nodiscard]] static int loaded() noexcept { return ::rd_kafka_version(); }
};

}  // namespace stentor::inline v0::detail::kafka
