package file_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/file"
)

func TestRowsAboutErasedPeopleAreLeftOut(t *testing.T) {
	im := importer(t, "")
	asked := 0
	im.Suppressed = func(_ context.Context, keys []string) (map[string]bool, error) {
		asked += len(keys)
		out := map[string]bool{}
		for _, k := range keys {
			if slices.Contains([]string{"p-ann", "ann@x.com"}, strings.ToLower(k)) {
				out[k] = true
			}
		}
		return out, nil
	}
	dir, _ := folder(t,
		"people.csv", "person_id,account_id,email\np-ann,acme,old@x.com\np-new,acme,Ann@x.com\np-bob,acme,bob@x.com\n",
		"usage.csv", "event_id,time,person_id,account_id,feature\nu1,2026-01-05,ann@x.com,,export\nu2,2026-01-05,p-bob,,export\nu3,2026-01-05,,acme,export\nu4,never,p-ann,,export\n",
		"accounts.csv", "account_id\nacme\n",
		"tickets.csv", "ticket_id,account_id,person_id,opened_at\nt1,acme,p-ann,2026-01-06\nt2,acme,,2026-01-06\n")
	report := mustImport(t, im, file.Options{}, dir)
	if report.Rows.Skipped != 4 || report.Rows.Added != 5 || report.Rows.Rejected != 1 || asked == 0 {
		t.Errorf("rows %+v", report.Rows)
	}
	expect(t, im, "SELECT person_id FROM person_version", "p-bob")
	expect(t, im, "SELECT event_id FROM usage ORDER BY 1", "u2", "u3")
	expect(t, im, "SELECT ticket_id FROM ticket_version", "t2")
	found := false
	for _, w := range report.Warnings {
		found = found || w.Code == "erased_person"
		if strings.Contains(strings.ToLower(w.Message+strings.Join(w.Examples, "")), "ann") {
			t.Errorf("a warning names the person: %+v", w)
		}
	}
	if !found {
		t.Errorf("no warning tells of it: %+v", report.Warnings)
	}
}
