// Real providers of OpenID Connect (oidc-provider), one a port, whose behaviour tests change.
//   node provider.mjs PORT... [tls:PORT:KEY:CERTIFICATE]
// POST /control sets what the keys of its JSON say, see `fresh`, and answers claims that are to be signed with a token. Its addresses and its API of people
// are those of a GitHub Enterprise server, too.
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import Provider, { interactionPolicy } from "oidc-provider";

const now = Date.now.bind(Date);
let offset = 0; // of this clock, in ms
Date.now = () => now() + offset;

let made = 0;
const newKey = () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  made += 1;
  return { ...privateKey.export({ format: "jwk" }), alg: "ES256", kid: `key-${made}`, use: "sig" };
};

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function signed(key, claims) {
  const text = `${part({ alg: "ES256", kid: key.kid, typ: "logout+jwt" })}.${part(claims)}`;
  const form = { key: createPrivateKey({ key, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${text}.${sign("sha256", Buffer.from(text), form).toString("base64url")}`;
}

const anna = { email: "anna@example.org", email_verified: true, name: "Anna Alm" };
const fresh = () => ({
  person: "anna", // who signs in
  people: { anna }, // claims by id; who is not there is refused
  redirects: ["http://localhost/v1/user/oauth/callback/oidc"],
  logout: null, // where word of sign-outs goes
  key: newKey(),
  delay: 0, // ms before each answer
  wrongNonce: false,
});

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function provider(issuer, state) {
  const scopes = ["openid", "offline_access", "read:user", "user:email", "read:org"];
  const made = new Provider(issuer, {
    clients: [{
      client_id: "raglan",
      client_secret: "a secret of the client of raglan",
      redirect_uris: state.redirects,
      grant_types: ["authorization_code", "refresh_token"],
      id_token_signed_response_alg: "ES256",
      ...(state.logout && { backchannel_logout_uri: state.logout, backchannel_logout_session_required: true }),
    }],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    scopes,
    claims: { email: ["email", "email_verified"], profile: ["name", "preferred_username"], openid: ["sub", "roles", "groups"] },
    cookies: { keys: ["of tests"] },
    jwks: { keys: [state.key] },
    pkce: { required: () => true },
    routes: { authorization: "/login/oauth/authorize", token: "/login/oauth/access_token" },
    rotateRefreshToken: true,
    ttl: { AuthorizationCode: 600 },
    issueRefreshToken: async () => true,
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: { // access tokens for a server that is named, as JWT
        enabled: true,
        defaultResource: async () => undefined,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, audience) => ({
          scope: "", audience, accessTokenFormat: "jwt", accessTokenTTL: 600, jwt: { sign: { alg: "ES256" } },
        }),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => { ctx.body = form; },
        postLogoutSuccessSource: async (ctx) => { ctx.body = "signed out"; },
      },
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its own refuses this machine
    findAccount: (_ctx, id) => state.people[id] && {
      accountId: id,
      claims: async () => ({ sub: id, ...state.people[id] }),
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope([...scopes, "email", "profile"].join(" "));
      await grant.save();
      return grant;
    },
  });
  made.on("backchannel.error", (_ctx, error) => console.error(error));
  made.on("server_error", (_ctx, error) => console.error(error));
  made.use(async (ctx, next) => {
    if (state.delay) await sleep(state.delay);
    if (ctx.path.startsWith("/interaction/")) {
      const who = state.people[state.person];
      const answer = who ? { login: { accountId: state.person }, consent: {} } : { error: "access_denied" };
      await made.interactionFinished(ctx.req, ctx.res, answer);
      ctx.respond = false;
      return;
    }
    if (ctx.path.startsWith("/api/v3/")) {
      await github(made, state, ctx);
      return;
    }
    if (state.wrongNonce && ctx.query.nonce) ctx.query = { ...ctx.query, nonce: "of another attempt" };
    await next();
  });
  return made;
}

// https://docs.github.com/en/rest/users
async function github(made, state, ctx) {
  if (ctx.path === "/api/v3/meta") { ctx.body = {}; return; }
  const token = await made.AccessToken.find((ctx.get("authorization")).replace("Bearer ", ""));
  if (!token) { ctx.status = 401; ctx.body = { message: "Bad credentials" }; return; }
  const who = state.people[token.accountId];
  ctx.body = {
    "/api/v3/user": { id: token.accountId, login: token.accountId, name: who.name },
    "/api/v3/user/emails": [
      { email: "other@example.org", primary: false, verified: true },
      { email: who.email, primary: true, verified: who.email_verified },
    ],
    "/api/v3/user/orgs": (who.groups ?? []).map((login) => ({ login })),
  }[ctx.path];
}

function body(request) {
  return new Promise((done) => {
    let text = "";
    request.on("data", (piece) => { text += piece; });
    request.on("end", () => done(JSON.parse(text || "{}")));
  });
}

for (const argument of process.argv.slice(2)) {
  const [, port, key, certificate] = argument.startsWith("tls:") ? argument.split(":") : [null, argument];
  const issuer = `${key ? "https" : "http"}://127.0.0.1:${port}`;
  let state = fresh();
  let answering = provider(issuer, state).callback();
  const answer = async (request, response) => {
    if (request.url !== "/control") { answering(request, response); return; }
    const { reset, newKey: rotates, clock, claims, ...changes } = await body(request);
    if (reset) { state = fresh(); offset = 0; }
    if (clock !== undefined) offset = clock * 1000;
    if (rotates) state.key = newKey();
    Object.assign(state, changes);
    // A new one has forgotten everybody.
    if (reset || rotates || changes.redirects || changes.logout) answering = provider(issuer, state).callback();
    response.end(JSON.stringify(claims ? { token: signed(state.key, claims) } : {}));
  };
  const server = key
    ? https.createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer)
    : http.createServer(answer);
  server.listen(Number(port), "127.0.0.1");
}
