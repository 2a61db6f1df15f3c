import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.StringSerializer;

/** Waits for a cluster: makes its topics and the guest's rights, and ends when an idempotent produce has worked. */
public final class Ready {
    private static final int ONE_TRY_MS = 10_000;
    private static long until;

    private interface Step {
        void run() throws Exception;
    }

    /** Again and again: on a busy machine a broker is not heard of in time, is taken as gone for a moment, or answers too late. */
    private static void patiently(String what, Step step) throws InterruptedException {
        for (;;) {
            try {
                step.run();
                return;
            } catch (Exception e) {
                if (System.nanoTime() - until > 0) {
                    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
                    System.out.println(what + ": " + cause);
                    System.out.flush();
                    Runtime.getRuntime().halt(1);
                }
            }
            Thread.sleep(50);
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws Exception {
        return future.get(ONE_TRY_MS, TimeUnit.MILLISECONDS);
    }

    private static AclBinding guestMay(AclOperation what, String prefix) {
        return new AclBinding(new ResourcePattern(ResourceType.TOPIC, prefix, PatternType.PREFIXED),
                              new AccessControlEntry("User:guest", "*", what, AclPermissionType.ALLOW));
    }

    /** Where the answer was lost, the topic is there the second time. */
    private static void make(Admin admin, Map<String, NewTopic> topics) throws Exception {
        for (KafkaFuture<Void> made : admin.createTopics(topics.values()).values().values()) {
            try {
                get(made);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    public static void main(String[] words) throws Exception {
        int nodes = Integer.parseInt(words[1]);
        until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.parseInt(words[3]));
        Map<String, NewTopic> topics = new TreeMap<>(Map.of("up", new NewTopic("up", 1, (short) nodes)));
        for (String topic : words[2].split(",")) {
            String[] parts = topic.split(":");
            topics.put(parts[0], new NewTopic(parts[0], parts.length > 1 ? Integer.parseInt(parts[1]) : 1, (short) nodes));
        }
        Map<String, Object> common = Map.of("bootstrap.servers", words[0], "reconnect.backoff.ms", 50, "reconnect.backoff.max.ms", 50,
                                            "retry.backoff.ms", 20, "retry.backoff.max.ms", 20, "request.timeout.ms", 5_000);
        Map<String, Object> administering = new HashMap<>(common);
        administering.put("default.api.timeout.ms", ONE_TRY_MS);
        Map<String, Object> producing = new HashMap<>(common);
        producing.putAll(Map.of("enable.idempotence", true, "acks", "all", "delivery.timeout.ms", ONE_TRY_MS, "max.block.ms", ONE_TRY_MS,
                                "linger.ms", 0));
        Admin admin = Admin.create(administering);
        patiently("not all brokers are there", () -> {
            int there = get(admin.describeCluster().nodes()).size();
            if (there < nodes) {
                throw new IllegalStateException(there + " of " + nodes);
            }
        });
        patiently("the topics cannot be made", () -> make(admin, topics));
        patiently("the guest cannot be given rights",
                  () -> get(admin.createAcls(List.of(guestMay(AclOperation.WRITE, "open-"), guestMay(AclOperation.DESCRIBE, "closed-"))).all()));
        KafkaProducer<String, String> producer = new KafkaProducer<>(producing, new StringSerializer(), new StringSerializer());
        patiently("no idempotent produce works",
                  () -> producer.send(new ProducerRecord<>("up", "it works")).get(2 * ONE_TRY_MS, TimeUnit.MILLISECONDS));
        // Nothing is worth the time that an orderly end takes.
        Runtime.getRuntime().halt(0);
    }
}
