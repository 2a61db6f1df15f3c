// What Boost.Describe knows of a struct is all that it takes to write it as JSON.

#include <chrono>
#include <iostream>
#include <limits>
#include <optional>
#include <vector>

#include <stentor/stentor.hpp>

namespace app {

enum class priority {
    low,
    high
};
BOOST_DESCRIBE_ENUM(priority, low, high)

struct line_item {
    std::string article;
    double unit_price;
};
BOOST_DESCRIBE_STRUCT(line_item, (), (article, unit_price))

struct order_placed {
    std::int64_t order_id;
    stentor::timestamp placed_at;
    priority shipping;
    std::optional<std::string> voucher;
    std::vector<line_item> line_items;
};
BOOST_DESCRIBE_STRUCT(order_placed, (), (order_id, placed_at, shipping, voucher, line_items))

}  // namespace app

template <>
struct stentor::message_traits<app::order_placed> {
    static constexpr std::string_view topic = "orders";
    static constexpr auto naming = stentor::naming::camel_case;  // order_id -> "orderId", in line_items as well
};

int main() {
    using namespace std::chrono;
    app::order_placed order{.order_id = 4711,
                            .placed_at = sys_days{2026y / January / 1} + 12h,
                            .shipping = app::priority::high,
                            .voucher = std::nullopt,
                            .line_items = {{"tea \"Assam\"", 4.5}, {"cup", 12}}};
    stentor::buffer json;
    const stentor::json_serializer serializer;  // what a publisher uses unless told otherwise
    if (stentor::fault wrong = serializer.serialize(order, json)) {
        std::cerr << wrong.text() << '\n';
        return 1;
    }
    std::cout << json.view() << '\n';

    order.line_items[1].unit_price = std::numeric_limits<double>::infinity();
    std::cout << "refused: " << serializer.serialize(order, json).text() << '\n';
}
