// A serializer of one's own: JSON in the framing that consumers with Confluent's schema registry expect.

#include <cstdio>

#include <stentor/stentor.hpp>

namespace app {

// A serializer: a zero byte and the schema's number, big-endian, before what Inner writes.
template <class Inner = stentor::json_serializer>
struct schema_registry_serializer {
    static constexpr std::string_view content_type = Inner::content_type;
    Inner inner{};

    template <class T>
    stentor::fault serialize(const T& message, stentor::buffer& out) const {
        constexpr std::uint32_t id = stentor::message_traits<T>::schema_id;
        out.push_back('\0');
        for (const unsigned shift : {24U, 16U, 8U, 0U}) {
            out.push_back(static_cast<char>(id >> shift & 0xFFU));
        }
        return inner.serialize(message, out);
    }
};

struct stock_level {
    std::string article;
    int pieces;
};
BOOST_DESCRIBE_STRUCT(stock_level, (), (article, pieces))

}  // namespace app

template <>
struct stentor::message_traits<app::stock_level> {
    static constexpr std::string_view topic = "stock-levels";
    static constexpr std::uint32_t schema_id = 100'017;  // the traits may hold what a policy of one's own asks for
    static std::string_view key(const app::stock_level& s) { return s.article; }
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, app::schema_registry_serializer<>{}};
    if (const auto sent = publisher.publish(app::stock_level{"cup", 12}); !sent) {
        std::fprintf(stderr, "%s\n", sent.error().message().c_str());
        return 1;
    }
    const std::string_view value = broker.records("stock-levels")[0].value;
    for (const char byte : value.substr(0, 5)) {
        std::printf("%02x ", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    }
    std::printf("%s\n", std::string(value.substr(5)).c_str());
}
