import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.*;
import org.opensearch.env.Environment;
import org.opensearch.node.*;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.*;
import org.opensearch.script.*;

/** An OpenSearch node with its modules from the class path: OpenSearch FOLDER. */
public class OpenSearch {
    /** Painless with the functions that k-NN adds to it. */
    public static class Painless extends Plugin implements ScriptPlugin {
        private final PainlessPlugin inner = new PainlessPlugin();
        public Painless() {
            inner.loadExtensions(new ExtensiblePlugin.ExtensionLoader() {
                public <T> List<T> loadExtensions(Class<T> type) {
                    return ServiceLoader.load(type).stream().map(ServiceLoader.Provider::get).toList();
                }
            });
        }
        public ScriptEngine getScriptEngine(Settings s, Collection<ScriptContext<?>> c) { return inner.getScriptEngine(s, c); }
        public List<Setting<?>> getSettings() { return inner.getSettings(); }
    }
    static class Server extends Node {
        Server(Environment e, List<Class<? extends Plugin>> plugins) { super(e, plugins, false); }
    }
    public static void main(String[] a) throws Exception {
        Path folder = Path.of(a[0]);
        Settings s = Settings.builder().loadFromPath(folder.resolve("opensearch.yml")).build();
        Environment env = InternalSettingsPreparer.prepareEnvironment(s, Map.of(), folder, () -> "one");
        Server node = new Server(env, List.of(org.opensearch.transport.Netty4Plugin.class, Painless.class,
            org.opensearch.analysis.common.CommonAnalysisPlugin.class,
            org.opensearch.index.reindex.ReindexPlugin.class, org.opensearch.knn.plugin.KNNPlugin.class));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> { try { node.close(); } catch (Exception e) { e.printStackTrace(); } }));
        node.start();
        new CountDownLatch(1).await();
    }
}
