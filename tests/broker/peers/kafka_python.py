"""kafka-python as the tests' other side; the same commands and output as kafkajs.js."""
import datetime
import json
import sys

from kafka import KafkaConsumer, KafkaProducer

brokers, what, topic, *rest = sys.argv[1:]


def text(some):
    return None if some is None else some.decode()


if what == "read":
    consumer = KafkaConsumer(topic, bootstrap_servers=brokers.split(","), auto_offset_reset="earliest", group_id=None,
                             consumer_timeout_ms=20000)
    for seen, record in enumerate(consumer, 1):
        headers = [part for name, value in record.headers for part in (name, text(value))]
        print(json.dumps({"partition": record.partition, "key": text(record.key), "payload": text(record.value), "headers": headers}))
        if seen == int(rest[0]):
            break
else:
    producer = KafkaProducer(bootstrap_servers=brokers.split(","))
    for key in rest:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        task = {"taskId": key, "userEmail": "user@example.com", "query": "from \"python\" \u00e4", "originalUrl": "https://shop.example/",
                "timestamp": now, "status": "new"}
        where = producer.send(topic, key=key.encode(), value=json.dumps(task).encode()).get(20)
        print(key, where.partition)
