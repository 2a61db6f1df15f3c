// Whatever has none of the five roles is refused by name.
// expect: stentor: an argument has none of the five roles
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct almost_a_retry_policy {
#ifdef TWIN
    stentor::verdict next(const stentor::failure&) const noexcept { return stentor::give_up(); }
#else
    stentor::verdict next(const stentor::failure&) const { return stentor::give_up(); }
#endif
};

int main() {
    const stentor::memory_broker broker;
    const stentor::basic_publisher p{stentor::memory_transport{broker}, almost_a_retry_policy{}};
    return static_cast<int>(p.account().accepted);
}
