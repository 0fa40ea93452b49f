import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.*;

/** An Elasticsearch node with the modules of a folder: Elasticsearch FOLDER DATA PORT TRANSPORT. */
public class Elasticsearch {
    public static void main(String[] a) throws Exception {
        LogConfigurator.configureWithoutConfig(Settings.EMPTY);
        Settings s = Settings.builder().put("path.home", a[0]).put("path.data", a[1]).put("path.logs", a[1])
            .put("node.name", "one").put("cluster.name", "raglan-test").put("network.host", "127.0.0.1")
            .put("http.port", a[2]).put("transport.port", a[3]).put("discovery.type", "single-node")
            .put("cluster.routing.allocation.disk.threshold_enabled", false).build();
        Node node = new Node(InternalSettingsPreparer.prepareEnvironment(s, Map.of(), Path.of(a[1]), () -> "one"));
        node.start();
        new CountDownLatch(1).await();
    }
}
