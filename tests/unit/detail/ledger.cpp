#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/ledger.hpp>

using namespace stentor;
using detail::ledger;
using detail::slot;
using detail::watchers;

namespace {

void check_balanced(const account& a) { CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown + a.in_flight); }

}  // namespace

TEST_CASE("ledger: it begins empty") {
    const ledger books;
    const account a = books.read();
    CHECK((a.accepted == 0 && a.persisted == 0 && a.not_persisted == 0 && a.unknown == 0 && a.in_flight == 0 && a.refused == 0));
}

TEST_CASE("ledger: numbers grow, and none is ever 0 or given twice, not even a withdrawn one") {
    ledger books;
    CHECK(books.next() == 1);
    CHECK(books.open() == 1);
    books.withdraw();
    CHECK(books.open() == 2);
    books.close(outcome::persisted);
    CHECK(books.next() == 3);
    CHECK(books.open() == 3);
}

TEST_CASE("ledger: each outcome has its own column, and what has none is in flight") {
    ledger books;
    for (int i = 0; i < 10; ++i) {
        (void)books.open();
    }
    books.close(outcome::persisted);
    books.close(outcome::not_persisted);
    books.close(outcome::not_persisted);
    books.close(outcome::unknown);
    books.close(outcome::unknown);
    books.close(outcome::unknown);
    const account a = books.read();
    CHECK(a.accepted == 10);
    CHECK(a.persisted == 1);
    CHECK(a.not_persisted == 2);
    CHECK(a.unknown == 3);
    CHECK(a.in_flight == 4);
    check_balanced(a);
}

TEST_CASE("ledger: what was withdrawn was never accepted, and what was refused is not part of the sum") {
    ledger books;
    (void)books.open();
    (void)books.open();
    books.withdraw();
    books.refuse();
    books.refuse();
    books.refuse();
    const account a = books.read();
    CHECK(a.accepted == 1);
    CHECK(a.in_flight == 1);
    CHECK(a.refused == 3);
    check_balanced(a);
}

TEST_CASE("watchers: only who looks at the slot that ended is woken") {
    watchers all;
    const slot one;
    const slot two;
    watchers::watch a;
    watchers::watch b;
    watchers::watch c;
    for (watchers::watch* w : {&a, &b, &c}) {
        all.add(*w);
    }
    all.look_at(a, &one);
    all.look_at(b, &two);
    all.look_at(c, &one);
    all.ended(one);
    CHECK(a.woken.is_set());
    CHECK_FALSE(b.woken.is_set());
    CHECK(c.woken.is_set());
    all.ended(two);
    CHECK(b.woken.is_set());
    for (watchers::watch* w : {&b, &a, &c}) {
        all.remove(*w);
    }
}

TEST_CASE("watchers: who looks at the next slot is no longer woken, and not awake any more, for the last one") {
    watchers all;
    const slot one;
    const slot two;
    watchers::watch w;
    all.add(w);
    all.ended(one);
    CHECK_FALSE(w.woken.is_set());
    all.look_at(w, &one);
    all.ended(one);
    REQUIRE(w.woken.is_set());
    all.look_at(w, &two);
    CHECK_FALSE(w.woken.is_set());
    all.ended(one);
    CHECK_FALSE(w.woken.is_set());
    all.ended(two);
    CHECK(w.woken.is_set());
    all.remove(w);
}

TEST_CASE("watchers: after all have gone the next one is found") {
    watchers all;
    const slot s;
    for (int i = 0; i < 3; ++i) {
        watchers::watch w;
        all.add(w);
        all.look_at(w, &s);
        all.ended(s);
        CHECK(w.woken.is_set());
        all.remove(w);
    }
}

TEST_CASE("watchers: who was removed is left alone, wherever in the list it was") {
    const slot s;
    for (int removed = 0; removed < 3; ++removed) {
        watchers all;
        watchers::watch w[3];
        for (watchers::watch& each : w) {
            all.add(each);
            all.look_at(each, &s);
        }
        all.remove(w[removed]);
        all.ended(s);
        for (int i = 0; i < 3; ++i) {
            CHECK(w[i].woken.is_set() == (i != removed));
        }
        for (int i = 0; i < 3; ++i) {
            if (i != removed) {
                all.remove(w[i]);
                w[i].woken.reset();
            }
        }
        all.ended(s);
        CHECK_FALSE((w[0].woken.is_set() || w[1].woken.is_set() || w[2].woken.is_set()));
    }
}
