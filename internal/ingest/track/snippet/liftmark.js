/* Liftmark: sends events of a web page to Liftmark's tracking API.
 * No cookies, no fingerprints, nothing stored unless persist is set. Does
 * nothing where the visitor's browser says Do Not Track or Global Privacy
 * Control. The guide "Tracking" describes it. */
(function (window, document, navigator) {
  "use strict";

  var VERSION = "1.0.0";
  var MAX_QUEUE = 1000; // events that wait; the oldest go first
  var MAX_BATCH = 50; // events of a request
  var MAX_BYTES = 60000; // of a request: browsers let 64 KiB outlive a page
  var FIRST_RETRY = 1000, LAST_RETRY = 60000, TIMEOUT = 15000; // ms
  var STORE = "liftmark";

  var stub = window.liftmark || [];
  if (stub.version) return; // loaded twice
  var script = document.currentScript;

  var key = "", endpoint = "", persist = false, delay = 1000;
  var who = {}; // a: anonymous id, u: user id, g: group id
  var queue = []; // texts of events
  var flight = null; // n: how many at the head of the queue are on their way
  var early = []; // calls before load
  var timer = 0, failures = 0;

  var silent = [navigator.doNotTrack, window.doNotTrack, navigator.msDoNotTrack].some(function (v) {
    return v === "1" || v === "yes";
  }) || navigator.globalPrivacyControl === true;

  function uuid() {
    var b = window.crypto.getRandomValues(new Uint8Array(16));
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    return Array.prototype.map.call(b, function (n, i) {
      return ([4, 6, 8, 10].indexOf(i) < 0 ? "" : "-") + (n + 256).toString(16).slice(1);
    }).join("");
  }

  function remember() {
    if (persist) try { window.localStorage.setItem(STORE, JSON.stringify(who)); } catch (e) { /* not allowed here */ }
  }

  function recall() {
    if (persist) try { who = JSON.parse(window.localStorage.getItem(STORE)) || {}; } catch (e) { who = {}; }
    who.a = who.a || uuid();
    remember();
  }

  function context() {
    var c = { library: { name: "liftmark.js", version: VERSION }, locale: navigator.language, page: { path: window.location.pathname } };
    try { c.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch (e) { /* an old browser */ }
    if (who.g) c.groupId = who.g;
    return c;
  }

  function add(type, fields) {
    var event = { type: type, messageId: uuid(), timestamp: new Date().toISOString(), anonymousId: who.a, userId: who.u, context: context() };
    for (var name in fields) if (fields[name] !== undefined) event[name] = fields[name];
    try {
      queue.push(JSON.stringify(event));
    } catch (e) {
      if (window.console) console.warn("liftmark: " + type + " was not sent: " + e.message);
      return;
    }
    var away = flight ? flight.n : 0;
    if (queue.length > MAX_QUEUE) queue.splice(away, queue.length - MAX_QUEUE);
    if (!failures && queue.length - away >= MAX_BATCH) flush();
    else schedule(delay);
  }

  function schedule(ms) {
    if (!timer) timer = window.setTimeout(function () { timer = 0; flush(); }, ms);
  }

  /* How many events make a request: by number and by bytes. */
  function portion() {
    var n = 0, bytes = 200;
    while (n < MAX_BATCH && n < queue.length) {
      bytes += size(queue[n]) + 1;
      if (n && bytes > MAX_BYTES) break;
      n++;
    }
    return n;
  }

  function size(text) { return new Blob([text]).size; }

  function body(n) {
    return '{"writeKey":' + JSON.stringify(key) + ',"sentAt":"' + new Date().toISOString() + '","batch":[' + queue.slice(0, n).join(",") + "]}";
  }

  /* text/plain asks no permission of other origins first. */
  function flush() {
    if (!key || flight || !queue.length) return;
    window.clearTimeout(timer);
    timer = 0;
    var mine = (flight = { n: portion() }), text = body(mine.n), abort = window.AbortController && new AbortController();
    var limit = window.setTimeout(function () { if (abort) abort.abort(); }, TIMEOUT);
    window.fetch(endpoint, {
      method: "POST", body: text, headers: { "Content-Type": "text/plain" }, credentials: "omit",
      keepalive: size(text) < MAX_BYTES, signal: abort ? abort.signal : undefined
    }).then(function (response) {
      var s = response.status;
      done(mine, s === 429 || s === 408 || s >= 500, 1000 * response.headers.get("Retry-After"));
    }, function () { done(mine, true, 0); }).then(function () { window.clearTimeout(limit); });
  }

  function done(mine, again, wait) {
    if (flight !== mine) return; // a beacon took them meanwhile
    flight = null;
    if (again) {
      var backoff = Math.min(LAST_RETRY, FIRST_RETRY * Math.pow(2, Math.min(failures++, 10)));
      window.clearTimeout(timer);
      timer = 0;
      return schedule(Math.max(wait || 0, backoff * (0.5 + Math.random() / 2)));
    }
    failures = 0;
    queue.splice(0, mine.n);
    if (queue.length) schedule(0);
  }

  /* The page goes, perhaps for good: what waits goes by beacon, and so does what
   * is on its way. An event that arrives twice counts once. */
  function leave() {
    while (key && queue.length) {
      var n = portion();
      if (!navigator.sendBeacon || !navigator.sendBeacon(endpoint, new Blob([body(n)], { type: "text/plain" }))) return flush();
      queue.splice(0, n);
      flight = null;
    }
  }

  function isObject(v) { return v !== null && typeof v === "object"; }

  var calls = {
    track: function (event, properties) { add("track", { event: event, properties: properties }); },
    page: function (name, properties) {
      if (isObject(name)) { properties = name; name = undefined; }
      var p = { path: window.location.pathname, title: document.title };
      for (var k in properties) p[k] = properties[k];
      add("page", { name: name, properties: p });
    },
    identify: function (userId, traits) {
      if (isObject(userId)) { traits = userId; userId = ""; }
      if (userId || userId === 0) {
        if (who.u && who.u !== String(userId)) calls.reset(); // somebody else
        who.u = String(userId);
        remember();
      }
      add("identify", { traits: traits });
    },
    group: function (groupId, traits) {
      who.g = String(groupId);
      remember();
      add("group", { groupId: who.g, traits: traits });
    },
    alias: function (userId, previousId) {
      var previous = previousId || who.u || who.a;
      who.u = String(userId);
      remember();
      add("alias", { previousId: previous });
    },
    reset: function () {
      who = { a: uuid() };
      remember();
    },
    flush: flush
  };

  var api = {
    version: VERSION,
    load: function (writeKey, options) {
      if (key || silent) return api;
      options = options || {};
      var origin = options.host || (script && script.src ? new URL(script.src).origin : window.location.origin);
      endpoint = origin.replace(/\/+$/, "") + "/v1/batch";
      persist = options.persist === true;
      if (options.flushInterval > 0) delay = options.flushInterval;
      recall();
      key = String(writeKey);
      early.splice(0).forEach(function (call) { call[0].apply(null, call[1]); });
      return api;
    }
  };
  Object.keys(calls).forEach(function (name) {
    api[name] = function () {
      if (key) calls[name].apply(null, arguments);
      else if (!silent && early.length < MAX_QUEUE) early.push([calls[name], arguments]);
      return api;
    };
  });

  window.liftmark = api;
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") leave(); });
  var data = script ? script.dataset : {};
  if (data.key) api.load(data.key, { host: data.host, persist: data.persist === "true" }).page();
  Array.prototype.forEach.call(stub, function (call) { if (api[call[0]]) api[call[0]].apply(api, call.slice(1)); });
})(window, document, navigator);
