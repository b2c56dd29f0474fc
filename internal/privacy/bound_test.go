package privacy_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/privacy"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/vault"
)

// large is a store of statements of a size in which ann instructs bob. It notes
// how much of what it gave was neither written back nor handed out yet.
type large struct {
	*sqlite.Store
	n, size              int
	given, settled, most int
	replaced             int
}

func (l *large) Statements(_ context.Context, f state.Filter, each func(state.Statement) error) error {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, l.size*3/4) // which no compression makes smaller
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	response := base64.StdEncoding.EncodeToString(noise)
	for seq := f.After + 1; seq <= int64(l.n) && seq-f.After <= int64(f.Limit); seq++ {
		body := fmt.Sprintf(`{"id":%q,"actor":%s,"verb":{"id":"https://x.com/did"},"object":{"id":"https://x.com/a"},"context":{"instructor":%s},"result":{"response":"%s"},"stored":"2026-11-22T08:00:00.000Z","timestamp":"2026-11-22T08:00:00.000Z","version":"1.0.0"}`,
			id(int(seq)), bob, ann, response)
		l.given += len(body)
		l.most = max(l.most, l.given-l.settled)
		if err := each(state.Statement{Seq: seq, ID: id(int(seq)), Body: []byte(body)}); err != nil {
			return err
		}
	}
	return nil
}

func (l *large) ReplaceStatement(_ context.Context, s state.NewStatement) error {
	l.settled += len(s.Body)
	l.replaced++
	return nil
}

// Write takes an archive, in which Base64 is a quarter shorter.
func (l *large) Write(p []byte) (int, error) {
	l.settled += len(p) * 4 / 3
	return len(p), nil
}

func TestErasureHoldsFewLargeStatements(t *testing.T) {
	w := newWorkspace(t)
	key, err := vault.Open(w.dir)
	w.must(err)
	l := &large{Store: w.store, n: 12, size: 1 << 20}
	receipt, err := w.service(l, key).Erase(t.Context(), []string{"Ann.Lovelace@x.com"}, "c-admin")
	w.must(err)
	if l.replaced != l.n || receipt.Rewritten != l.n {
		t.Errorf("%d of %d statements were rewritten: %+v", l.replaced, l.n, receipt)
	}
	if l.most > 6<<20 {
		t.Errorf("%d MiB were held at once", l.most>>20)
	}
}

func TestExportHoldsFewLargeStatements(t *testing.T) {
	w := newWorkspace(t)
	key, err := vault.Open(w.dir)
	w.must(err)
	l := &large{Store: w.store, n: 12, size: 256 << 10}
	manifest, err := w.service(l, key).Export(t.Context(), l, []string{"Ann.Lovelace@x.com"})
	w.must(err)
	if manifest.Files["statements.jsonl"] != l.n {
		t.Errorf("the export holds %v", manifest.Files)
	}
	if l.most > 1<<20 {
		t.Errorf("%d KiB were held at once", l.most>>10)
	}
}

// breaksAtPending breaks when an erasure forgets its intent, once.
type breaksAtPending struct {
	*sqlite.Store
	broken bool
}

func (b *breaksAtPending) ChangeSetting(ctx context.Context, name string, change func([]byte) ([]byte, error)) error {
	return b.Store.ChangeSetting(ctx, name, func(old []byte) ([]byte, error) {
		made, err := change(old)
		if err == nil && len(old) > 0 && made == nil && !b.broken {
			b.broken = true
			return nil, errBroken
		}
		return made, err
	})
}

func TestErasureThatEndsInTheNextMonthHasOneReceipt(t *testing.T) {
	w := newWorkspace(t)
	key, err := vault.Open(w.dir)
	w.must(err)
	w.now = time.Date(2026, 12, 31, 23, 59, 58, 0, time.FixedZone("UTC-5", -5*3600)) // January in UTC
	b := &breaksAtPending{Store: w.store}
	if _, err := w.service(b, key).Erase(t.Context(), []string{"ann@x.com"}, "c-admin"); !errors.Is(err, errBroken) {
		t.Fatalf("the erasure ended with %v", err)
	}
	w.now = w.now.AddDate(0, 1, 0)
	w.must(w.service(b, key).Resume(t.Context()))
	later := w.erase("carl@x.com")
	var receipts []privacy.Receipt
	w.must(w.privacy.Receipts(t.Context(), func(r privacy.Receipt) error { receipts = append(receipts, r); return nil }))
	if len(receipts) != 2 || receipts[0].Resumed != 1 || !receipts[0].FinishedAt.Equal(w.now) || receipts[1].ID != later.ID {
		t.Fatalf("receipts %+v", receipts)
	}
	if kept, err := w.privacy.Receipt(t.Context(), receipts[0].ID); err != nil || !kept.FinishedAt.Equal(w.now) {
		t.Errorf("%+v, %v", kept, err)
	}
	if _, err := w.privacy.Receipt(t.Context(), "none"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown receipt gives %v", err)
	}
	w.mustHold("2027-01")
}

// mustHold says which month's receipts are kept.
func (w *workspace) mustHold(month string) {
	w.t.Helper()
	text, err := w.store.Setting(w.t.Context(), "privacy.receipts."+month)
	w.must(err)
	if !bytes.Contains(text, []byte(`"id"`)) {
		w.t.Errorf("no receipts of %s: %s", month, text)
	}
}
