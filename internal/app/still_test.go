package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/server"
)

// A backup copies the facts and then the store. A person whose erasure ended in
// between would be in its facts, and its receipts would say that nobody is.
func TestBackupHoldsAnErasureWholeOrNotAtAll(t *testing.T) {
	const people, rounds = 5, 3
	dir, backups := filepath.Join(t.TempDir(), "data"), t.TempDir()
	inParts(t, dir, func(w *app.Workspace, parts *server.Workspace) {
		rows := "person_id,account_id,created_at,email\n"
		for i := range people {
			rows += fmt.Sprintf("p%02d,a1,2026-01-01,p%02d@x.com\n", i, i)
		}
		importText(t, w, "people.csv", rows)
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range people {
				if _, err := parts.Privacy.EraseActor(t.Context(), []string{fmt.Sprintf("p%02d@x.com", i)}); err != nil {
					t.Error(err)
				}
			}
		})
		for i := range rounds {
			if _, err := w.Backup(t.Context(), filepath.Join(backups, fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
	})
	for i := range rounds {
		restored := filepath.Join(t.TempDir(), "restored")
		if _, err := app.Restore(filepath.Join(backups, fmt.Sprint(i)), restored); err != nil {
			t.Fatal(err)
		}
		inParts(t, restored, func(_ *app.Workspace, parts *server.Workspace) {
			receipts, err := parts.Privacy.Erasures(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			facts := exportFact(t, parts, "person")
			for n := range people {
				address := fmt.Sprintf("p%02d@x.com", n)
				if erased, there := n < len(receipts), strings.Contains(facts, address); erased == there {
					t.Errorf("backup %d has %d receipts, and %s in its facts: %v", i, len(receipts), address, there)
				}
			}
		})
	}
}

func importText(t *testing.T, w *app.Workspace, name, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Import(t.Context(), []string{path}, app.ImportOptions{}); err != nil {
		t.Error(err)
	}
}

// The rows of a batch lie in several tables, and the batch says whether it was
// taken back.
func TestBackupHoldsARollbackWholeOrNotAtAll(t *testing.T) {
	const rows, rounds = 200, 2
	dir, backups, files := filepath.Join(t.TempDir(), "data"), t.TempDir(), t.TempDir()
	accounts, people := "account_id,name\n", "person_id,account_id,created_at\n"
	for i := range rows {
		accounts += fmt.Sprintf("a%d,A\n", i)
		people += fmt.Sprintf("p%d,a%d,2026-01-01\n", i, i)
	}
	for name, text := range map[string]string{"accounts.csv": accounts, "people.csv": people} {
		if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inParts(t, dir, func(w *app.Workspace, _ *server.Workspace) {
		var wg sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		wg.Go(func() {
			for batch := 1; ctx.Err() == nil; batch++ {
				if _, err := w.Import(t.Context(), []string{files}, app.ImportOptions{}); err != nil {
					t.Error(err)
				}
				if _, err := w.Rollback(t.Context(), batch); err != nil {
					t.Error(err)
				}
			}
		})
		for i := range rounds {
			if _, err := w.Backup(t.Context(), filepath.Join(backups, fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		}
		stop()
		wg.Wait()
	})
	for i := range rounds {
		restored := filepath.Join(t.TempDir(), "restored")
		if _, err := app.Restore(filepath.Join(backups, fmt.Sprint(i)), restored); err != nil {
			t.Fatal(err)
		}
		inParts(t, restored, func(w *app.Workspace, parts *server.Workspace) {
			batches, err := w.Batches(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := 0
			if len(batches) > 0 && batches[0].RolledBackAt == nil {
				want = rows
			}
			for _, fact := range []string{"account", "person"} {
				if got := strings.Count(exportFact(t, parts, fact), "\n") - 1; got != want {
					t.Errorf("backup %d has %d rows of %s, want %d after %d batches", i, got, fact, want, len(batches))
				}
			}
		})
	}
}
