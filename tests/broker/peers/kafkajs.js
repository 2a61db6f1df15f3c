// kafkajs as the tests' other side. BROKERS read TOPIC COUNT: a JSON line for each record, as kcat -J writes it.
// BROKERS write TOPIC KEY...: a task a key; prints "KEY PARTITION".
const path = require('path');
const { Kafka, logLevel, Partitioners } = require(path.join(__dirname, '../../../build/broker/peers/node_modules/kafkajs'));

const [brokers, what, topic, ...rest] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR });

const text = (bytes) => (bytes === null || bytes === undefined ? null : bytes.toString());

async function read(count) {
  const consumer = kafka.consumer({ groupId: `kafkajs-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  let seen = 0;
  await new Promise((done) =>
    consumer.run({
      eachMessage: async ({ partition, message }) => {
        const headers = Object.entries(message.headers).flatMap(([name, value]) => [name, text(value)]);
        console.log(JSON.stringify({ partition, key: text(message.key), payload: text(message.value), headers }));
        if (++seen === count) done();
      },
    }));
  await consumer.disconnect();
}

async function write(keys) {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  for (const key of keys) {
    const task = { taskId: key, userEmail: 'user@example.com', query: 'from "kafkajs" ä', originalUrl: 'https://shop.example/',
      timestamp: new Date().toISOString(), status: 'new' };
    const [where] = await producer.send({ topic, messages: [{ key, value: JSON.stringify(task) }] });
    console.log(`${key} ${where.partition}`);
  }
  await producer.disconnect();
}

(what === 'read' ? read(Number(rest[0])) : write(rest)).then(() => process.exit(0), (wrong) => {
  console.error(wrong.message);
  process.exit(1);
});
