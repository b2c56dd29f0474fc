package server

import (
	"context"
	"net/http"
	"time"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/state"
)

// Credential is a credential without its secret.
type Credential struct {
	ID         string    `json:"id" doc:"User name of Basic authentication, or the beginning of the key"`
	Label      string    `json:"label"`
	Kind       string    `json:"kind" enum:"basic,api_key,write_key,oidc"`
	Scopes     []string  `json:"scopes" nullable:"false"`
	Lenient    []string  `json:"lenient" nullable:"false" doc:"Rules that its client may break"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero" doc:"To the minute; missing: never"`
	RevokedAt  time.Time `json:"revoked_at,omitzero" doc:"Missing: in force"`

	Issuer      string `json:"issuer,omitempty" doc:"OpenID provider whose access tokens let in"`
	Audience    string `json:"audience,omitempty" doc:"For whom its tokens must be made out"`
	ScopePrefix string `json:"scope_prefix,omitempty" doc:"What its names of the scopes begin with"`
}

// ShowCredential leaves the secret's hash out.
func ShowCredential(c state.Credential) Credential {
	return Credential{
		ID: c.ID, Label: c.Label, Kind: c.Kind, Scopes: append([]string{}, c.Scopes...), Lenient: append([]string{}, c.Lenient...),
		CreatedAt: c.CreatedAt, LastUsedAt: c.LastUsedAt, RevokedAt: c.RevokedAt,
		Issuer: c.Issuer, Audience: c.Audience, ScopePrefix: c.ScopePrefix,
	}
}

// NewCredential asks for a credential.
type NewCredential struct {
	Label   string   `json:"label" maxLength:"200" doc:"What it is for"`
	Kind    string   `json:"kind,omitempty" enum:"basic,api_key,write_key,oidc" doc:"basic when left out; oidc trusts the access tokens of an OpenID provider"`
	Scopes  []string `json:"scopes,omitempty" doc:"Left out: all of the record store for basic and oidc, api/read for an API key, track for a write key"`
	Lenient []string `json:"lenient,omitempty" doc:"Tolerances"`
	ID      string   `json:"id,omitempty" doc:"Key brought along from another record store; basic only"`
	Secret  string   `json:"secret,omitempty" doc:"Secret brought along, at least 12 characters; basic only"`

	Issuer      string `json:"issuer,omitempty" maxLength:"1000" doc:"URL of the OpenID provider, as its discovery document has it; oidc only"`
	Audience    string `json:"audience,omitempty" maxLength:"500" doc:"For whom its tokens must be made out (aud); oidc only"`
	ScopePrefix string `json:"scope_prefix,omitempty" maxLength:"200" doc:"What its names of the scopes begin with; oidc only"`
}

// MadeCredential is a credential that was just made.
type MadeCredential struct {
	Credential
	Secret string `json:"secret,omitempty" doc:"Password, or the whole key. It is shown this once. Missing for oidc"`
}

func addCredentials(o *operations) {
	const tag, path = "Credentials", "/credentials"
	register(o, operation{id: "list-credentials", tag: tag, method: http.MethodGet, path: path, scope: access.Admin, summary: "List credentials"}, o.server.listCredentials)
	register(o, operation{
		id: "add-credential", tag: tag, method: http.MethodPost, path: path, scope: access.Admin, status: http.StatusCreated,
		summary: "Make a credential", description: "The answer holds the secret, which is stored hashed and cannot be shown again.",
	}, o.server.addCredential)
	register(o, operation{
		id: "revoke-credential", tag: tag, method: http.MethodDelete, path: path + "/{id}", scope: access.Admin,
		summary: "Revoke a credential", description: "It lets nobody in from now on. It stays in the list.",
	}, o.server.revokeCredential)
}

// keys are a workspace's credentials, as the operations change them.
func (s *Server) keys(w *Workspace) (Keys, error) {
	if w.Keys != nil {
		return w.Keys, nil
	}
	if err := offered(w.Credentials != nil, "credentials"); err != nil {
		return nil, err
	}
	return access.Keeper{Store: w.Credentials, Now: s.opt.Now, Random: s.opt.Random, Elsewhere: s.auth.Taken, Changed: s.auth.Forget}, nil
}

func (s *Server) listCredentials(ctx context.Context, w *Workspace, in *struct {
	Asked
	Paged
}) (*answered[Page[Credential]], error) {
	keys, err := s.keys(w)
	if err != nil {
		return nil, err
	}
	if err := s.auth.Flush(ctx); err != nil { // the list holds the last uses up to now
		s.opt.Log.Warn(usesNotNoted, "error", err)
	}
	all, err := keys.List(ctx)
	if err != nil {
		return nil, inContext(err, "list credentials")
	}
	infos := make([]Credential, len(all))
	for i, c := range all {
		infos[i] = ShowCredential(c)
	}
	return answer(pageByText(infos, in.Paged, func(c Credential) string { return c.ID }))
}

func (s *Server) addCredential(ctx context.Context, w *Workspace, in *struct {
	Asked
	Repeated
	Body NewCredential
}) (*answered[MadeCredential], error) {
	keys, err := s.keys(w)
	if err != nil {
		return nil, err
	}
	wish := access.Wish{Label: in.Body.Label, Kind: in.Body.Kind, ID: in.Body.ID, Secret: in.Body.Secret,
		Issuer: in.Body.Issuer, Audience: in.Body.Audience, ScopePrefix: in.Body.ScopePrefix}
	if wish.Scopes, err = access.ParseScopes(in.Body.Scopes); err != nil {
		return nil, err
	}
	if wish.Lenient, err = access.ParseTolerances(in.Body.Lenient); err != nil {
		return nil, err
	}
	made, err := keys.Add(ctx, wish)
	if err != nil {
		return nil, err
	}
	return answer(MadeCredential{Credential: ShowCredential(made.Credential), Secret: made.Secret}, nil)
}

func (s *Server) revokeCredential(ctx context.Context, w *Workspace, in *struct {
	Asked
	ID string `path:"id"`
}) (*done, error) {
	keys, err := s.keys(w)
	if err != nil {
		return nil, err
	}
	return &done{}, keys.Revoke(ctx, in.ID)
}
