package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/issuer/issuertest"
	"github.com/liftmark/liftmark/internal/server"
)

func TestAccessTokensOfAProviderLetIn(t *testing.T) {
	c := open(t, nil)
	p := issuertest.New(t, time.Now())
	got := c.ask("POST", "/api/v1/credentials", `{"label":"staff","kind":"oidc","issuer":"`+p.URL+`","audience":"`+issuertest.Audience+`","scopes":["all","api/read"]}`,
		append(local("acme"), "Content-Type", "application/json")...)
	var made server.MadeCredential
	if got.as(t, &made); got.status != http.StatusCreated || made.Secret != "" || made.Issuer != p.URL {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for workspace, why := range map[string]string{"acme": "let in already; to change that, revoke " + made.ID, "globex": "in another workspace"} {
		again := c.ask("POST", "/api/v1/credentials", `{"label":"staff","kind":"oidc","issuer":"`+p.URL+`","audience":"`+issuertest.Audience+`"}`,
			append(local(workspace), "Content-Type", "application/json")...)
		if again.status != http.StatusConflict || !strings.Contains(again.body, why) {
			t.Errorf("%s trusts the same tokens: %d %s", workspace, again.status, again.body)
		}
	}
	var said told
	if c.ask("GET", "/xapi/statements", "", bearer(p.Token(nil))...).as(t, &said); said.Workspace != "acme" || said.Caller == nil || said.Caller.Bearer == nil || said.Caller.Bearer.Subject != "u-17" {
		t.Errorf("the record store is told %+v", said)
	}
	if got := c.ask("GET", "/api/v1/workspaces", "", bearer(p.Token(nil))...); got.status != http.StatusForbidden || !strings.Contains(got.body, string(access.APIRead)) {
		t.Errorf("without the scope: %d %s", got.status, got.body)
	}
	if got := c.ask("GET", "/api/v1/workspaces", "", bearer(p.Token(map[string]any{"scope": "api/read"}))...); got.status != http.StatusOK || strings.Contains(got.body, "globex") {
		t.Errorf("with the scope: %d %s", got.status, got.body)
	}
	old := c.ask("GET", "/xapi/statements", "", bearer(p.Token(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}))...)
	if old.status != http.StatusUnauthorized || !strings.Contains(old.body, "counted until") || !strings.HasPrefix(old.header.Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("an expired token: %d %v %s", old.status, old.header, old.body)
	}
	if strings.Contains(c.log.String(), "u-17") || strings.Contains(c.log.String(), "eyJ") {
		t.Error("the log names the user, or holds a token")
	}
	if got := c.ask("DELETE", "/api/v1/credentials/"+made.ID, "", local("acme")...); got.status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", got.status, got.body)
	}
	if got := c.ask("GET", "/xapi/statements", "", bearer(p.Token(nil))...); got.status != http.StatusUnauthorized {
		t.Errorf("after the trust is taken back: %d %s", got.status, got.body)
	}
}

func TestAProviderWhoseKeysCannotBeReadIsTriedAgain(t *testing.T) {
	c := open(t, nil)
	p := issuertest.New(t, time.Now())
	p.Break(issuertest.Keys, true)
	c.let("acme", access.Wish{Kind: access.OIDCKind, Issuer: p.URL, Audience: issuertest.Audience})
	got := c.ask("GET", "/xapi/statements", "", bearer(p.Token(nil))...)
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") != "5" || strings.Contains(got.body, "html") {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if !strings.Contains(c.log.String(), "the keys of an OpenID provider cannot be read") {
		t.Errorf("the log does not say why: %s", c.log)
	}
}
