// Other clients read what is published, and choose the same partition for the same key; what they write is read by our formats.

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <sys/wait.h>

#include <stentor/serializer/from_json.hpp>

#include "support/gateway.hpp"

using namespace broker;
using stentor::formats::gateway::new_task;

namespace {

const std::string peers = BROKER_DIR "/peers/";
const std::string node = "node " + peers + "kafkajs.js ";
const std::string python = BROKER_DIR "/../../build/broker/peers/python/bin/python3 " + peers + "kafka_python.py ";

std::vector<std::string> lines_of(const std::string& command) {
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    std::string said;
    std::array<char, 4096> part{};
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
        said.append(part.data(), size);
    }
    if (::pclose(pipe) != 0) {
        throw std::runtime_error(command + " failed");
    }
    std::vector<std::string> lines;
    std::istringstream all(said);
    for (std::string line; std::getline(all, line);) {
        lines.push_back(line);
    }
    return lines;
}

void need_peers() {
    if (const int status = std::system((peers + "prepare --no-install").c_str()); status != 0) {
        SKIP("the other clients are not there: tests/broker/peers/prepare");
    }
}

/// Plain ones, and what may go wrong: none of ASCII, lengths of every remainder by four, signs.
std::vector<std::string> some_keys() {
    std::vector<std::string> keys{
        "a", "ab", "abc", "abcd", "abcde", "\xc3\xa4\xc3\xb6", "\xe2\x82\xac", "0198c0de-1111-7000-8000-000000000000"};
    for (int i = 0; i < 100; ++i) {
        keys.push_back("task-" + std::to_string(i * 7919));
    }
    return keys;
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words) {
        all += " '" + word + "'";
    }
    return all;
}

std::map<std::string, int> partitions_of(const std::vector<std::string>& lines) {
    std::map<std::string, int> all;
    for (const auto& line : lines) {
        all[line.substr(0, line.rfind(' '))] = std::stoi(line.substr(line.rfind(' ') + 1));
    }
    return all;
}

}  // namespace

TEST_CASE("kcat, kafkajs and kafka-python read our records: partition, key, value and headers") {
    need_peers();
    const std::string& brokers = cluster::shared().brokers();
    const std::string topic = make_topic(brokers, "tasks", 3);
    auto p = gateway(topic);
    const auto keys = some_keys();
    for (const auto& key : keys) {
        REQUIRE(publish_new_task(p, key, "user@example.com", "\"quoted\"\n\xe2\x82\xac " + key, "https://shop.example/"));
    }
    std::map<std::string, stentor::read_record> ours;
    for (const auto& record : stentor::topic_reader(brokers, topic).read(keys.size())) {
        ours[*record.key] = record;
    }
    REQUIRE(ours.size() == keys.size());
    const std::string count = std::to_string(keys.size());
    for (const auto& command : {"kcat -C -q -e -J -b " + brokers + " -t " + topic, node + brokers + " read " + topic + " " + count,
                                python + brokers + " read " + topic + " " + count}) {
        INFO(command);
        const auto lines = lines_of(command);
        CHECK(lines.size() == keys.size());
        for (const auto& line : lines) {
            const auto read = boost::json::parse(line);
            const auto& record = ours.at(std::string(read.at("key").as_string()));
            CHECK(read.at("partition").as_int64() == record.partition);
            CHECK(std::string_view(read.at("payload").as_string()) == *record.value);
            std::vector<std::pair<std::string, std::optional<std::string>>> headers;
            const auto& parts = read.at("headers").as_array();
            for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
                headers.emplace_back(std::string(parts[i].as_string()), std::string(parts[i + 1].as_string()));
            }
            CHECK(std::is_permutation(headers.begin(), headers.end(), record.headers.begin(), record.headers.end()));
        }
    }
}

TEST_CASE("the same key goes to the same partition as with kafkajs, kafka-python and the Java producer") {
    need_peers();
    constexpr int partitions = 7;
    const std::string& brokers = cluster::shared().brokers();
    const auto keys = some_keys();
    auto p = gateway(make_topic(brokers, "tasks", partitions));
    std::map<std::string, int> ours;
    for (const auto& key : keys) {
        ours[key] = publish_new_task(p, key, "user@example.com", "q", "https://shop.example/").value().partition;
    }
    const std::string words = joined(keys);
    const auto theirs = [&] { return make_topic(brokers, "theirs", partitions); };
    CHECK(partitions_of(lines_of(node + brokers + " write " + theirs() + words)) == ours);
    CHECK(partitions_of(lines_of(python + brokers + " write " + theirs() + words)) == ours);
    CHECK(partitions_of(lines_of(BROKER_DIR "/kafka tool JavaProducer " + brokers + " " + theirs() + words)) == ours);
}

TEST_CASE("what kafkajs and kafka-python write is read by our formats") {
    need_peers();
    const std::string& brokers = cluster::shared().brokers();
    for (const auto& [command, query] :
         {std::pair{node, "from \"kafkajs\" \xc3\xa4"}, std::pair{python, "from \"python\" \xc3\xa4"}}) {
        const std::string topic = make_topic(brokers, "theirs", 3);
        const auto keys = some_keys();
        REQUIRE(lines_of(command + brokers + " write " + topic + joined(keys)).size() == keys.size());
        const auto got = stentor::topic_reader(brokers, topic).read(keys.size());
        REQUIRE(got.size() == keys.size());
        for (const auto& record : got) {
            const new_task task = stentor::from_json<new_task>(record.value.value()).value();
            CHECK(task.task_id == *record.key);
            CHECK(task.user_email == "user@example.com");
            CHECK(task.query == query);
            CHECK(task.original_url == "https://shop.example/");
            CHECK(task.timestamp > stentor::timestamp{});
            CHECK(task.status == stentor::formats::gateway::task_status::new_);
        }
    }
}
