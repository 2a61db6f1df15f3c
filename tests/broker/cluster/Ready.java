import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;

/** Waits for a cluster: makes its topics and the guest's rights, and ends when an idempotent produce has worked. */
public final class Ready {
    private static final int PATIENCE_MS = 120_000;

    private static AclBinding guestMay(AclOperation what, String prefix) {
        return new AclBinding(new ResourcePattern(ResourceType.TOPIC, prefix, PatternType.PREFIXED),
                              new AccessControlEntry("User:guest", "*", what, AclPermissionType.ALLOW));
    }

    public static void main(String[] words) throws Exception {
        String brokers = words[0];
        int nodes = Integer.parseInt(words[1]);
        List<NewTopic> topics = new ArrayList<>(List.of(new NewTopic("up", 1, (short) nodes)));
        for (String topic : words[2].split(",")) {
            String[] parts = topic.split(":");
            topics.add(new NewTopic(parts[0], parts.length > 1 ? Integer.parseInt(parts[1]) : 1, (short) nodes));
        }
        Map<String, Object> common = Map.of("bootstrap.servers", brokers, "reconnect.backoff.ms", 50, "reconnect.backoff.max.ms", 50,
                                            "retry.backoff.ms", 20, "retry.backoff.max.ms", 20, "default.api.timeout.ms", PATIENCE_MS,
                                            "request.timeout.ms", PATIENCE_MS);
        try (Admin admin = Admin.create(common)) {
            while (admin.describeCluster().nodes().get(PATIENCE_MS, TimeUnit.MILLISECONDS).size() < nodes) {
                Thread.sleep(20);
            }
            admin.createTopics(topics).all().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            admin.createAcls(List.of(guestMay(AclOperation.WRITE, "open-"), guestMay(AclOperation.DESCRIBE, "closed-")))
                .all().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        }
        Map<String, Object> producing = new java.util.HashMap<>(common);
        producing.putAll(Map.of("enable.idempotence", true, "acks", "all", "request.timeout.ms", 5_000, "delivery.timeout.ms", PATIENCE_MS,
                                "max.block.ms", PATIENCE_MS, "linger.ms", 0));
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("up", "it works")).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
        }
    }
}
