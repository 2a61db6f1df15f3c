// A verdict only views its topic.
// expect: the topic is a temporary. Keep it in the policy.
#include <string>

#include <stentor/retry.hpp>

struct to_the_side {
    std::string topic = "side";
    stentor::verdict next(const stentor::failure&) const noexcept {
#ifdef TWIN
        return stentor::redirect_to(topic, std::chrono::seconds(1));
#else
        return stentor::redirect_to(topic + "-2", std::chrono::seconds(1));
#endif
    }
};

int main() { return to_the_side{}.next({}).topic.empty() && stentor::redirect_to("literal", {}).topic.empty() ? 1 : 0; }
