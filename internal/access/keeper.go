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
	if k.Elsewhere != nil && (w.ID != "" || w.Kind == OIDCKind) { // nobody draws the same id twice
		taken, err := k.Elsewhere(ctx, made.Credential.ID)
		if err != nil {
			return Made{}, fault.New(fault.Unavailable, "cannot tell whether %s in another workspace; mend that first: %w", w.taken(), err)
		}
		if taken {
			return Made{}, fault.New(fault.Conflict, "%s in another workspace already; one that is to have it must be the only one", w.taken())
		}
	}
	err = k.Store.AddCredential(ctx, made.Credential)
	switch {
	case fault.KindOf(err) == fault.Conflict && w.Kind == OIDCKind:
		return Made{}, fault.New(fault.Conflict, "%s already; to change that, revoke %s first", w.taken(), made.Credential.ID)
	case err != nil:
		return Made{}, fmt.Errorf("store the credential: %w", err)
	}
	k.changed(made.Credential.ID)
	made.Credential.SecretHash = ""
	return made, nil
}

// taken says of a wish what a credential of the same id says.
func (w Wish) taken() string {
	if w.Kind == OIDCKind {
		return fmt.Sprintf("tokens of %s for %s let in", w.Issuer, w.Audience)
	}
	return fmt.Sprintf("the key %q is used", w.ID)
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
