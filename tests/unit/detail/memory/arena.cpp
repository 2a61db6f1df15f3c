#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include <stentor/detail/memory/arena.hpp>

using stentor::detail::arena;

namespace {

constexpr std::size_t chunk = std::size_t{256} << 10U;

}  // namespace

TEST_CASE("arena: blocks are aligned for anything and do not overlap") {
    arena memory;
    std::vector<std::pair<std::byte*, std::size_t>> blocks;
    for (std::size_t n = 1; n <= 300; ++n) {
        std::byte* const at = memory.take(n, false);
        CHECK(reinterpret_cast<std::uintptr_t>(at) % alignof(std::max_align_t) == 0);
        std::memset(at, static_cast<int>(n % 251), n);
        blocks.emplace_back(at, n);
    }
    int wrong = 0;
    for (const auto& [at, n] : blocks) {
        for (std::size_t i = 0; i < n; ++i) {
            wrong += at[i] == static_cast<std::byte>(n % 251) ? 0 : 1;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("arena: a chunk whose records have all left is filled again, so that memory stays bounded") {
    arena memory;
    std::set<arena::chunk*> used;
    for (int i = 0; i < 1000; ++i) {
        (void)memory.take(chunk / 4, false);
        used.insert(memory.where());
        memory.release(*memory.where());
    }
    CHECK(used.size() == 1);
    // Some in flight at a time, let go in their order.
    std::vector<arena::chunk*> inside;
    for (int i = 0; i < 1000; ++i) {
        (void)memory.take(chunk / 4, false);
        used.insert(memory.where());
        inside.push_back(memory.where());
        if (inside.size() > 8) {
            memory.release(*inside.front());
            inside.erase(inside.begin());
        }
    }
    CHECK(used.size() <= 4);
}

TEST_CASE("arena: a chunk with a record in flight is not filled again") {
    arena memory;
    std::byte* const kept = memory.take(64, false);
    arena::chunk* const home = memory.where();
    std::memset(kept, 7, 64);
    for (int i = 0; i < 20; ++i) {
        std::memset(memory.take(chunk / 2, false), 1, chunk / 2);
        memory.release(*memory.where());
    }
    for (int i = 0; i < 64; ++i) {
        REQUIRE(kept[i] == std::byte{7});
    }
    memory.release(*home);
}

TEST_CASE("arena: history stays until it is forgotten, and then only what is in flight does") {
    arena memory;
    std::byte* const history = memory.take(chunk, true);
    arena::chunk* const first = memory.where();
    memory.release(*first);
    (void)memory.take(chunk, true);
    arena::chunk* const second = memory.where();
    CHECK(second != first);
    (void)memory.take(chunk, false);
    arena::chunk* const third = memory.where();
    CHECK((third != first && third != second));
    memory.forget();
    CHECK(memory.take(chunk, false) == history);
    CHECK(memory.where() == first);
    (void)memory.take(chunk, false);
    CHECK((memory.where() != second && memory.where() != third));
}

TEST_CASE("arena: a block larger than a chunk gets one of its own size") {
    arena memory;
    (void)memory.take(16, false);
    std::byte* const large = memory.take(3 * chunk, false);
    REQUIRE(memory.where()->size >= 3 * chunk);
    std::memset(large, 1, 3 * chunk);
}
