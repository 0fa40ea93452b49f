package standins;

import java.io.IOException;
import java.util.*;
import java.util.concurrent.CountDownLatch;
import java.util.function.*;
import org.elasticsearch.Build;
import org.elasticsearch.action.bulk.BulkRequestBuilder;
import org.elasticsearch.action.delete.DeleteRequest;
import org.elasticsearch.action.search.*;
import org.elasticsearch.action.support.WriteRequest.RefreshPolicy;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.settings.*;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.index.similarity.ScriptedSimilarity;
import org.elasticsearch.plugins.*;
import org.elasticsearch.rest.*;
import org.elasticsearch.rest.action.RestBuilderListener;
import org.elasticsearch.script.*;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.lookup.SearchLookup;
import org.elasticsearch.xcontent.XContentBuilder;

/** What no jar brings: the scripts of our store without Painless, delete by query, and the greeting. */
public class StandIns extends Plugin implements ScriptPlugin, ActionPlugin {
    @Override
    public ScriptEngine getScriptEngine(Settings settings, Collection<ScriptContext<?>> contexts) { return new Engine(); }

    @Override
    public Collection<RestHandler> getRestHandlers(Settings s, NamedWriteableRegistry w, RestController c, ClusterSettings k,
            IndexScopedSettings i, SettingsFilter f, IndexNameExpressionResolver r, Supplier<DiscoveryNodes> n, Predicate<NodeFeature> p) {
        return List.of(new Greeting(), new Removal());
    }

    /** Knows our scripts by what is in them; any other is refused. */
    static class Engine implements ScriptEngine {
        public String getType() { return "painless"; }
        public Set<ScriptContext<?>> getSupportedContexts() { return Set.of(ScoreScript.CONTEXT, SimilarityScript.CONTEXT); }
        public <F> F compile(String name, String code, ScriptContext<F> context, Map<String, String> options) {
            if (context.name.equals("similarity") && code.trim().equals("return doc.freq;")) {
                return context.factoryClazz.cast((SimilarityScript.Factory) Count::new);
            }
            boolean ofWord = code.contains("params.gain * _score");
            boolean near = code.contains("return 1 + cosine;");
            if (!ofWord && !code.contains("cosineSimilarity(params.q, 'vector')")) throw new IllegalArgumentException(code);
            ScoreScript.Factory made = (params, lookup) -> new ScoreScript.LeafFactory() {
                public boolean needs_score() { return !near; }
                public boolean needs_termStats() { return false; }
                public ScoreScript newInstance(DocReader reader) { return new Score(ofWord, near, params, lookup, reader); }
            };
            return context.factoryClazz.cast(made);
        }
    }

    static class Count extends SimilarityScript {
        public double execute(double weight, ScriptedSimilarity.Query query, ScriptedSimilarity.Field field,
                ScriptedSimilarity.Term term, ScriptedSimilarity.Doc doc) { return doc.getFreq(); }
    }

    /** The formulas of rag/engines/opensearch/script.py. */
    static class Score extends ScoreScript {
        private final boolean ofWord, near;
        private VectorScoreScriptUtils.CosineSimilarity similarity;
        Score(boolean ofWord, boolean near, Map<String, Object> params, SearchLookup lookup, DocReader reader) {
            super(params, lookup, reader);
            this.ofWord = ofWord;
            this.near = near;
        }
        private double number(Object value) { return ((Number) value).doubleValue(); }
        private double param(String name) { return number(getParams().get(name)); }
        private Object of(String name) { return ((Map<?, ?>) getParams().get(name)).get(getDoc().get("dataset").get(0)); }
        private double cosine() {
            if (getParams().get("q") == null || getDoc().get("vector").size() == 0) return 0;
            if (similarity == null) similarity = new VectorScoreScriptUtils.CosineSimilarity(this, getParams().get("q"), "vector");
            return Math.min(Math.max(similarity.cosineSimilarity(), 0), 1);
        }
        public double execute(ExplanationHolder explanation) {
            if (ofWord) {
                List<?> norms = (List<?>) of("norms");
                double norm = number(norms.get(0)) + number(norms.get(1)) * number(getDoc().get("length").get(0));
                return param("gain") * get_score() / (get_score() + norm);
            }
            double cosine = cosine();
            if (near) return 1 + cosine;
            double share = get_score();
            if (share == 0 && (!(Boolean) getParams().get("any") || cosine < param("near"))) return 0;
            double part = Math.max((cosine - param("floor")) / (1 - param("floor")), 0);
            double term = (param("k") + 1) * share / (1 + param("k") * share);
            double found = param("weight") * part + (1 - param("weight")) * term;
            return found < param("threshold") ? 0 : 1 + found + number(of("boosts"));
        }
    }

    static class Greeting extends BaseRestHandler {
        public String getName() { return "greeting"; }
        public List<Route> routes() { return List.of(new Route(RestRequest.Method.GET, "/")); }
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            return channel -> {
                XContentBuilder body = channel.newBuilder().startObject().startObject("version");
                body.field("number", Build.current().version()).endObject().endObject();
                channel.sendResponse(new RestResponse(RestStatus.OK, body));
            };
        }
    }

    static class Removal extends BaseRestHandler {
        public String getName() { return "removal"; }
        public List<Route> routes() { return List.of(new Route(RestRequest.Method.POST, "/{index}/_delete_by_query")); }
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
            String routing = request.param("routing");
            SearchSourceBuilder source = new SearchSourceBuilder().parseXContent(request.contentParser(), true, feature -> false);
            source.size(request.paramAsInt("max_docs", 10_000)).fetchSource(false);
            SearchRequest search = new SearchRequest(request.param("index").split(",")).source(source).routing(routing);
            request.param("refresh");
            request.param("conflicts");
            return channel -> client.search(search, new RestBuilderListener<SearchResponse>(channel) {
                public RestResponse buildResponse(SearchResponse found, XContentBuilder body) throws Exception {
                    BulkRequestBuilder bulk = client.prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
                    found.getHits().forEach(hit -> bulk.add(new DeleteRequest(hit.getIndex(), hit.getId()).routing(routing)));
                    int count = bulk.numberOfActions();
                    CountDownLatch done = new CountDownLatch(count == 0 ? 0 : 1);
                    if (count > 0) new Thread(() -> { bulk.get(); done.countDown(); }).start();
                    done.await();
                    return new RestResponse(RestStatus.OK, body.startObject().field("deleted", count).endObject());
                }
            });
        }
    }
}
