package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// staffed is a company whose workspaces have something behind the API.
func staffed(t *testing.T) (*company, map[string]*part) {
	t.Helper()
	parts := map[string]*part{}
	c := open(t, func(c *company) {
		for name, w := range c.parts {
			parts[name] = behind(w)
		}
	})
	return c, parts
}

// operationsOf lists the operations that the API describes, with a body that each
// of them takes.
type call struct{ method, path, body, scope string }

// calls lists each operation of the API once.
var calls = []call{
	{"GET", "/workspaces", "", "api/read"},
	{"GET", "/status", "", "api/read"},
	{"GET", "/credentials", "", "admin"},
	{"POST", "/credentials", `{"label":"x"}`, "admin"},
	{"DELETE", "/credentials/ID", "", "admin"},
	{"GET", "/kpis", "", "api/read"},
	{"GET", "/kpis/churn_rate", "", "api/read"},
	{"GET", "/kpis/churn_rate/value", "", "api/read"},
	{"GET", "/imports", "", "api/read"},
	{"POST", "/imports", `{"paths":["/x"]}`, "local"},
	{"POST", "/imports/suggest", `{"paths":["/x"]}`, "local"},
	{"POST", "/imports/2/rollback", "", "api/write"},
	{"GET", "/studies", "", "api/read"},
	{"GET", "/studies/acme-1", "", "api/read"},
	{"POST", "/studies/run", `{"studies":["acme-1"]}`, "api/write"},
	{"POST", "/report/impact", `{}`, "api/read"},
	{"GET", "/facts", "", "api/read"},
	{"POST", "/facts/rebuild", "", "admin"},
	{"POST", "/facts/catch-up", "", "api/write"},
	{"GET", "/verbs", "", "api/read"},
	{"PUT", "/verbs", `{"verb":"http://x/y","meaning":"completed"}`, "api/write"},
	{"DELETE", "/verbs?verb=http://x/y", "", "api/write"},
	{"GET", "/events", "", "api/read"},
	{"PUT", "/events/mapping", `{"event":"Opened","feature":"editor"}`, "api/write"},
	{"DELETE", "/events/mapping?event=Opened", "", "api/write"},
	{"GET", "/events/strict", "", "api/read"},
	{"PUT", "/events/strict", `{"strict":true}`, "api/write"},
	{"GET", "/events/plan", "", "api/read"},
	{"PUT", "/events/plan", `{"strict":true,"events":[{"name":"Opened"}]}`, "api/write"},
	{"GET", "/identity/links", "", "api/write"},
	{"POST", "/identity/links", `{"value":"a","other":"b"}`, "api/write"},
	{"DELETE", "/identity/links/l1", "", "api/write"},
	{"GET", "/forwardings", "", "admin"},
	{"POST", "/forwardings", `{"name":"n","endpoint":"https://x.example/xapi","key":"k","secret":"s"}`, "admin"},
	{"PUT", "/forwardings/n", `{"name":"n","endpoint":"https://x.example/xapi","key":"k"}`, "admin"},
	{"DELETE", "/forwardings/n", "", "admin"},
	{"GET", "/forwardings/n/dead-letters", "", "admin"},
	{"POST", "/forwardings/n/dead-letters/replay", `{"ids":[1]}`, "admin"},
	{"POST", "/forwardings/n/dead-letters/discard", `{}`, "admin"},
	{"POST", "/forwardings/n/skip", "", "admin"},
	{"GET", "/retention", "", "admin"},
	{"PUT", "/retention", `{"days":90}`, "admin"},
	{"POST", "/statements/delete", `{"to":"2026-01-01T00:00:00Z","dry_run":true}`, "admin"},
	{"POST", "/actors/find", `{"identities":["a@example.com"]}`, "admin"},
	{"POST", "/actors/export", `{"identities":["a@example.com"]}`, "admin"},
	{"POST", "/actors/erase", `{"identities":["a@example.com"]}`, "admin"},
	{"GET", "/activities", "", "api/read"},
	{"GET", "/actors", "", "admin"},
	{"GET", "/statements/stream", "", "statements/read/mine"},
	{"GET", "/erasures", "", "admin"},
	{"GET", "/erasures/r1", "", "admin"},
	{"GET", "/exports/statements?format=csv", "", "statements/read"},
	{"GET", "/exports/facts/learning", "", "admin"},
	{"POST", "/backup", `{"path":"/x.tar"}`, "local"},
}

func TestEachOperationNeedsItsScopeAndNoOther(t *testing.T) {
	c, _ := staffed(t)
	key := map[string]string{}
	for _, s := range access.Scopes() {
		key[string(s)] = c.let("acme", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{s}}).Secret
	}
	for _, op := range calls {
		name := op.method + " " + op.path
		for _, s := range access.Scopes() {
			may := (&access.Caller{Scopes: []access.Scope{s}}).May(access.Scope(op.scope)) && op.scope != "local"
			path := op.path
			if strings.HasSuffix(path, "/ID") {
				path = "/credentials/" + c.let("acme", access.Wish{}).Credential.ID
			}
			got := c.ask(op.method, "/api/v1"+path, op.body, append(bearer(key[string(s)]), "Content-Type", "application/json")...)
			switch {
			case may && got.status >= 300:
				t.Errorf("%s with %s: %d %s", name, s, got.status, got.body)
			case !may && (got.status != http.StatusForbidden || !strings.Contains(got.body, `"kind":"forbidden"`)):
				t.Errorf("%s with %s, though it needs %s: %d %s", name, s, op.scope, got.status, got.body)
			}
		}
		if op.scope == "local" {
			if got := c.ask(op.method, "/api/v1"+op.path, op.body, append(local("acme"), "Content-Type", "application/json")...); got.status >= 300 {
				t.Errorf("%s with the local token: %d %s", name, got.status, got.body)
			}
		}
	}
}

func TestEveryDescribedOperationIsTested(t *testing.T) {
	c, _ := staffed(t)
	var d description
	c.ask("GET", "/api/v1/openapi.json", "").as(t, &d)
	described := 0
	for path, operations := range d.Paths {
		for method := range operations {
			described++
			if !slices.ContainsFunc(calls, func(k call) bool { return strings.EqualFold(k.method, method) && fits(path, k.path) }) {
				t.Errorf("%s %s is not among the calls of the tests", method, path)
			}
		}
	}
	if described != len(calls) {
		t.Errorf("%d operations are described, %d are tested", described, len(calls))
	}
}

// fits says whether a path is one of a template.
func fits(template, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") })
}

func TestNothingOfAnotherWorkspaceIsSeen(t *testing.T) {
	c, parts := staffed(t)
	hidden := c.let("globex", access.Wish{Label: "of globex"})
	key := c.let("acme", access.Wish{Kind: access.APIKeyKind, Scopes: []access.Scope{access.Admin}})
	for _, op := range calls {
		if op.scope == "local" || strings.HasSuffix(op.path, "/ID") {
			continue
		}
		got := c.ask(op.method, "/api/v1"+op.path, op.body, append(bearer(key.Secret), "Content-Type", "application/json")...)
		if strings.Contains(strings.ToLower(got.body), "globex") || strings.Contains(got.body, hidden.Credential.ID) {
			t.Errorf("%s %s shows another workspace: %s", op.method, op.path, got.body)
		}
	}
	if asked := parts["globex"].last(); asked != nil {
		t.Errorf("the other workspace was asked %v", asked)
	}
	if got := c.ask("DELETE", "/api/v1/credentials/"+hidden.Credential.ID, "", bearer(key.Secret)...); got.status != http.StatusNotFound {
		t.Errorf("revoking another workspace's credential: %d", got.status)
	}
	if got := c.ask("GET", "/xapi/statements", "", "Authorization", basic(hidden.Credential.ID, hidden.Secret)); got.status != http.StatusOK {
		t.Errorf("it is revoked: %d", got.status)
	}
}

func TestSecretsAreShownOnceAndNeverListed(t *testing.T) {
	c, _ := staffed(t)
	var made struct{ ID, Secret, Kind string }
	got := c.ask("POST", "/api/v1/credentials", `{"label":"LMS","kind":"api_key","scopes":["statements/write","state"]}`, append(local("acme"), "Content-Type", "application/json")...)
	got.as(t, &made)
	if got.status != http.StatusCreated || made.Kind != "api_key" || !strings.HasPrefix(made.Secret, made.ID) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if used := c.ask("GET", "/xapi/statements", "", bearer(made.Secret)...); used.status != http.StatusOK {
		t.Errorf("the new key gets %d", used.status)
	}
	list := c.ask("GET", "/api/v1/credentials", "", local("acme")...)
	stored := c.vaults["acme"].hash(made.ID)
	if !strings.Contains(list.body, made.ID) || strings.Contains(list.body, made.Secret) || stored == "" || strings.Contains(list.body, stored) || strings.Contains(list.body, "sha256") {
		t.Errorf("the list holds the secret, its hash, or not the credential: %s", list.body)
	}
	if !strings.Contains(list.body, `"last_used_at"`) {
		t.Errorf("the list does not say that it was used: %s", list.body)
	}
	if strings.Contains(c.log.String(), made.Secret) || strings.Contains(stored, made.Secret) {
		t.Error("the secret is in the log or in the store")
	}
	taken := c.ask("POST", "/api/v1/credentials", `{"label":"x","id":"shared-key","secret":"long enough it is"}`, append(local("acme"), "Content-Type", "application/json")...)
	again := c.ask("POST", "/api/v1/credentials", `{"label":"x","id":"shared-key","secret":"another long secret"}`, append(local("globex"), "Content-Type", "application/json")...)
	if taken.status != http.StatusCreated || again.status != http.StatusConflict {
		t.Errorf("a key for two workspaces: %d, then %d", taken.status, again.status)
	}
}

func TestSameIdempotencyKeyDoesItOnce(t *testing.T) {
	c, parts := staffed(t)
	ask := func(key, body string, with []string) reply {
		return c.ask("POST", "/api/v1/credentials", body, append(with, "Content-Type", "application/json", "Idempotency-Key", key)...)
	}
	first := ask("k1", `{"label":"one"}`, local("acme"))
	second := ask("k1", `{"label":"one"}`, local("acme"))
	if first.status != http.StatusCreated || second.body != first.body || second.status != first.status || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("first %d %s, second %d %s", first.status, first.body, second.status, second.body)
	}
	if other := ask("k1", `{"label":"two"}`, local("acme")); other.status != http.StatusUnprocessableEntity {
		t.Errorf("the same key for another body: %d %s", other.status, other.body)
	}
	if other := ask("k1", `{"label":"one"}`, local("globex")); other.body == first.body || other.status != http.StatusCreated {
		t.Errorf("the same key in another workspace: %d %s", other.status, other.body)
	}
	if n := c.vaults["acme"].count(); n != 1 {
		t.Errorf("%d credentials were made", n)
	}
	parts["acme"].fail(fault.New(fault.Unavailable, "try again"))
	rebuild := func() int {
		return c.ask("POST", "/api/v1/facts/rebuild", "", append(local("acme"), "Idempotency-Key", "k2")...).status
	}
	failed := rebuild()
	parts["acme"].fail(nil)
	if again := rebuild(); failed != http.StatusServiceUnavailable || again != http.StatusOK {
		t.Errorf("a failure of ours is remembered: %d, then %d", failed, again)
	}
}

func TestPagesFollowOneAnother(t *testing.T) {
	c, _ := staffed(t)
	want, got := []string{}, []string{}
	for i := range 7 {
		made := c.let("acme", access.Wish{ID: fmt.Sprint("user-", i)})
		want = append(want, made.Credential.ID)
	}
	after := ""
	for pages := 0; pages < 10; pages++ {
		var page struct {
			Items []struct{ ID string }
			Next  string
		}
		c.ask("GET", "/api/v1/credentials?limit=3&after="+after, "", local("acme")...).as(t, &page)
		for _, item := range page.Items {
			got = append(got, item.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("three pages of seven (-want +got):\n%s", diff)
	}
	var latest struct{ Items []struct{ Batch int } }
	c.ask("GET", "/api/v1/imports?limit=2", "", local("acme")...).as(t, &latest)
	if len(latest.Items) != 2 || latest.Items[0].Batch != 3 || latest.Items[1].Batch != 2 {
		t.Errorf("imports: %+v, want the latest first", latest)
	}
	var letters struct {
		Items []struct{ ID int64 }
		Next  string
	}
	c.ask("GET", "/api/v1/forwardings/n/dead-letters?limit=2&after=2", "", local("acme")...).as(t, &letters)
	if len(letters.Items) != 2 || letters.Items[0].ID != 3 || letters.Next != "4" {
		t.Errorf("letters: %+v, want 3, 4 and the next after 4", letters)
	}
	if bad := c.ask("GET", "/api/v1/credentials?after=!!", "", local("acme")...); bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a made-up cursor: %d", bad.status)
	}
}

func TestKPIQueryIsPassedOnWhole(t *testing.T) {
	c, parts := staffed(t)
	got := c.ask("GET", "/api/v1/kpis/churn_rate/value?from=2026-01-01&to=2026-03-01T12:00:00Z&grain=month&by=account.plan&where=account.plan+%3D+%27pro%27&param=a=1&param=b=x%3Dy", "", local("acme")...)
	if got.status != http.StatusOK || !strings.Contains(got.body, "of acme") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	q, ok := parts["acme"].last().(metric.Query)
	if !ok {
		t.Fatal("nothing was asked")
	}
	zone := time.FixedZone("CET", 3600)
	if !q.From.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, zone)) || !q.To.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) || q.Zone.String() != "CET" {
		t.Errorf("from %s to %s in %s, want days of the workspace's zone", q.From, q.To, q.Zone)
	}
	if q.Grain != "month" || q.By != "account.plan" || q.Where != "account.plan = 'pro'" || cmp.Diff(map[string]string{"a": "1", "b": "x=y"}, q.Params) != "" {
		t.Errorf("asked %+v", q)
	}
	c.ask("GET", "/api/v1/kpis/churn_rate/value?zone=Europe/Berlin", "", local("acme")...)
	if q, _ := parts["acme"].last().(metric.Query); q.Zone.String() != "Europe/Berlin" {
		t.Errorf("zone %s", q.Zone)
	}
}

func TestMistakesAreProblemsThatNameThem(t *testing.T) {
	c, parts := staffed(t)
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		kind, want               string
	}{
		{"unknown parameter", "GET", "/kpis?serach=x", "", 422, "invalid", "query.serach"},
		{"grain", "GET", "/kpis/churn_rate/value?grain=decade", "", 422, "invalid", "query.grain"},
		{"day", "GET", "/kpis/churn_rate/value?from=yesterday", "", 422, "invalid", "2026-01-31"},
		{"zone", "GET", "/kpis/churn_rate/value?zone=Mars", "", 422, "invalid", "Europe/Berlin"},
		{"the machine's zone", "GET", "/kpis/churn_rate/value?zone=Local", "", 422, "invalid", "Europe/Berlin"},
		{"param", "GET", "/kpis/churn_rate/value?param=x", "", 422, "invalid", "name=value"},
		{"limit", "GET", "/kpis?limit=100000", "", 422, "invalid", "query.limit"},
		{"unknown KPI", "GET", "/kpis/nps/value/x", "", 404, "not_found", "nothing at this path"},
		{"KPI that is not there", "GET", "/kpis/chrun_rate", "", 404, "not_found", "did you mean"},
		{"no JSON", "POST", "/credentials", "{", 400, "invalid", ""},
		{"unknown member", "POST", "/credentials", `{"label":"x","scope":["all"]}`, 422, "invalid", "body.scope"},
		{"unknown scope", "POST", "/credentials", `{"label":"x","scopes":["everything"]}`, 422, "invalid", "statements/write"},
		{"relative path", "POST", "/imports", `{"paths":["data.csv"]}`, 422, "invalid", "body.paths[0]"},
		{"bad mapping", "POST", "/imports", `{"paths":["/x"],"mapping":"- fiel: x"}`, 422, "invalid", "fiel"},
		{"path as a study", "POST", "/studies/run", `{"studies":["../../etc/passwd"]}`, 404, "not_found", "no study"},
		{"plan", "POST", "/studies/run", `{"plans":["id: x\nnonsense: 1"]}`, 422, "invalid", "body.plans[0]"},
		{"no identity", "POST", "/actors/erase", `{"identities":[]}`, 422, "invalid", "body.identities"},
		{"export of nobody", "POST", "/actors/export", `{"identities":["nobody"]}`, 422, "invalid", "no identity"},
		{"unknown fact", "GET", "/exports/facts/passwords", "", 404, "not_found", "no fact"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.ask(tt.method, "/api/v1"+tt.path, tt.body, append(local("acme"), "Content-Type", "application/json")...)
			var p server.Problem
			got.as(t, &p)
			if got.status != tt.status || p.Status != tt.status || string(p.Kind) != tt.kind || !strings.Contains(got.body, tt.want) || got.header.Get("Content-Type") != "application/problem+json" || p.RequestID == "" {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	parts["acme"].fail(fmt.Errorf("sql: column ann@example.com"))
	got := c.ask("GET", "/api/v1/verbs", "", local("acme")...)
	if got.status != http.StatusInternalServerError || strings.Contains(got.body, "ann@") || !strings.Contains(got.body, `"kind":"internal"`) {
		t.Errorf("our own failure: %d %s", got.status, got.body)
	}
	parts["acme"].fail(fault.New(fault.Unavailable, "the disk is full; make room"))
	if got := c.ask("GET", "/api/v1/verbs", "", local("acme")...); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "make room") {
		t.Errorf("unavailable: %d %v %s", got.status, got.header, got.body)
	}
	parts["acme"].fail(fault.New(fault.InsufficientData, "the workspace has no facts yet"))
	if got := c.ask("GET", "/api/v1/kpis/churn_rate/value", "", local("acme")...); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `"kind":"insufficient_data"`) {
		t.Errorf("too little data: %d %s", got.status, got.body)
	}
}

func TestQuestionsOfAnImportComeWithTheProblem(t *testing.T) {
	c, _ := staffed(t)
	var p server.Problem
	got := c.ask("POST", "/api/v1/imports", `{"paths":["/ask"]}`, append(local("acme"), "Content-Type", "application/json")...)
	got.as(t, &p)
	if got.status != http.StatusUnprocessableEntity || p.Report == nil || len(p.Report.Questions) != 1 || p.Report.Questions[0].Question != "which order?" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestDownloadsAreWholeOrBrokenOff(t *testing.T) {
	c, parts := staffed(t)
	got := c.ask("GET", "/api/v1/exports/statements?format=jsonl&from=2026-01-01&voided=true", "", local("acme")...)
	if got.body != "{\"id\":\"of acme\"}\n" || got.header.Get("Content-Type") != "application/x-ndjson" || got.header.Get("Content-Disposition") != `attachment; filename="statements.jsonl"` {
		t.Errorf("%d %v %q", got.status, got.header, got.body)
	}
	want := server.StatementExport{Format: "jsonl", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Voided: true}
	if diff := cmp.Diff(want, parts["acme"].last()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	zip := c.ask("POST", "/api/v1/actors/export", `{"identities":["ann@example.com"]}`, append(local("acme"), "Content-Type", "application/json")...)
	if zip.body != "PK of acme" || zip.header.Get("Content-Type") != "application/zip" || zip.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %q", zip.status, zip.header, zip.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", c.url+"/api/v1/actors/export", strings.NewReader(`{"identities":["half"]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+localToken)
	req.Header.Set("Liftmark-Workspace", "acme")
	if resp, err := http.DefaultClient.Do(req); err == nil {
		var rest strings.Builder
		_, err = fmt.Fscan(resp.Body, &rest)
		_ = resp.Body.Close()
		if err == nil {
			t.Error("half an archive looks whole")
		}
	}
}

func TestLinksAndReceiptsSayWhatWasAsked(t *testing.T) {
	c, parts := staffed(t)
	got := c.ask("POST", "/api/v1/identity/links", `{"value":"ann@example.com","other":"anon:1"}`, append(local("acme"), "Content-Type", "application/json")...)
	l, ok := parts["acme"].last().(warehouse.Link)
	if got.status != http.StatusCreated || !ok || l.Value != "ann@example.com" || l.Other != "anon:1" || l.Why != "manual" || l.At.IsZero() || !strings.Contains(got.body, `"id":"l2"`) {
		t.Errorf("%d %s, asked %+v", got.status, got.body, l)
	}
	var status server.Status
	c.ask("GET", "/api/v1/status", "", local("acme")...).as(t, &status)
	if status.Workspace != "acme" || status.Facts == nil || status.Facts.Lag != 3 || status.Caller.Credential != "local" {
		t.Errorf("status %+v", status)
	}
	var all struct{ Items []server.WorkspaceInfo }
	c.ask("GET", "/api/v1/workspaces", "", bearer(localToken)...).as(t, &all)
	if len(all.Items) != 2 {
		t.Errorf("the local token sees %+v, want both workspaces", all.Items)
	}
	raw, err := json.Marshal(parts["acme"].last())
	if err != nil || len(raw) == 0 {
		t.Error(err)
	}
}
