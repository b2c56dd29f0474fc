package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/forward"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/vault"
)

// fingerprintSetting is where a store keeps which key its data need. It is
// written before anything is sealed or hashed with that key.
const fingerprintSetting = "vault.fingerprint"

// openKey gives the key of the workspace in dir. Only a store that has never had
// a key gets a new one: with another than its own it would not know whom it
// erased.
//
// Errors: fault.Conflict when the key is missing or another than the store's;
// those of vault.Open.
func openKey(ctx context.Context, store state.Settings, dir string) (vault.Key, error) {
	known, err := store.Setting(ctx, fingerprintSetting)
	if err != nil {
		return vault.Key{}, err
	}
	if known == nil {
		key, err := vault.Open(dir)
		if err != nil {
			return vault.Key{}, err
		}
		return key, keepFingerprint(ctx, store, key)
	}
	key, err := vault.Read(dir)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return vault.Key{}, lostKey(dir, "is missing")
	case err == nil && key.Fingerprint() != string(known):
		return vault.Key{}, lostKey(dir, "is not the key of this workspace")
	}
	return key, err
}

func keepFingerprint(ctx context.Context, store state.Settings, key vault.Key) error {
	return store.ChangeSetting(ctx, fingerprintSetting, func([]byte) ([]byte, error) { return []byte(key.Fingerprint()), nil })
}

func lostKey(dir, what string) error {
	return fault.New(fault.Conflict, "%s %s. By it the workspace knows whom it erased and reads the passwords of its forwardings; "+
		"without it erased people could come in again. Put the file back: every backup of the workspace holds it (liftmark restore BACKUP --data ELSEWHERE). "+
		"If it is lost for good, see what that costs with: liftmark workspace accept-key --data %s", filepath.Join(dir, vault.FileName), what, dir)
}

// KeyLoss says what a workspace loses with its key.
type KeyLoss struct {
	Fits     bool `json:"fits"`     // the key is there and the right one: nothing is lost
	Accepted bool `json:"accepted"` // the workspace goes by another key now
	// Erasures is how many there were: these people are not kept out any more,
	// and their receipts cannot be checked. Those under way have to begin anew.
	Erasures int `json:"erasures"`
	// Forwardings need their passwords again.
	Forwardings []string `json:"forwardings"`
}

// AcceptKey says what the workspace that the settings name loses with its key
// and, when it is to do it, lets the workspace go by the key that lies there, or
// by a new one.
//
// Errors: fault.NotFound when there is no workspace; those of sqlite.Open and
// vault.Open.
func AcceptKey(ctx context.Context, c config.Config, now func() time.Time, do bool) (loss KeyLoss, err error) {
	path := filepath.Join(c.Data, stateFile)
	if _, err := os.Stat(path); err != nil {
		return loss, fault.New(fault.NotFound, "there is no workspace with data of its own in %s; name another with --data", c.Data)
	}
	store, err := sqlite.Open(ctx, path, state.Options{Now: now})
	if err != nil {
		return loss, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	_, err = openKey(ctx, store, c.Data)
	if err == nil {
		return KeyLoss{Fits: true, Forwardings: []string{}}, nil
	}
	if fault.KindOf(err) != fault.Conflict {
		return loss, err
	}
	if loss, err = lossOf(ctx, store); err != nil || !do {
		return loss, err
	}
	key, err := vault.Open(c.Data)
	if err != nil {
		return loss, err
	}
	loss.Accepted = true
	return loss, keepFingerprint(ctx, store, key)
}

// lossOf counts what depends on the key. What it asks needs none.
func lossOf(ctx context.Context, store *sqlite.Store) (KeyLoss, error) {
	loss := KeyLoss{Forwardings: []string{}}
	none, err := vault.New(make([]byte, 32))
	if err != nil {
		return loss, err
	}
	err = privacy.New(store, nil, none, privacy.Options{}).Receipts(ctx, func(privacy.Receipt) error { loss.Erasures++; return nil })
	if err != nil {
		return loss, err
	}
	list, err := forward.New(store, none, forward.Options{}).List(ctx)
	for _, f := range list {
		loss.Forwardings = append(loss.Forwardings, f.Name)
	}
	return loss, err
}
