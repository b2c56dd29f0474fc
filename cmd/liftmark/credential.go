package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/server"
)

// shownCredential is a new credential with what is shown once.
type shownCredential struct {
	server.Credential
	Secret string `json:"secret,omitempty"`
}

func (c *cli) credentialCommand() *cobra.Command {
	return group("credential", "Let programs in", c.credentialAddCommand(), c.credentialListCommand(),
		c.onWorkspace("revoke ID", "End a credential at once", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Keys.Revoke(ctx, given[0]); err != nil {
				return err
			}
			return c.done("%s is revoked.", given[0])
		}))
}

func (c *cli) credentialAddCommand() *cobra.Command {
	var w access.Wish
	var scopes, lenient []string
	cmd := c.onWorkspace("add", "Make a credential and print its secret, once", cobra.NoArgs, func(ctx context.Context, ws *server.Workspace, _ []string) error {
		var err error
		if w.Scopes, err = access.ParseScopes(scopes); err != nil {
			return usageError{err}
		}
		if w.Lenient, err = access.ParseTolerances(lenient); err != nil {
			return usageError{err}
		}
		made, err := ws.Keys.Add(ctx, w)
		if err != nil {
			return err
		}
		return c.show(shownCredential{server.ShowCredential(made.Credential), made.Secret}, func() error { c.sayMade(made); return nil })
	})
	cmd.Example = "  liftmark credential add --label 'LMS' --scope statements/write --scope state\n" +
		"  liftmark credential add --label 'web site' --kind write_key --scope track\n" +
		"  liftmark credential add --label courses --kind write_key --scope statements/write\n" +
		"  liftmark credential add --label staff --kind oidc --issuer https://id.example.com --audience https://liftmark.example.com"
	flags := cmd.Flags()
	flags.StringVar(&w.Label, "label", "", "what it is for, for the list")
	flags.StringVar(&w.Kind, "kind", access.BasicKind, "basic (key and secret), api_key (one token), write_key (public, for tracking from web pages and SCORM packages), oidc (access tokens of an OpenID provider)")
	flags.StringArrayVar(&scopes, "scope", nil, "what it may do; repeat for more: "+join(access.Scopes()))
	flags.StringArrayVar(&lenient, "lenient", nil, "rule that its client may break: "+join(access.Tolerances()))
	flags.StringVar(&w.ID, "key", "", "key to bring along from another record store (default: a new one)")
	flags.StringVar(&w.Secret, "secret", "", "secret that belongs to it")
	flags.StringVar(&w.Issuer, "issuer", "", "URL of the OpenID provider, for oidc")
	flags.StringVar(&w.Audience, "audience", "", "for whom its tokens must be made out, for oidc")
	flags.StringVar(&w.ScopePrefix, "scope-prefix", "", "what its names of the scopes begin with, for oidc")
	return cmd
}

func join[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, n := range names {
		texts[i] = string(n)
	}
	return strings.Join(texts, ", ")
}

const keepIt = "Keep the secret: it is not stored and cannot be shown again."

func (c *cli) sayMade(made access.Made) {
	scopes := strings.Join(made.Credential.Scopes, ", ")
	switch made.Credential.Kind {
	case access.OIDCKind:
		c.say("Tokens of %s for %s let in.\nID: %s\nScopes that they can give: %s", made.Credential.Issuer, made.Credential.Audience, made.Credential.ID, scopes)
	case access.WriteKeyKind:
		c.say("Key: %s\nScopes: %s", made.Secret, scopes)
	case access.APIKeyKind:
		c.say("Key: %s\nScopes: %s\n%s", made.Secret, scopes, keepIt)
	default:
		c.say("Key:    %s\nSecret: %s\nScopes: %s\n%s", made.Credential.ID, made.Secret, scopes, keepIt)
	}
}

func (c *cli) credentialListCommand() *cobra.Command {
	var revoked bool
	cmd := c.onWorkspace("list", "List the credentials, without their secrets", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		list, err := w.Keys.List(ctx)
		if err != nil {
			return err
		}
		shown := []server.Credential{}
		for _, cr := range list {
			if revoked || cr.RevokedAt.IsZero() {
				shown = append(shown, server.ShowCredential(cr))
			}
		}
		return c.show(shown, func() error { return c.sayCredentials(shown) })
	})
	cmd.Flags().BoolVar(&revoked, "revoked", false, "list those that were revoked, too")
	return cmd
}

func (c *cli) sayCredentials(list []server.Credential) error {
	return c.table(func(row func(...any)) {
		row("ID", "LABEL", "KIND", "SCOPES", "LENIENT", "MADE", "LAST USED", "REVOKED", "TOKENS OF")
		for _, cr := range list {
			row(cr.ID, cr.Label, cr.Kind, strings.Join(cr.Scopes, " "), strings.Join(slices.Sorted(slices.Values(cr.Lenient)), " "), minute(cr.CreatedAt), minute(cr.LastUsedAt), minute(cr.RevokedAt), tokensOf(cr))
		}
	})
}

// tokensOf says whose tokens a credential trusts, and for whom they are.
func tokensOf(c server.Credential) string {
	if c.Kind != access.OIDCKind {
		return ""
	}
	return c.Issuer + " for " + c.Audience
}
