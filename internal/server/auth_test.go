package server_test

import (
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/phuslu/iploc"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/server"
)

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestEachWayInLeadsToItsWorkspace(t *testing.T) {
	c := open(t, nil)
	lms := c.let("acme", access.Wish{})
	api := c.let("globex", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{access.All}})
	web := c.let("globex", access.Wish{Kind: access.WriteKeyKind})
	course := c.let("acme", access.Wish{Kind: access.WriteKeyKind, Scopes: []access.Scope{access.StatementsWrite}})
	form := url.Values{"Authorization": {basic(lms.Credential.ID, lms.Secret)}, "X-Experience-API-Version": {"1.0.3"}}.Encode()
	for _, tt := range []struct {
		name, method, path, body string
		with                     []string
		handler, workspace, at   string
	}{
		{"basic", "GET", "/xapi/statements?limit=1", "", []string{"Authorization", basic(lms.Credential.ID, lms.Secret)}, "xapi", "acme", "/statements"},
		{"api key", "GET", "/xapi/agents/profile", "", bearer(api.Secret), "xapi", "globex", "/agents/profile"},
		{"scheme in other case", "GET", "/xapi/statements", "", []string{"Authorization", "bEARER " + api.Secret}, "xapi", "globex", "/statements"},
		{"alternate syntax", "POST", "/xapi/statements?method=GET", form, []string{"Content-Type", "application/x-www-form-urlencoded"}, "xapi", "acme", "/statements"},
		{"alternate syntax as text", "POST", "/xapi/statements?method=GET", form, []string{"Content-Type", "text/plain"}, "xapi", "acme", "/statements"},
		{"local token", "GET", "/xapi/statements", "", local("globex"), "xapi", "globex", "/statements"},
		{"write key, no password", "POST", "/v1/batch", "{}", []string{"Authorization", basic(web.Secret, "")}, "track", "globex", "/v1/batch"},
		{"write key in the body", "POST", "/v1/t", `{"event":"x","writeKey":"` + web.Secret + `"}`, []string{"Content-Type", "text/plain"}, "track", "globex", "/v1/t"},
		{"write key in the query", "POST", "/v1/track?writeKey=" + web.Secret, "{}", nil, "track", "globex", "/v1/track"},
		{"key of a course", "POST", "/scorm/commit?key=" + course.Secret, "{}", nil, "scorm", "acme", "/scorm/commit"},
		{"about, without any", "GET", "/xapi/about", "", nil, "xapi", "acme", "/about"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.ask(tt.method, tt.path, tt.body, tt.with...)
			var asked told
			got.as(t, &asked)
			if got.status != http.StatusOK || asked.Handler != tt.handler || asked.Workspace != tt.workspace || asked.Path != tt.at || asked.Body != tt.body {
				t.Errorf("status %d, %+v, want %s of %s at %s with the body", got.status, asked, tt.handler, tt.workspace, tt.at)
			}
			if asked.Caller != nil && asked.Caller.Workspace != tt.workspace {
				t.Errorf("the caller is of %s", asked.Caller.Workspace)
			}
		})
	}
}

// A write key stands in web pages, where everybody can read it. Whatever its
// scopes are, it opens what pages need and nothing that asks for a secret.
func TestWriteKeyReachesNeitherTheRecordStoreNorTheAPI(t *testing.T) {
	c := open(t, nil)
	key := c.let("acme", access.Wish{Kind: access.WriteKeyKind, Scopes: []access.Scope{access.Track, access.StatementsWrite}}).Secret
	void := `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"http://adlnet.gov/expapi/verbs/voided"},"object":{"objectType":"StatementRef","id":"8f87ccde-bb56-4c2e-ab83-44982ef22df0"}}`
	refused := func(how, method, path, body string, with ...string) {
		t.Helper()
		got := c.ask(method, path, body, with...)
		if got.status != http.StatusForbidden || !strings.Contains(got.body, "write key") || strings.Contains(got.body, `"Handler"`) || strings.Contains(got.body, "Company") {
			t.Errorf("%s, %s %s: %d %s", how, method, path, got.status, got.body)
		}
	}
	for how, header := range map[string]string{"as user name": basic(key, ""), "as token": "Bearer " + key} {
		with := []string{"Authorization", header, "Content-Type", "application/json", "X-Experience-API-Version", "1.0.3"}
		for _, path := range []string{"/xapi/statements", "/xapi/activities", "/xapi/activities/state", "/xapi/activities/profile", "/xapi/agents", "/xapi/agents/profile", "/xapi/about"} {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
				refused(how, method, path, void, with...)
			}
		}
		for operation := range operationsOf(t, c) {
			method, path, _ := strings.Cut(operation, " ")
			refused(how, method, strings.NewReplacer("{", "", "}", "").Replace(path), "{}", with...)
		}
	}
	form := url.Values{"Authorization": {basic(key, "")}, "X-Experience-API-Version": {"1.0.3"}, "content": {void}}.Encode()
	refused("in a form", "POST", "/xapi/statements?method=POST", form, "Content-Type", "application/x-www-form-urlencoded")
	for path, body := range map[string]string{"/v1/batch": "{}", "/v1/t?writeKey=" + key: "{}", "/v1/p": `{"writeKey":"` + key + `"}`, "/scorm/commit?key=" + key: "{}"} {
		var with []string
		if path == "/v1/batch" {
			with = bearer(key)
		}
		if got := c.ask("POST", path, body, with...); got.status != http.StatusOK || !strings.Contains(got.body, `"Handler"`) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

// operationsOf lists the API's operations as it describes them itself.
func operationsOf(t *testing.T, c *company) map[string]bool {
	t.Helper()
	var described struct{ Paths map[string]map[string]any }
	c.ask("GET", "/api/v1/openapi.json", "").as(t, &described)
	all := map[string]bool{}
	for path, methods := range described.Paths {
		for method := range methods {
			all[strings.ToUpper(method)+" /api/v1"+path] = true
		}
	}
	if len(all) < 30 {
		t.Fatalf("the API describes %d operations", len(all))
	}
	return all
}

func TestNobodyGetsInWithoutACredential(t *testing.T) {
	c := open(t, nil)
	lms := c.let("acme", access.Wish{})
	c.let("acme", access.Wish{Kind: access.WriteKeyKind})
	revoked := c.let("acme", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{access.Admin}})
	if got := c.ask("DELETE", "/api/v1/credentials/"+revoked.Credential.ID, "", local("acme")...); got.status != http.StatusNoContent {
		t.Fatalf("revoking gives %d: %s", got.status, got.body)
	}
	paths := []string{"/xapi/statements", "/xapi/activities/state", "/v1/batch", "/v1/t", "/scorm/commit", "/api/v1/kpis", "/api/v1/credentials", "/api/v1/workspaces"}
	for name, header := range map[string]string{
		"nothing":             "",
		"no scheme":           lms.Secret,
		"other scheme":        "Digest username=x",
		"malformed, as suite": "Basic:" + base64.StdEncoding.EncodeToString([]byte("a:b")),
		"no base64":           "Basic !!!",
		"no colon":            "Basic " + base64.StdEncoding.EncodeToString([]byte("ab")),
		"wrong secret":        basic(lms.Credential.ID, "wrong"),
		"no secret":           basic(lms.Credential.ID, ""),
		"other user":          basic("somebody", lms.Secret),
		"empty token":         "Bearer ",
		"unknown token":       "Bearer lm_abc_def",
		"revoked":             "Bearer " + revoked.Secret,
		"local, guessed":      "Bearer local_",
		"local, almost":       "Bearer " + localToken + "x",
	} {
		for _, path := range paths {
			method := "GET"
			if strings.HasPrefix(path, "/v1") || strings.HasPrefix(path, "/scorm") {
				method = "POST"
			}
			var with []string
			if header != "" {
				with = []string{"Authorization", header}
			}
			got := c.ask(method, path, "", with...)
			limited := got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") != ""
			if got.status != http.StatusUnauthorized && !limited {
				t.Errorf("%s at %s: %d %s", name, path, got.status, got.body)
			}
			scheme := "Basic"
			if strings.HasPrefix(header, "Bearer") {
				scheme = "Bearer"
			}
			if challenge := got.header.Get("WWW-Authenticate"); got.status == http.StatusUnauthorized && !strings.HasPrefix(challenge, scheme+" realm=") {
				t.Errorf("%s at %s: WWW-Authenticate is %q", name, path, challenge)
			}
			if strings.HasPrefix(path, "/xapi") && got.header.Get("X-Experience-API-Version") != "1.0.3" {
				t.Errorf("%s at %s: no version header", name, path)
			}
		}
	}
	if !strings.Contains(c.log.String(), `"status":429`) {
		t.Error("more than a hundred failures of one address were not limited")
	}
	if got := c.ask("GET", "/xapi/statements", "", "Authorization", basic(lms.Credential.ID, lms.Secret)); got.status != http.StatusOK {
		t.Errorf("a good credential gets %d after failures of its address", got.status)
	}
}

// The version that a record store answers with is that of the request, with the
// latest patch; a refusal promises no statement.
func TestRefusalsOfTheRecordStoreCarryItsHeaders(t *testing.T) {
	c := open(t, nil)
	for sent, want := range map[string]string{"1.0.1": "1.0.3", "2.0": "2.0.0", "": "1.0.3", "9": "1.0.3"} {
		got := c.ask("GET", "/xapi/statements", "", "X-Experience-API-Version", sent)
		if got.header.Get("X-Experience-API-Version") != want || got.header.Get("X-Experience-API-Consistent-Through") != "1970-01-01T00:00:00.000Z" {
			t.Errorf("version %q: %v", sent, got.header)
		}
	}
}

func TestCredentialCannotNameAnotherWorkspace(t *testing.T) {
	c := open(t, nil)
	key := c.let("acme", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{access.Admin}})
	for _, path := range []string{"/xapi/statements", "/api/v1/credentials"} {
		got := c.ask("GET", path, "", append(bearer(key.Secret), server.WorkspaceHeader, "globex")...)
		if got.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := c.ask("GET", "/api/v1/credentials", "", local("initech")...); got.status != http.StatusNotFound {
		t.Errorf("the local token and a workspace that there is not: %d", got.status)
	}
	if got := c.ask("GET", "/api/v1/credentials", "", bearer(localToken)...); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, server.WorkspaceHeader) {
		t.Errorf("the local token without a workspace, of two: %d %s", got.status, got.body)
	}
}

func TestCountryOfEventsIsThatOfTheirSender(t *testing.T) {
	c := open(t, func(c *company) { c.opt.Config.TrustedProxies = []string{"127.0.0.1/32"} })
	web := c.let("acme", access.Wish{Kind: access.WriteKeyKind})
	var asked told
	c.ask("POST", "/v1/t", `{"writeKey":"`+web.Secret+`"}`, "X-Forwarded-For", "217.160.0.187").as(t, &asked)
	if asked.Caller == nil || asked.Caller.Country != "DE" {
		t.Errorf("caller %+v, want Germany", asked.Caller)
	}
}

func TestCountryIsThatOfLearnersBehindTrustedProxies(t *testing.T) {
	german, american := "217.160.0.187", "8.8.8.8"
	if iploc.IPCountry(netip.MustParseAddr(german)) != "DE" || iploc.IPCountry(netip.MustParseAddr(american)) != "US" {
		t.Fatal("the data place the test's addresses elsewhere")
	}
	for _, tt := range []struct {
		name, want string
		trusted    []string
		lenient    []access.Tolerance
		forwarded  string
	}{
		{"behind a proxy", "DE", []string{"127.0.0.0/8"}, []access.Tolerance{access.LearnerAddresses}, german},
		{"behind two", "DE", []string{"127.0.0.0/8", "10.0.0.0/8"}, []access.Tolerance{access.LearnerAddresses}, german + ", 10.0.0.1"},
		{"what the client made up before it", "US", []string{"127.0.0.0/8"}, []access.Tolerance{access.LearnerAddresses}, german + ", " + american},
		{"a proxy that is not trusted", "", nil, []access.Tolerance{access.LearnerAddresses}, german},
		{"a server's address says nothing of learners", "", []string{"127.0.0.0/8"}, nil, german},
		{"nonsense", "", []string{"127.0.0.0/8"}, []access.Tolerance{access.LearnerAddresses}, "unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := open(t, func(c *company) { c.opt.Config.TrustedProxies = tt.trusted })
			made := c.let("acme", access.Wish{Lenient: tt.lenient})
			var asked told
			c.ask("GET", "/xapi/statements", "", "Authorization", basic(made.Credential.ID, made.Secret), "X-Forwarded-For", tt.forwarded).as(t, &asked)
			if asked.Caller.Country != tt.want {
				t.Errorf("country %q, want %q", asked.Caller.Country, tt.want)
			}
			if strings.Contains(c.log.String(), german) {
				t.Error("the address is in the log")
			}
		})
	}
}

// Credentials may bring their id along; no id makes one of this machine.
func TestCredentialNamedLocalIsNotThisMachine(t *testing.T) {
	c := open(t, nil)
	tenant := c.let("acme", access.Wish{ID: "local", Secret: "a secret of acme's own", Scopes: []access.Scope{access.Admin}})
	with := []string{"Authorization", basic(tenant.Credential.ID, tenant.Secret)}
	if got := c.ask("POST", "/api/v1/backup", `{"path":"/tmp/somewhere"}`, append(with, "Content-Type", "application/json")...); got.status != http.StatusForbidden {
		t.Errorf("a file of this machine is written: %d %s", got.status, got.body)
	}
	if got := c.ask("GET", "/api/v1/workspaces", "", with...); strings.Contains(got.body, "globex") {
		t.Errorf("another workspace is seen: %s", got.body)
	}
}

func TestServerProvesThatItKnowsTheLocalToken(t *testing.T) {
	c := open(t, nil)
	first, second := c.ask("GET", server.LocalPath+"?nonce=a", ""), c.ask("GET", server.LocalPath+"?nonce=b", "")
	if first.body != server.LocalProof(localToken, "a")+"\n" || second.body == first.body || strings.Contains(first.body, localToken) {
		t.Errorf("proofs are %q and %q", first.body, second.body)
	}
	if got := c.ask("GET", server.LocalPath, ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("without a nonce: %d", got.status)
	}
}
