import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** The Java producer as the tests' other side: BROKERS TOPIC KEY... sends a record for each key, and prints "KEY PARTITION". */
public final class JavaProducer {
    public static void main(String[] words) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", words[0], "linger.ms", 0);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (String key : List.of(words).subList(2, words.length)) {
                System.out.println(key + " " + producer.send(new ProducerRecord<>(words[1], key, "from Java")).get(20, TimeUnit.SECONDS).partition());
            }
        }
    }
}
