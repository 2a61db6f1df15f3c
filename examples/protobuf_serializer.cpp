// A serializer over the classes that protoc generates (from protobuf/measurement.proto).

#include <concepts>
#include <iostream>
#include <limits>

#include <google/protobuf/message_lite.h>

#include <stentor/stentor.hpp>

#include "measurement.pb.h"

namespace app {

struct protobuf_serializer {
    static constexpr std::string_view content_type = "application/x-protobuf";

    template <std::derived_from<google::protobuf::MessageLite> T>
    stentor::fault serialize(const T& message, stentor::buffer& out) const {
        if (!message.IsInitialized()) {  // proto2: required fields
            return {.code = stentor::errc::invalid_message, .cause = message.InitializationErrorString()};
        }
        const std::size_t size = message.ByteSizeLong();
        if (size > std::numeric_limits<int>::max()) {
            return {.code = stentor::errc::serialization, .cause = "is larger than protobuf's 2 GiB"};
        }
        message.SerializeToArray(out.reserve(size), static_cast<int>(size));
        out.commit(size);
        return {};
    }
};

}  // namespace app

template <>
struct stentor::message_traits<app::Measurement> {
    static constexpr std::string_view topic = "measurements";
    static std::string_view key(const app::Measurement& m) { return m.station(); }
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, app::protobuf_serializer{}};
    app::Measurement measured;
    measured.set_station("roof");
    measured.set_celsius(-3.5);
    if (const auto sent = publisher.publish(measured); !sent) {
        std::cerr << sent.error() << '\n';
        return 1;
    }

    const std::string_view value = broker.records("measurements")[0].value;
    app::Measurement read;
    const bool parsed = read.ParseFromArray(value.data(), static_cast<int>(value.size()));
    std::cout << value.size() << " bytes, " << (parsed ? "read back: " : "not readable ") << read.station() << ' ' << read.celsius()
              << '\n';
}
