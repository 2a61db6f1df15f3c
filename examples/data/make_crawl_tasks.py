#!/usr/bin/env python3
"""Writes crawl_tasks.jsonl: 1,000 varied crawl tasks, one JSON object a line. Always the same bytes.

    ./make_crawl_tasks.py > crawl_tasks.jsonl
    ./make_crawl_tasks.py --check      exit status 1 when the file beside this one differs
"""
import json
import pathlib
import random
import sys

COUNT = 1000
LONG_QUERY = 8 * 1024

SITES = ["shop.example.com", "www.example.org", "news.example.net", "docs.example.io:8443", "m.example.co.uk",
         "xn--bcher-kva.example", "bücher.example", "例え.example", "192.0.2.17", "[2001:db8::17]:8080", "user@files.example.com"]
PATHS = ["/", "", "/products/shoes?size=42&colour=red", "/a/b/c/d/e.html#section-3", "/search?q=%22red+shoes%22&page=2",
         "/статьи/2026", "/catalog;jsessionid=1A2B?sort=price,desc", "/api/v2/items/~tilde_(old)", "/p?x=1&x=2&x="]
PEOPLE = ["ada", "grace.hopper", "linus+crawl", "edsger_d", "jürgen", "o'brien", "张伟", "x"]
MAILS = ["example.com", "mail.example.org", "exämple.de", "sub.dept.example.co.uk"]
ASKS = ["Find product information", "List all prices above €100", "Summarise the front page", "Compare \"red\" and 'blue' shoes",
        "Is C:\\temp\\file.txt linked anywhere?", "Tabs\tand\nnew lines\r\nin a query", "Bell \x07, escape \x1b[31m, NUL \x00 and DEL \x7f",
        "Find 😀 and 👩‍👩‍👧‍👦 in the comments", "Ancient: 𐍈𐎠𝄞 and maths 𝕊𝕥𝕖𝕟𝕥𝕠𝕣", "Ищи цены на обувь", "查找产品信息", "ابحث عن الأسعار",
        "</script><b>&amp;", "100% of {braces} [brackets] <angles>", "line\u2028separator\u2029paragraph", "e\u0301 is not \u00e9", " ", "",
        "{\"json\":\"inside \\\" a string\"}", "slash / solidus \\/ backslash \\\\", "\b\f\v\x1f", "\ufeffwith a byte order mark"]


def pick(rng, items):
    return items[int(rng.random() * len(items))]  # random() alone gives the same numbers in every Python 3


def uuid(rng):
    digits = "".join(pick(rng, "0123456789abcdef") for _ in range(32))
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{pick(rng, '89ab')}{digits[17:20]}-{digits[20:]}"


def query(rng, number):
    if number % 50 == 7:
        text = ""
        while len(text.encode()) < LONG_QUERY:
            text += pick(rng, ASKS) + " | "
        return text
    return " ".join(pick(rng, ASKS) for _ in range(1 + int(rng.random() * 3)))


def line(rng, number):
    task = {
        "taskId": uuid(rng),
        "userEmail": f"{pick(rng, PEOPLE)}{number if number % 3 else ''}@{pick(rng, MAILS)}",
        "query": query(rng, number),
        "originalUrl": f"{pick(rng, ['https', 'https', 'https', 'http', 'HTTPS', 'ftp'])}://{pick(rng, SITES)}{pick(rng, PATHS)}",
    }
    if number % 7 == 3:
        task = dict(reversed(task.items()))
    spaced = number % 5 == 2
    return json.dumps(task, ensure_ascii=number % 4 == 1, separators=(", ", ": ") if spaced else (",", ":"))


def main():
    rng = random.Random(2026)
    text = "".join(line(rng, number) + "\n" for number in range(COUNT))
    if sys.argv[1:] == ["--check"]:
        return pathlib.Path(__file__).with_name("crawl_tasks.jsonl").read_bytes() != text.encode()
    sys.stdout.buffer.write(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
