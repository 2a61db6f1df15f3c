#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include <boost/describe/class.hpp>

#include <stentor/detail/json/wrong_content.hpp>
#include <stentor/serializer/json.hpp>

// Which verdict there is; that it is one readable error is tested in tests/fail.

using namespace stentor;
using detail::all_right;
using detail::json_verdict;
using detail::verdict_on_content;

namespace {

struct undescribed {};
struct tree {
    int value = 0;
    std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (value, children))
struct forest {
    std::map<std::string, std::vector<tree>> trees;
    std::optional<std::variant<int, std::pair<bool, undescribed>>> odd;
};
BOOST_DESCRIBE_STRUCT(forest, (), (trees, odd))
struct park : tree {
    forest wood;
};
BOOST_DESCRIBE_STRUCT(park, (tree), (wood))
struct nest : std::vector<std::vector<nest>> {};
struct folders : std::map<std::string, folders, std::less<>> {};

template <class T, class Found, class In = T>
constexpr bool refused = std::is_same_v<json_verdict<T>, verdict_on_content<Found, In>>;
template <class T>
constexpr bool carried = std::is_same_v<json_verdict<T>, all_right>;

}  // namespace

static_assert(carried<tree>);
static_assert(carried<nest>);
static_assert(carried<folders>);
static_assert(carried<std::optional<const tree>> && carried<std::variant<const tree, int>> &&
              carried<std::map<std::string, const tree>>);
static_assert(carried<std::tuple<int, std::string, std::optional<std::vector<bool>>>>);
// What is wrong is named with the struct that holds it, however deep it lies.
static_assert(refused<forest, undescribed, forest>);
static_assert(refused<park, undescribed, forest>);
static_assert(refused<int*, int*>);
static_assert(
    refused<std::vector<std::map<std::string, undescribed>>, undescribed, std::vector<std::map<std::string, undescribed>>>);
static_assert(refused<std::filesystem::path, std::filesystem::path>);
