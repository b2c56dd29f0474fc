package access

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Keeper makes, lists and ends the credentials of a workspace.
type Keeper struct {
	Store  state.Credentials
	Now    func() time.Time
	Random io.Reader
	// Elsewhere says whether an id that is not drawn by chance is in force in
	// another workspace of the server; nil: there is none. Changed hears of what counts from now on; may be nil.
	Elsewhere func(ctx context.Context, id string) (bool, error)
	Changed   func(id string)
}

// List lists them, without hashes of secrets.
func (k Keeper) List(ctx context.Context) ([]state.Credential, error) {
	all, err := k.Store.Credentials(ctx)
	for i := range all {
		all[i].SecretHash = ""
	}
	return all, err
}

// Add makes and stores one.
//
// Errors: fault.Invalid for the wish; fault.Conflict when its id is taken, here
// or in another workspace; those of Elsewhere when that cannot be told.
func (k Keeper) Add(ctx context.Context, w Wish) (Made, error) {
	made, err := Make(w, k.Now(), k.Random)
	if err != nil {
		return Made{}, err
	}
	if w.ID != "" || w.Kind == OIDCKind { // nobody draws the same id twice
		if err := k.free(ctx, w, made.Credential.ID); err != nil {
			return Made{}, err
		}
	}
	if err := k.Store.AddCredential(ctx, made.Credential); err != nil {
		return Made{}, fmt.Errorf("store the credential: %w", err)
	}
	k.changed(made.Credential.ID)
	made.Credential.SecretHash = ""
	return made, nil
}

// free says why an id that was not drawn by chance cannot be given.
func (k Keeper) free(ctx context.Context, w Wish, id string) error {
	what, remedy := fmt.Sprintf("the key %q is taken", id), "choose another one, or leave it out to have one made"
	if w.Kind == OIDCKind {
		what, remedy = fmt.Sprintf("tokens of %s for %s let in already", w.Issuer, w.Audience), "to change that, revoke "+id+" first"
	}
	own, err := k.Store.Credential(ctx, id)
	switch {
	case fault.KindOf(err) == fault.NotFound:
	case err != nil:
		return err
	case w.Kind != OIDCKind || own.RevokedAt.IsZero():
		return fault.New(fault.Conflict, "%s; %s", what, remedy)
	}
	if k.Elsewhere == nil {
		return nil
	}
	taken, err := k.Elsewhere(ctx, id)
	switch {
	case err != nil:
		return fault.New(fault.Unavailable, "cannot tell whether another workspace has the credential %s; mend that first: %w", id, err)
	case taken:
		return fault.New(fault.Conflict, "%s, in another workspace; %s", what, remedy)
	}
	return nil
}

// Revoke ends one. Errors: fault.NotFound.
func (k Keeper) Revoke(ctx context.Context, id string) error {
	err := k.Store.RevokeCredential(ctx, id, k.Now().UTC())
	k.changed(id)
	return err
}

func (k Keeper) changed(id string) {
	if k.Changed != nil {
		k.Changed(id)
	}
}
