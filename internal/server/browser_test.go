package server_test

import (
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/track/snippet"
)

// tokens parts a header's list.
func tokens(header string) []string {
	var out []string
	for part := range strings.SplitSeq(header, ",") {
		out = append(out, strings.ToLower(strings.TrimSpace(part)))
	}
	return out
}

// What browsers ask before xAPI requests, and which answer lets them go on, is
// section 4.8 of the Fetch standard: with Authorization, "*" is not enough.
func TestPreflightNeedsNoCredentialAndAllowsWhatClientsSend(t *testing.T) {
	c := open(t, nil)
	for _, path := range []string{"/xapi/statements", "/xapi/activities/state", "/xapi/about", "/v1/batch", "/v1/t", "/scorm/commit"} {
		got := c.ask("OPTIONS", path, "", "Origin", "https://course.example", "Access-Control-Request-Method", "PUT",
			"Access-Control-Request-Headers", "authorization, content-type, x-my-library, bad name")
		allowed := tokens(got.header.Get("Access-Control-Allow-Headers"))
		for _, want := range []string{"authorization", "content-type", "x-experience-api-version", "if-match", "if-none-match", "x-my-library"} {
			if !slices.Contains(allowed, want) {
				t.Errorf("%s: %s is not allowed", path, want)
			}
		}
		for _, want := range []string{"get", "head", "post", "put", "delete"} {
			if !slices.Contains(tokens(got.header.Get("Access-Control-Allow-Methods")), want) {
				t.Errorf("%s: method %s is not allowed", path, want)
			}
		}
		if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Credentials") != "" || slices.Contains(allowed, "bad name") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
	}
}

func TestPagesOfOtherOriginsReadAnswersAndRefusals(t *testing.T) {
	c := open(t, nil)
	lms := c.let("acme", access.Wish{})
	for status, header := range map[int]string{http.StatusOK: basic(lms.Credential.ID, lms.Secret), http.StatusUnauthorized: "Basic nonsense"} {
		got := c.ask("GET", "/xapi/statements", "", "Origin", "https://course.example", "Authorization", header)
		if got.status != status || got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("status %d, origin %q", got.status, got.header.Get("Access-Control-Allow-Origin"))
		}
		exposed := tokens(got.header.Get("Access-Control-Expose-Headers"))
		for _, want := range []string{"etag", "last-modified", "retry-after", "x-experience-api-version", "x-experience-api-consistent-through"} {
			if !slices.Contains(exposed, want) {
				t.Errorf("status %d: %s cannot be read", status, want)
			}
		}
	}
	if got := c.ask("GET", "/api/v1/kpis", "", "Origin", "https://course.example"); got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("the API is open to pages of other origins")
	}
}

func TestConfiguredOriginsAloneAreAllowed(t *testing.T) {
	c := open(t, func(c *company) { c.opt.Config.Origins = []string{"https://learn.example.com"} })
	for origin, want := range map[string]string{"https://learn.example.com": "https://learn.example.com", "https://evil.example": "", "": "", "https://learn.example.com.evil": ""} {
		got := c.ask("OPTIONS", "/xapi/statements", "", "Origin", origin, "Access-Control-Request-Method", "POST")
		if got.header.Get("Access-Control-Allow-Origin") != want || (got.header.Get("Access-Control-Allow-Methods") == "") != (want == "") || !slices.Contains(tokens(strings.Join(got.header.Values("Vary"), ",")), "origin") {
			t.Errorf("%q: %v", origin, got.header)
		}
	}
}

func TestStatusPageSaysWhatIsWhereAndNothingOfCustomers(t *testing.T) {
	c := open(t, nil)
	got := c.ask("GET", "/", "")
	for _, want := range []string{"1.2.3", c.url + "/xapi", "api/v1/openapi.json", "readyz", "@media (prefers-", `lang="en"`, "liftmark.js", `integrity="` + snippet.Integrity() + `"`} {
		if !strings.Contains(html.UnescapeString(got.body), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	for _, name := range []string{"acme", "globex", "Company"} {
		if strings.Contains(got.body, name) {
			t.Errorf("%q is on the page", name)
		}
	}
	for header, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"X-Frame-Options": "DENY", "Content-Type": "text/html; charset=utf-8",
	} {
		if !strings.HasPrefix(got.header.Get(header), want) {
			t.Errorf("%s: %q", header, got.header.Get(header))
		}
	}
	if hostile := c.ask("GET", "/", "", "Host", "x"); strings.Contains(hostile.body, "<script") {
		t.Error("there is a script on the page")
	}
}

func TestSnippetIsServedToAllOrigins(t *testing.T) {
	c := open(t, nil)
	got := c.ask("GET", "/liftmark.js", "")
	if got.body != string(snippet.Script()) || got.header.Get("Content-Type") != "text/javascript; charset=utf-8" || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%d %v %q", got.status, got.header, got.body)
	}
	if again := c.ask("GET", "/liftmark.js", "", "If-None-Match", got.header.Get("ETag")); again.status != http.StatusNotModified {
		t.Errorf("asked again: %d", again.status)
	}
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	c := open(t, nil)
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/nothing", http.StatusNotFound},
		{"GET", "/api/v1/nothing", http.StatusNotFound},
		{"DELETE", "/healthz", http.StatusMethodNotAllowed},
		{"PATCH", "/api/v1/kpis", http.StatusMethodNotAllowed},
	} {
		got := c.ask(tt.method, tt.path, "")
		var p struct {
			Status       int
			Kind, Detail string
		}
		got.as(t, &p)
		if got.status != tt.status || p.Status != tt.status || p.Detail == "" || p.Kind == "" || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, got.status, got.body)
		}
		if tt.status == http.StatusMethodNotAllowed && !strings.Contains(got.header.Get("Allow"), "GET") {
			t.Errorf("%s %s: Allow is %q", tt.method, tt.path, got.header.Get("Allow"))
		}
	}
}
